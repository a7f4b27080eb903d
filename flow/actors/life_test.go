package actors_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

const ms = time.Millisecond

// letters collects dead letters.
type letters struct {
	mu  sync.Mutex
	all []actors.DeadLetter
}

func (l *letters) add(d actors.DeadLetter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *letters) texts() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.all {
		text, _, _ := strings.Cut(fmt.Sprintf("%v %v: %v", d.Op, d.Message, d.Err), "\n")
		all = append(all, text)
	}
	return all
}

func block(release chan struct{}) func(*actors.Context, *account) error {
	return func(*actors.Context, *account) error { <-release; return nil }
}

// What a full mailbox does, for each policy. The actor is busy, three messages
// wait, two more come.
func TestOverflow(t *testing.T) {
	for policy, want := range map[trivet.Overflow]struct {
		balance int
		err     error
		letters []string
	}{
		trivet.Block:      {31, nil, nil},
		trivet.DropNewest: {7, nil, nil},
		trivet.DropOldest: {28, nil, nil},
		trivet.Refuse:     {7, actors.ErrFull, nil},
		trivet.Divert:     {7, nil, []string{"deposit 8: its mailbox is full", "deposit 16: its mailbox is full"}},
	} {
		t.Run(policy.String(), func(t *testing.T) {
			kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 3, Overflow: policy})
			deposit := actors.Method(kind, "deposit", Account.Deposit)
			do := actors.Action(kind, "do", Account.Do)
			var dead letters
			inBubble(t, actors.Rules{DeadLetters: dead.add}, func(t *testing.T, sys *actors.System) {
				ref, _ := kind.Spawn(sys, "")
				release := make(chan struct{})
				do.Tell(background, ref, block(release))
				synctest.Wait()
				var errs []error
				sent := make(chan bool)
				go func() {
					for n := 1; n <= 16; n *= 2 {
						if err := deposit.Tell(background, ref, n); err != nil {
							errs = append(errs, err)
						}
					}
					close(sent)
				}()
				synctest.Wait()
				select {
				case <-sent:
					if policy == trivet.Block {
						t.Error("the sender did not wait")
					}
				default:
					if policy != trivet.Block {
						t.Error("the sender waits")
					}
				}
				close(release)
				<-sent
				synctest.Wait()
				if n, err := deposit.Call(background, ref, 0); n != want.balance || err != nil {
					t.Errorf("balance %d, %v; want %d", n, err, want.balance)
				}
				for _, err := range errs {
					if !errors.Is(err, want.err) {
						t.Error(err)
					}
				}
				if (len(errs) == 0) != (want.err == nil) {
					t.Errorf("errors %v", errs)
				}
			})
			if got := dead.texts(); !slices.Equal(got, want.letters) {
				t.Errorf("dead letters %q", got)
			}
		})
	}
}

// An actor that waits for room keeps no other from working.
func TestWaitingActorsKeepNobody(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 1})
	do := actors.Action(kind, "do", Account.Do)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		release := make(chan struct{})
		full, _ := kind.Spawn(sys, "full")
		for range 2 {
			do.Tell(background, full, block(release))
			synctest.Wait()
		}
		for range 100 {
			ref, _ := kind.Spawn(sys, "")
			do.Tell(background, ref, func(c *actors.Context, _ *account) error {
				return do.Tell(c, full, func(*actors.Context, *account) error { return nil })
			})
		}
		synctest.Wait()
		other := spawn(t, sys, "other")
		if n, err := Deposit.Call(background, other, 3); n != 3 || err != nil {
			t.Error(n, err)
		}
		close(release)
	})
}

