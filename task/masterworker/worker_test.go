package masterworker_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	mw "github.com/trivet-go/trivet/task/masterworker"
	"github.com/trivet-go/trivet/task/scoped"
)

// A cable is a link that can be cut, as when the process at its end is killed.
type cable[In, Out any] struct {
	mw.Link[In, Out]
	cut atomic.Bool
}

var errCut = errors.New("cut")

func (c *cable[In, Out]) Pull(ctx context.Context, p mw.Pull, buf []mw.Assignment[In]) (int, error) {
	if c.cut.Load() {
		return 0, errCut
	}
	return c.Link.Pull(ctx, p, buf)
}

func (c *cable[In, Out]) Beat(ctx context.Context, b mw.Beat) ([]mw.Token, error) {
	if c.cut.Load() {
		return nil, errCut
	}
	return c.Link.Beat(ctx, b)
}

func (c *cable[In, Out]) Report(ctx context.Context, o mw.Outcome[Out]) error {
	if c.cut.Load() {
		return errCut
	}
	return c.Link.Report(ctx, o)
}

// The job of a worker that was killed runs again when its lease is over, and not
// later; what the dead one says afterwards is ignored.
func TestKilledWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lease = 10 * time.Second
		m := open(t, mw.Rules[int, string]{Lease: lease})
		ctx, kill := context.WithCancel(bg)
		defer kill()
		tokens := make(chan mw.Token, 1)
		toFirst := &cable[int, string]{Link: m}
		first := work(ctx, toFirst, func(ctx context.Context, _ int) (string, error) {
			try, _ := mw.TryOf(ctx)
			tokens <- try.Token
			<-ctx.Done()
			return "from the dead", nil
		}, mw.Worker{Name: "first"})
		ticket, _ := m.Submit(bg, 1)
		token := <-tokens
		var began time.Time
		second := work(bg, m, func(_ context.Context, _ int) (string, error) {
			began = time.Now()
			time.Sleep(time.Minute)
			return "from the living", nil
		}, mw.Worker{Name: "second"})
		time.Sleep(time.Minute + time.Second) // its heart beats
		if s := ticket.Status(); s.State != mw.Leased || s.Worker != "first" || s.Tries != 1 {
			t.Errorf("%+v", s)
		}
		toFirst.cut.Store(true)
		killed := time.Now()
		time.Sleep(lease + time.Second)
		synctest.Wait()
		if began.IsZero() || began.Sub(killed) > lease {
			t.Errorf("the job ran again %v after the kill", began.Sub(killed))
		}
		if err := m.Report(bg, mw.Outcome[string]{Token: token, Out: "from the dead"}); err != mw.ErrLate {
			t.Errorf("a worker thought dead has settled the job: %v", err)
		}
		out, err := ticket.Await(bg)
		if out != "from the living" || err != nil {
			t.Error(out, err)
		}
		toFirst.cut.Store(false)
		r := drain(t, m, first, second)
		if r.Lost != 1 || r.Done != 1 || r.Late < 1 || len(r.Workers) != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// A worker that is started again under its name does not wait for the lease of
// the one that has died.
func TestWorkerThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		buf := make([]mw.Assignment[int], 2)
		ticket, _ := m.Submit(bg, 1)
		other, _ := m.Submit(bg, 2)
		if _, err := m.Register(bg, mw.Hello{Worker: "w"}); err != nil {
			t.Fatal(err)
		}
		if n, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		begin := time.Now()
		if _, err := m.Register(bg, mw.Hello{Worker: "w", Holds: []mw.Token{buf[1].Token}}); err != nil {
			t.Fatal(err)
		}
		if a, b := ticket.Status(), other.Status(); a.State != mw.Queued || b.State != mw.Leased {
			t.Errorf("%+v, %+v", a, b)
		}
		var lost *mw.LostError
		if errs := ticket.Status().Errs; len(errs) != 1 || !errors.As(errs[0], &lost) || lost.Worker != "w" || lost.Try != 1 {
			t.Errorf("%v", errs)
		}
		ended := work(bg, m, double, mw.Worker{Name: "w"})
		drain(t, m, ended)
		if time.Since(begin) > 0 {
			t.Error("it took", time.Since(begin))
		}
	})
}