// Two actors that fill each other's mailbox would wait for ever.
func TestFullMailboxesInACircle(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 1})
	do := actors.Action(kind, "do", Account.Do)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, _ := kind.Spawn(sys, "a")
		b, _ := kind.Spawn(sys, "b")
		var errs [2]error
		nop := func(*actors.Context, *account) error { return nil }
		send := func(i int, to actors.Ref[Account], pause time.Duration) func(*actors.Context, *account) error {
			return func(c *actors.Context, _ *account) error {
				time.Sleep(pause)
				for range 3 {
					errs[i] = errors.Join(errs[i], do.Tell(c, to, nop))
				}
				return nil
			}
		}
		do.Tell(background, a, send(0, b, ms))
		do.Tell(background, b, send(1, a, 2*ms))
		time.Sleep(time.Second)
		synctest.Wait()
		if errs[0] != nil || !errors.Is(errs[1], actors.ErrCycle) || !strings.Contains(errs[1].Error(), "small:b → small:a → small:b") {
			t.Errorf("a: %v, b: %v", errs[0], errs[1])
		}
	})
}

func TestDeadlines(t *testing.T) {
	var dead letters
	inBubble(t, actors.Rules{DeadLetters: dead.add}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		Do.Tell(background, ref, func(*actors.Context, *account) error { time.Sleep(time.Second); return nil })
		ctx, cancel := context.WithTimeout(background, 500*ms)
		defer cancel()
		Deposit.Tell(ctx, ref, 1)
		if _, err := Deposit.Call(ctx, ref, 2); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if n, err := Deposit.Call(background, ref, 4); n != 4 || err != nil {
			t.Error(n, err)
		}
		if err := Deposit.Tell(ctx, ref, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		// The method sees the deadline, and what it calls does.
		ctx, cancel = context.WithTimeout(background, 500*ms)
		defer cancel()
		other := spawn(t, sys, "b")
		done := make(chan error, 1)
		err := Do.Call(ctx, ref, func(c *actors.Context, _ *account) error {
			at, ok := c.Deadline()
			if want, _ := ctx.Deadline(); !ok || !at.Equal(want) || c.Err() != nil {
				t.Errorf("deadline %v, want %v; %v", at, want, c.Err())
			}
			return Do.Call(c, other, func(c *actors.Context, _ *account) error {
				<-c.Done()
				done <- c.Err()
				time.Sleep(ms) // its answer comes too late for certain
				return nil
			})
		})
		if !errors.Is(err, context.DeadlineExceeded) || <-done != context.DeadlineExceeded {
			t.Error(err)
		}
		if s := sys.Stats(); s.Expired != 2 {
			t.Errorf("%+v", s)
		}
	})
	if got := dead.texts(); !slices.Equal(got, []string{"deposit 1: " + actors.ErrExpired.Error()}) {
		t.Errorf("dead letters %q", got)
	}
}

// A panic costs the state, and nothing else: neither the mailbox nor the order.
func TestPanicGivesAFreshState(t *testing.T) {
	for what, poison := range map[string]func(){"panic": func() { panic("poison") }, "goexit": runtime.Goexit} {
		t.Run(what, func(t *testing.T) {
			var dead letters
			restarts := 0
			synctest.Test(t, func(t *testing.T) {
				ctx := trivet.WithHooks(background, &trivet.Hooks{Restart: func(trivet.RestartInfo) { restarts++ }})
				sys := actors.New(ctx, actors.Rules{DeadLetters: dead.add})
				defer sys.Close()
				ref := spawn(t, sys, "a")
				release := make(chan struct{})
				Do.Tell(background, ref, block(release))
				Deposit.Tell(background, ref, 100)
				failed := make(chan error)
				go func() {
					failed <- Do.Call(background, ref, func(*actors.Context, *account) error { poison(); return nil })
				}()
				synctest.Wait()
				Deposit.Tell(background, ref, 1)
				Deposit.Tell(background, ref, 2)
				close(release)
				if err := <-failed; !errors.Is(err, actors.ErrPanicked) || !strings.HasPrefix(err.Error(), "actors: do to account:a: the method panicked: ") {
					t.Error(err)
				}
				if n, err := Deposit.Call(background, ref, 0); n != 3 || err != nil {
					t.Error(n, err)
				}
			})
			if restarts != 1 || len(dead.all) != 1 {
				t.Fatalf("%d restarts, %d letters", restarts, len(dead.all))
			}
			var p *trivet.PanicError
			switch err := dead.all[0].Err; {
			case what == "goexit" && err == trivet.ErrGoexit:
			case errors.As(err, &p) && p.Value == "poison" && strings.Contains(string(p.Stack), "life_test"):
			default:
				t.Error(err)
			}
		})
	}
}

// Goexit gives back what the goroutine had in hand, also to a mailbox that is full again, and
// none of it gets to whoever has a turn next.
func TestGoexitWithMessagesInHand(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 128})
	deposit, do := actors.Method(kind, "deposit", Account.Deposit), actors.Action(kind, "do", Account.Do)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, _ := kind.Spawn(sys, "a")
		others := make([]actors.Ref[Account], 10)
		for i := range others {
			others[i], _ = kind.Spawn(sys, "")
		}
		var order []int
		tell := func(n int) {
			do.Tell(background, a, func(*actors.Context, *account) error { order = append(order, n); return nil })
		}
		release, leave := make(chan struct{}), make(chan struct{})
		do.Tell(background, a, block(release))
		synctest.Wait()
		do.Tell(background, a, func(*actors.Context, *account) error { <-leave; runtime.Goexit(); return nil })
		for n := range 127 {
			tell(n)
		}
		close(release)
		synctest.Wait()
		for n := range 16 { // as many as it has in hand
			tell(127 + n)
		}
		close(leave)
		synctest.Wait()
		for _, other := range others {
			if n, err := deposit.Call(background, other, 1); n != 1 || err != nil {
				t.Error(n, err)
			}
		}
		if len(order) > 0 {
			t.Errorf("%d messages were handled by others, or before the new beginning", len(order))
		}
		if n, err := deposit.Call(background, a, 5); n != 5 || err != nil {
			t.Error(n, err)
		}
		if len(order) != 143 || !slices.IsSorted(order) {
			t.Errorf("%d messages, in the order %v", len(order), order)
		}
	})
}

func TestStopDrains(t *testing.T) {
	var dead letters
	inBubble(t, actors.Rules{DeadLetters: dead.add}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		sum := 0
		for i := range 100 {
			Do.Tell(background, ref, func(*actors.Context, *account) error { time.Sleep(ms); sum += i; return nil })
		}
		if err := ref.Stop(background); err != nil || sum != 4950 {
			t.Error(err, sum)
		}
		if err := ref.Stop(background); err != nil {
			t.Error(err)
		}
		if _, err := Deposit.Call(background, ref, 1); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if err := Deposit.Tell(background, ref, 1); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		again := spawn(t, sys, "a") // the name is free
		if again == ref {
			t.Error("the same actor")
		}
		if _, err := Accounts.Spawn(sys, "a"); err == nil {
			t.Error("two with one name")
		}
		err := Do.Call(background, again, func(c *actors.Context, a *account) error {
			c.Stop()
			return again.Stop(c)
		})
		if err == nil {
			t.Error("waited for itself")
		}
	})
	if len(dead.all) != 0 {
		t.Errorf("%q", dead.texts())
	}
}