// An ask that is repeated gets the same jobs, and no others.
func TestPullAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		for i := range 3 {
			m.Submit(bg, i)
		}
		var a, b [2]mw.Assignment[int]
		p := mw.Pull{Worker: "w", Ask: 7}
		if n, err := m.Pull(bg, p, a[:]); n != 2 || err != nil {
			t.Error(n, err)
		}
		p.Again = true
		if n, err := m.Pull(bg, p, b[:]); n != 2 || err != nil || a != b {
			t.Errorf("%v again: %v, %v", a, b, err)
		}
		p = mw.Pull{Worker: "w", Ask: 8, Again: true, Wait: time.Second}
		if n, err := m.Pull(bg, p, b[:]); n != 1 || err != nil || b[0].In != 2 {
			t.Error("an ask that never came:", n, err)
		}
		p.Ask = 9
		if n, err := m.Pull(bg, p, b[:]); n != 0 || err != nil {
			t.Error("there are no more jobs:", n, err)
		}
		if err := m.Report(bg, mw.Outcome[int]{Token: a[0].Token, GaveBack: true}); err != nil {
			t.Error(err)
		}
		if n, err := m.Pull(bg, p, b[:]); n != 1 || err != nil || b[0].In != 0 || b[0].Try != 1 {
			t.Errorf("%d, %v: %+v was given back, which is no try", n, err, b[0])
		}
		m.Close()
	})
}

// A step that ignores the end of its try keeps neither its job nor the place of
// others.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Timeout: time.Minute, Tries: 2, Backoff: mw.Backoff{First: time.Nanosecond, Most: 1}})
		release := make(chan bool)
		var causes sync.Map
		ended := work(bg, m, func(ctx context.Context, i int) (int, error) {
			try, _ := mw.TryOf(ctx)
			switch {
			case i == 0: // obeys
				<-ctx.Done()
				return 0, fmt.Errorf("step: %w", ctx.Err())
			case i == 1 && try.Number == 1: // does not
				<-release
				causes.Store(i, context.Cause(ctx))
			}
			return i, nil
		}, mw.Worker{})
		begin := time.Now()
		_, err := m.Do(bg, 0)
		if !errors.Is(err, mw.ErrTimeout) || time.Since(begin) > 2*time.Minute+time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		begin = time.Now()
		out, err := m.Do(bg, 1)
		if out != 1 || err != nil || time.Since(begin) > time.Minute+11*time.Second {
			t.Errorf("%d, %v after %v", out, err, time.Since(begin))
		}
		if out, err := m.Do(bg, 2); out != 2 || err != nil {
			t.Error(out, err)
		}
		close(release)
		synctest.Wait()
		if cause, _ := causes.Load(1); cause != mw.ErrTimeout {
			t.Error(cause)
		}
		drain(t, m, ended)
	})
}

func TestPoisonIsIsolated(t *testing.T) {
	for what, poison := range map[string]func(){"panic": func() { panic("poison") }, "goexit": runtime.Goexit} {
		synctest.Test(t, func(t *testing.T) {
			m := open(t, mw.Rules[int, int]{Tries: 2})
			ended := work(bg, m, func(_ context.Context, i int) (int, error) {
				if i%10 == 7 {
					poison()
				}
				return i, nil
			}, mw.Worker{Slots: 2})
			for i := range 50 {
				if _, err := m.Submit(bg, i); err != nil {
					t.Fatal(err)
				}
			}
			r := drain(t, m, ended)
			if r.Done != 45 || r.Dead != 5 || r.Letters != 5 {
				t.Errorf("%s: %+v", what, r)
			}
			for _, l := range m.Letters() {
				var p *trivet.PanicError
				isPanic := errors.As(l.Errs[1], &p) && strings.Contains(string(p.Stack), "TestPoisonIsIsolated")
				if l.In%10 != 7 || l.Tries != 2 || isPanic != (what == "panic") || !isPanic && l.Errs[1] != trivet.ErrGoexit {
					t.Errorf("%s: %+v", what, l)
				}
				if err := l.Drop(bg); err != mw.ErrDrained {
					t.Error(err)
				}
			}
		})
	}
}

// A step may wait for jobs of its own master, also when it has all the slots.
func TestNestedJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		var running, most atomic.Int32
		ended := work(bg, m, func(ctx context.Context, n int) (int, error) {
			if n < 2 {
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second)
				running.Add(-1)
				return n, nil
			}
			var a, b int
			err := scoped.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(ctx context.Context) (err error) { a, err = m.Do(ctx, n-1); return err })
				g.Go(func(ctx context.Context) (err error) { b, err = m.Do(ctx, n-2); return err })
				return nil
			})
			return a + b, err
		}, mw.Worker{Slots: 2})
		out, err := m.Do(bg, 10)
		if out != 55 || err != nil {
			t.Error(out, err)
		}
		if most.Load() > 3 {
			t.Errorf("%d steps at once on 2 slots", most.Load())
		}
		drain(t, m, ended)
	})
}

func TestGentleEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		until, leave := context.WithCancel(bg)
		begun := make(chan bool)
		ended := work(bg, m, func(ctx context.Context, i int) (int, error) {
			begun <- true
			time.Sleep(time.Hour)
			return i, ctx.Err()
		}, mw.Worker{Slots: 2, Until: until})
		first, _ := m.Submit(bg, 1)
		<-begun
		synctest.Wait() // the other slot waits for a job
		leave()
		synctest.Wait()
		second, _ := m.Submit(bg, 2)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if a, b := first.Status(), second.Status(); a.State != mw.Done || b.State != mw.Queued {
			t.Errorf("%+v, %+v", a, b)
		}
		if err := mw.Work(bg, m, double, mw.Worker{Until: until}); err != nil {
			t.Error(err)
		}
		m.Close()
	})
}

// A worker that has to stop gives back what it has not finished, and tells what
// it has.
func TestHardEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Tries: 1})
		ctx, stop := context.WithCancelCause(bg)
		ended := work(ctx, m, func(ctx context.Context, i int) (int, error) {
			<-ctx.Done()
			if i == 0 {
				return 7, nil
			}
			return 0, ctx.Err()
		}, mw.Worker{Slots: 2})
		finished, _ := m.Submit(bg, 0)
		given, _ := m.Submit(bg, 1)
		synctest.Wait()
		stop(errBad)
		if err := <-ended; err != errBad {
			t.Error(err)
		}
		if a, b := finished.Status(), given.Status(); a.State != mw.Done || b.State != mw.Queued || b.Tries != 0 {
			t.Errorf("%+v, %+v", a, b)
		}
		m.Close()
	})
}

func TestStuckStepIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		ctx, stop := context.WithCancelCause(bg)
		release := make(chan bool)
		ended := work(ctx, m, func(context.Context, int) (int, error) { <-release; return 0, nil }, mw.Worker{Name: "w", Grace: time.Second})
		m.Submit(bg, 1)
		synctest.Wait()
		stop(errBad)
		err := <-ended
		var stuck *trivet.StuckError
		if !errors.Is(err, errBad) || !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "TestStuckStepIsNamed") || stuck.Name != "w" {
			t.Error(err)
		}
		close(release)
		m.Close()
	})
}

// A step that does not care that its try is lost hangs nobody: not the jobs, nor
// the end of the worker.
func TestStuckStepOfALostTry(t *testing.T) {
	for _, gentle := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := open(t, mw.Rules[int, int]{})
			until, leave := context.WithCancel(bg)
			defer leave()
			release := make(chan bool)
			ended := work(bg, m, func(_ context.Context, i int) (int, error) {
				if i == 0 {
					<-release
				}
				return i, nil
			}, mw.Worker{Name: "w", Until: until})
			ticket, _ := m.Submit(bg, 0)
			synctest.Wait()
			if err := ticket.Cancel(bg); err != nil {
				t.Error(err)
			}
			if out, err := m.Do(bg, 1); out != 1 || err != nil {
				t.Error(out, err)
			}
			begin := time.Now()
			if gentle {
				leave()
			} else if _, err := m.Drain(bg); err != nil {
				t.Error(err)
			}
			var stuck *trivet.StuckError
			if err := <-ended; !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "TestStuckStepOfALostTry") || time.Since(begin) != 10*time.Second {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
			close(release)
			m.Close()
		})
	}
}