// Stop waits until messages between actors have come to an end.
func TestSystemStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dead letters
		sys := actors.New(background, actors.Rules{DeadLetters: dead.add})
		var refs []actors.Ref[Account]
		for range 100 {
			refs = append(refs, spawn(t, sys, ""))
		}
		hops := 0
		var hop func(*actors.Context, *account) error
		hop = func(c *actors.Context, _ *account) error {
			time.Sleep(ms)
			if hops++; hops == 1000 {
				return nil
			}
			return Do.Tell(c, refs[hops%100], hop)
		}
		Do.Tell(background, refs[0], hop)
		if err := sys.Stop(background); err != nil || hops != 1000 {
			t.Error(err, hops)
		}
		if err := Deposit.Tell(background, refs[0], 1); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if _, err := Accounts.Spawn(sys, ""); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if len(dead.all) != 0 {
			t.Errorf("%q", dead.texts())
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dead letters
		sys := actors.New(background, actors.Rules{DeadLetters: dead.add})
		ref := spawn(t, sys, "a")
		cause := make(chan error, 1)
		Do.Tell(background, ref, func(c *actors.Context, _ *account) error {
			<-c.Done()
			cause <- context.Cause(c)
			return nil
		})
		Deposit.Tell(background, ref, 7)
		called := make(chan error, 1)
		go func() { _, err := Deposit.Call(background, ref, 8); called <- err }()
		synctest.Wait()
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
		if err := <-cause; err != actors.ErrClosed {
			t.Error(err)
		}
		if err := <-called; !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if got := dead.texts(); !slices.Equal(got, []string{"deposit 7: it has been stopped"}) {
			t.Errorf("%q", got)
		}
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
	})
}

func deaf(release chan struct{}) func(*actors.Context, *account) error { return block(release) }

// A method that does not watch its context is named, and its caller is let go.
func TestCloseNamesWhoIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := actors.New(background, actors.Rules{Grace: time.Second})
		ref := spawn(t, sys, "a")
		release := make(chan struct{})
		called := make(chan error, 2)
		for range cap(called) { // the second one waits in the mailbox
			go func() { called <- Do.Call(background, ref, deaf(release)) }()
			synctest.Wait()
		}
		err := sys.Close()
		var stuck *trivet.StuckError
		if !errors.As(err, &stuck) || stuck.Name != "account:a" || !strings.HasSuffix(stuck.Func, "Account.Do") {
			t.Error(err)
		}
		for range cap(called) {
			if err := <-called; !errors.Is(err, actors.ErrClosed) {
				t.Error(err)
			}
		}
		close(release)
		synctest.Wait()
	})
}

// So is an actor that does not come to its end, though it handles no message.
func TestCloseNamesWhoseStopIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		kind := actors.NewKind("stubborn", func() Account { return &stubborn{release: release} }, actors.Traits{})
		deposit := actors.Method(kind, "deposit", Account.Deposit)
		sys := actors.New(background, actors.Rules{Grace: time.Second})
		ref, err := kind.Spawn(sys, "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deposit.Call(background, ref, 1); err != nil {
			t.Fatal(err)
		}
		var stuck *trivet.StuckError
		if err := sys.Close(); !errors.As(err, &stuck) || stuck.Name != "stubborn:a" || !strings.HasPrefix(stuck.Func, "its Start, its Stop") {
			t.Error(err)
		}
		close(release)
		synctest.Wait()
	})
}

type stubborn struct {
	account
	release chan struct{}
}

func (s *stubborn) Stop(*actors.Context, error) { <-s.release }

// The answer to Go is a later turn.
func TestGo(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, b := spawn(t, sys, "a"), spawn(t, sys, "b")
		err := Do.Call(background, a, func(c *actors.Context, me *account) error {
			for i := range 3 {
				err := Do.Go(c, b, func(c *actors.Context, other *account) error {
					time.Sleep(ms)
					other.balance = 40 + i
					return fmt.Errorf("%d", i)
				}, func(_ *actors.Context, _ actors.None, err error) { me.balance++ })
				if err != nil {
					return err
				}
			}
			me.balance = 10
			// To itself and in a circle: nobody waits.
			return Deposit.Go(c, a, 1000, func(_ *actors.Context, n int, err error) { me.balance += n })
		})
		if err != nil {
			t.Error(err)
		}
		time.Sleep(10 * ms)
		synctest.Wait()
		if n, _ := Deposit.Call(background, a, 0); n != 10+3+1000+1010 {
			t.Error(n)
		}
		// A deadline.
		var got error
		ctx, cancel := context.WithTimeout(background, 5*ms)
		defer cancel()
		Do.Call(ctx, a, func(c *actors.Context, me *account) error {
			return Do.Go(c, b, func(*actors.Context, *account) error { time.Sleep(10 * ms); return nil },
				func(_ *actors.Context, _ actors.None, err error) { got = err })
		})
		time.Sleep(20 * ms)
		synctest.Wait()
		if e := (*actors.Error)(nil); !errors.As(got, &e) || !errors.Is(got, context.DeadlineExceeded) {
			t.Error(got)
		}
		if err := Deposit.Go(background, a, 1, nil); err == nil {
			t.Error("Go without an actor")
		}
	})
}

func TestZeroRef(t *testing.T) {
	var nobody actors.Ref[Account]
	if _, err := Deposit.Call(background, nobody, 1); err == nil {
		t.Error("no error")
	}
	if err := Deposit.Tell(background, nobody, 1); err == nil {
		t.Error("no error")
	}
	var none *actors.Op[Account, int, int]
	if err := none.Tell(background, nobody, 1); err == nil || !strings.Contains(err.Error(), "not made yet") {
		t.Error(err)
	}
	if err := nobody.Stop(background); err == nil || nobody.Name() != "nobody" {
		t.Error("no error")
	}
}

// Messages of one sender come in order, one at a time, and none is lost.
func TestOrder(t *testing.T) {
	for _, mailbox := range []int{1, 7, 1000} {
		kind := actors.NewKind("log", func() Log { return new(log) }, actors.Traits{Mailbox: mailbox})
		put := actors.Action(kind, "put", Log.Put)
		sum := actors.Method(kind, "sum", Log.Sum)
		sys := actors.New(background, actors.Rules{})
		ref, _ := kind.Spawn(sys, "")
		const senders, each = 8, 2000
		var wg sync.WaitGroup
		for s := range senders {
			wg.Go(func() {
				for i := range each {
					if err := put.Tell(background, ref, [2]int{s, i}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n, err := sum.Call(background, ref, actors.None{}); n != senders*each || err != nil {
			t.Errorf("mailbox of %d: %d, %v", mailbox, n, err)
		}
		if err := sys.Stop(background); err != nil {
			t.Error(err)
		}
	}
}

type Log interface {
	Put(*actors.Context, [2]int) error
	Sum(*actors.Context, actors.None) (int, error)
}

type log struct {
	inside bool
	last   [8]int
	n      int
	err    error
}

func (l *log) Put(_ *actors.Context, m [2]int) error {
	if l.inside {
		l.err = errors.New("two at a time")
	}
	l.inside = true
	if m[1] != l.last[m[0]] {
		l.err = fmt.Errorf("%v after %d", m, l.last[m[0]])
	}
	l.last[m[0]]++
	l.n++
	l.inside = false
	return nil
}

func (l *log) Sum(*actors.Context, actors.None) (int, error) { return l.n, l.err }

// When the context of the system is done, messages are refused, and nobody waits for
// ever.
func TestContextOfTheSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(background)
		sys := actors.New(ctx, actors.Rules{})
		ref := spawn(t, sys, "a")
		why := errors.New("why")
		called := make(chan error, 1)
		go func() {
			called <- Do.Call(background, ref, func(c *actors.Context, _ *account) error {
				<-c.Done()
				return context.Cause(c)
			})
		}()
		synctest.Wait()
		cancel(why)
		if err := <-called; err != why {
			t.Error(err)
		}
		if _, err := Deposit.Call(background, ref, 1); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The answer may come when the deadline passes: the caller has one of the two, and the next
// one has its own answer.
func TestAnswersAtTheDeadline(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		sum := 0
		for range 200 {
			ctx, cancel := context.WithTimeout(background, ms)
			err := Do.Call(ctx, ref, func(*actors.Context, *account) error { time.Sleep(ms); return errShort })
			if err != errShort && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
			sum++
			if n, err := Deposit.Call(background, ref, 1); n != sum || err != nil {
				t.Fatal(n, err, sum)
			}
		}
	})
}

// Sleep ends with the context.
func TestSleepEndsWithTheContext(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		slept := make(chan error, 1)
		sleep := func(c *actors.Context, _ *account) error { slept <- c.Sleep(time.Second); return nil }
		begin := time.Now()
		Do.Tell(background, ref, sleep)
		if err := <-slept; err != nil || time.Since(begin) != time.Second {
			t.Error(err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(background, ms)
		defer cancel()
		Do.Tell(ctx, ref, sleep)
		if err := <-slept; err != context.DeadlineExceeded || time.Since(begin) != time.Second+ms {
			t.Error(err, time.Since(begin))
		}
		Do.Tell(background, ref, sleep)
		synctest.Wait()
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
		if err := <-slept; err != actors.ErrClosed {
			t.Error(err)
		}
	})
}

// There are as many answers to Go under way as the mailbox holds, in each life anew; and those
// for a life that is over come to nobody.
func TestBoundOfGo(t *testing.T) {
	kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 2})
	do := actors.Action(kind, "do", Account.Do)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, _ := kind.Spawn(sys, "a")
		b, gone := spawn(t, sys, "b"), spawn(t, sys, "gone")
		gone.Stop(background)
		answers := 0
		ask := func(to actors.Ref[Account], f func(*actors.Context, *account) error) error {
			return do.Call(background, a, func(c *actors.Context, _ *account) error {
				return Do.Go(c, to, f, func(*actors.Context, actors.None, error) { answers++ })
			})
		}
		nop := func(*actors.Context, *account) error { return nil }
		for range 5 {
			if err := ask(b, nop); err != nil {
				t.Error(err)
			}
			if err := ask(gone, nop); !errors.Is(err, actors.ErrStopped) {
				t.Error(err)
			}
			if err := ask(actors.Ref[Account]{}, nop); err == nil || errors.Is(err, actors.ErrFull) {
				t.Error(err)
			}
			synctest.Wait()
		}
		release := make(chan struct{})
		for range 2 { // lives
			for i := range 3 {
				if err := ask(b, block(release)); errors.Is(err, actors.ErrFull) != (i == 2) {
					t.Error(i, err)
				}
			}
			do.Call(background, a, func(*actors.Context, *account) error { panic("a new life") })
		}
		do.Call(background, a, nop)
		close(release)
		if synctest.Wait(); answers != 5 {
			t.Errorf("%d answers, want 5", answers)
		}
	})
}