// A worker that leaves gets no job any more, also by a request that it has sent
// before; and what it does not know that it has goes to others at once.
func TestWorkerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Tries: 1})
		waits := make(chan error)
		go func() {
			var buf [1]mw.Assignment[int]
			n, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf[:])
			waits <- errors.Join(err, fmt.Errorf("%d jobs", n))
		}()
		synctest.Wait()
		if _, err := m.Register(bg, mw.Hello{Worker: "w", Leaves: true}); err != nil {
			t.Error(err)
		}
		if err := <-waits; err.Error() != "0 jobs" {
			t.Error(err)
		}
		ticket, _ := m.Submit(bg, 1)
		var buf [1]mw.Assignment[int]
		if n, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf[:]); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := m.Pull(bg, mw.Pull{Worker: "v"}, buf[:]); n != 1 || err != nil {
			t.Error(n, err)
		}
		if _, err := m.Register(bg, mw.Hello{Worker: "v", Leaves: true}); err != nil {
			t.Error(err)
		}
		if s := ticket.Status(); s.State != mw.Queued || s.Tries != 0 || len(m.Stats().Workers) != 0 {
			t.Errorf("%+v, %+v", s, m.Stats())
		}
		if _, err := m.Register(bg, mw.Hello{Worker: "v", Life: 2}); err != nil { // its successor
			t.Error(err)
		}
		if n, err := m.Pull(bg, mw.Pull{Worker: "v"}, buf[:]); n != 1 || err != nil {
			t.Error(n, err)
		}
		if _, err := m.Register(bg, mw.Hello{Worker: "v", Life: 1, Leaves: true}); err != nil {
			t.Error(err)
		}
		if s := ticket.Status(); s.State != mw.Leased {
			t.Errorf("%+v: one that leaves has taken the jobs of its successor away", s)
		}
		if err := m.Report(bg, mw.Outcome[int]{Token: buf[0].Token, Out: 1}); err != nil {
			t.Error(err)
		}
		ended := work(bg, m, double, mw.Worker{Name: "w"}) // it is back
		drain(t, m, ended)
	})
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Lease: 3 * time.Second})
		ended := work(bg, m, func(ctx context.Context, _ int) (int, error) {
			if try, ok := mw.TryOf(ctx); !ok || try.Key != "film" || try.Number != 1 || try.Token == 0 {
				t.Errorf("%+v", try)
			}
			for scene := range 10 {
				mw.Progress(ctx, int64(scene), 10)
				time.Sleep(time.Second)
			}
			return 0, nil
		}, mw.Worker{Name: "w"})
		mw.Progress(bg, 1, 2) // nothing
		if _, ok := mw.TryOf(bg); ok {
			t.Error("no try")
		}
		ticket, _ := m.SubmitAs(bg, mw.Terms{Key: "film"}, 1)
		time.Sleep(6500 * time.Millisecond)
		if s := ticket.Status(); s.Worker != "w" || s.Done < 5 || s.Done > 6 || s.Total != 10 {
			t.Errorf("%+v", s)
		}
		drain(t, m, ended)
	})
}

// While the master cannot be reached, steps go on as long as their leases last;
// then they are told.
func TestWorkerWithoutMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Lease: 9 * time.Second})
		link := &cable[int, int]{Link: m}
		lost := make(chan time.Time, 1)
		ended := work(bg, link, func(ctx context.Context, i int) (int, error) {
			if i == 1 {
				time.Sleep(2 * time.Second)
				return i, nil
			}
			<-ctx.Done()
			if try, _ := mw.TryOf(ctx); try.Number == 1 {
				lost <- time.Now()
				if context.Cause(ctx) != mw.ErrLost {
					t.Error(context.Cause(ctx))
				}
			}
			return 0, ctx.Err()
		}, mw.Worker{Slots: 2})
		short, _ := m.Submit(bg, 1)
		long, _ := m.Submit(bg, 2)
		time.Sleep(time.Second)
		link.cut.Store(true)
		time.Sleep(4 * time.Second)
		link.cut.Store(false) // the report of the short one comes late, and in time
		if out, err := short.Await(bg); out != 1 || err != nil {
			t.Error(out, err)
		}
		time.Sleep(10 * time.Second)
		if s := long.Status(); s.State != mw.Leased || s.Tries != 1 {
			t.Errorf("%+v", s)
		}
		cut := time.Now()
		link.cut.Store(true)
		if after := (<-lost).Sub(cut); after < 6*time.Second || after > 12*time.Second {
			t.Errorf("the step was told after %v", after)
		}
		m.Close()
		link.cut.Store(false)
		if err := <-ended; err != mw.ErrClosed {
			t.Error(err)
		}
	})
}

func TestStress(t *testing.T) {
	m := open(t, mw.Rules[int, int]{Room: 50, Lease: time.Minute, Tries: 100, Backoff: mw.Backoff{First: time.Microsecond, Most: time.Microsecond}})
	var ended []chan error
	for range 4 {
		ended = append(ended, work(bg, m, func(_ context.Context, i int) (int, error) {
			if i%5 == 0 && time.Now().UnixNano()%3 == 0 {
				return 0, errBad
			}
			return 2 * i, nil
		}, mw.Worker{Slots: 3}))
	}
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			for i := range 500 {
				n := c*1000 + i
				if i%7 == 0 {
					ticket, err := m.SubmitAs(bg, mw.Terms{Key: fmt.Sprint(i), Priority: i % 3}, i)
					if err == nil && i%2 == 0 {
						err = ticket.Cancel(bg)
					}
					if err != nil {
						t.Error(err)
					}
					continue
				}
				if out, err := m.Do(bg, n); out != 2*n || err != nil {
					t.Error(n, out, err)
				}
			}
		})
	}
	clients.Wait()
	r := drain(t, m, ended...)
	if r.Accepted != r.Done+r.Cancelled || r.Dead != 0 {
		t.Errorf("%+v", r)
	}
}