// A message by a timer, or the answer to a Go, that does not return is a failure like others, and
// has no deadline of a message before it.
func TestFailureInTimersAndAnswers(t *testing.T) {
	for what, poison := range map[string]func(){"panic": func() { panic("poison") }, "goexit": runtime.Goexit} {
		var dead letters
		inBubble(t, actors.Rules{DeadLetters: dead.add}, func(t *testing.T, sys *actors.System) {
			a := spawn(t, sys, "a")
			fail := func(c *actors.Context) {
				if _, has := c.Deadline(); has {
					t.Errorf("%s: it has a deadline", what)
				}
				poison()
			}
			ctx, cancel := context.WithTimeout(background, time.Minute)
			defer cancel()
			for i, f := range []func(*actors.Context, *account) error{
				func(c *actors.Context, _ *account) error {
					Do.After(c, ms, func(c *actors.Context, _ *account) error { fail(c); return nil })
					return nil
				},
				func(c *actors.Context, _ *account) error {
					return Deposit.Go(c, a, 1, func(c *actors.Context, _ int, _ error) { fail(c) })
				},
			} {
				Deposit.Call(background, a, 10)
				if err := Do.Call(ctx, a, f); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if n, err := Deposit.Call(background, a, 0); n != 0 || err != nil {
					t.Errorf("%s, %d: %d, %v: want a new state", what, i, n, err)
				}
			}
			if s := sys.Stats(); s.Restarts != 2 {
				t.Errorf("%s: %+v", what, s)
			}
		})
		if len(dead.all) != 1 || dead.all[0].Op != "do" {
			t.Errorf("%s: %v", what, dead.all)
		}
	}
}

// stopper is an account whose Stop does as it was told.
type stopper struct {
	account
	stop func()
}

func (s *stopper) Stop(*actors.Context, error) { s.stop() }

// A Stop that does not return is told to the hooks, and nothing else is.
func TestStopThatFails(t *testing.T) {
	for what, c := range map[string]struct {
		stop func()
		told int
	}{"returns": {func() {}, 0}, "panic": {func() { panic("poison") }, 1}, "goexit": {runtime.Goexit, 1}} {
		synctest.Test(t, func(t *testing.T) {
			told := 0
			ctx := trivet.WithHooks(background, &trivet.Hooks{ItemError: func(trivet.ItemErrorInfo) { told++ }})
			kind := actors.NewKind("stopper", func() Account { return &stopper{stop: c.stop} }, actors.Traits{})
			deposit := actors.Method(kind, "deposit", Account.Deposit)
			sys := actors.New(ctx, actors.Rules{})
			ref, _ := kind.Spawn(sys, "a")
			deposit.Call(background, ref, 1)
			if err := ref.Stop(background); err != nil {
				t.Error(err)
			}
			if err := sys.Close(); err != nil || told != c.told {
				t.Errorf("%s: %d errors told, want %d; %v", what, told, c.told, err)
			}
		})
	}
}

// Whoever waits learns that its message was dropped for a newer one, or that there will be no room.
func TestWhoWaitsIsTold(t *testing.T) {
	for policy, want := range map[trivet.Overflow]error{trivet.DropOldest: actors.ErrDropped, trivet.Block: actors.ErrStopped} {
		kind := actors.NewKind("small", func() Account { return new(account) }, actors.Traits{Mailbox: 1, Overflow: policy})
		deposit, do := actors.Method(kind, "deposit", Account.Deposit), actors.Action(kind, "do", Account.Do)
		inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
			ref, _ := kind.Spawn(sys, "")
			release := make(chan struct{})
			do.Tell(background, ref, block(release))
			synctest.Wait()
			called, told := make(chan error, 1), make(chan error, 1)
			go func() { _, err := deposit.Call(background, ref, 1); called <- err }()
			synctest.Wait()
			go func() { told <- deposit.Tell(background, ref, 2) }()
			synctest.Wait()
			if policy == trivet.Block {
				go ref.Stop(background)
				synctest.Wait()
				close(release)
				if err := <-called; err != nil {
					t.Error(err)
				}
				called = told
			} else {
				close(release)
			}
			if err := <-called; !errors.Is(err, want) {
				t.Errorf("%v: %v, want %v", policy, err, want)
			}
		})
	}
}

// An actor that stops itself handles what waits, and has ended then.
func TestActorStopsItself(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		release := make(chan struct{})
		Do.Tell(background, ref, func(c *actors.Context, _ *account) error { <-release; c.Stop(); return nil })
		sum := 0
		Do.Tell(background, ref, func(*actors.Context, *account) error { sum++; return nil })
		synctest.Wait()
		close(release)
		if synctest.Wait(); sum != 1 || sys.Stats().Actors != 0 {
			t.Errorf("%d handled, %d actors", sum, sys.Stats().Actors)
		}
	})
}

// A Context that something was made from, which may look at it later, is not used again.
func TestSharedContextIsNotUsedAgain(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ref := spawn(t, sys, "a")
		short, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		var last *actors.Context
		for i, ctx := range []context.Context{background, short, background} {
			err := Do.Call(ctx, ref, func(c *actors.Context, _ *account) error {
				if c == last {
					t.Error("the same Context, message", i)
				}
				last = c
				context.AfterFunc(c, func() {})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
