package actors

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The model runs one baton through every order in which its steps can meet: an
// atomic load, store, swap or compare-and-swap is one step. Two turns share it, and
// somebody who uses the context of a turn that is over; each hands one actor on.
// A turn may block for ever at any time but within a send.
//
// Whatever happens, in the end every actor has begun, once.

type relayPhase uint8

const (
	relayIdle   relayPhase = iota
	relayTo                // is about to hand on
	relayPut               // has put it into the baton, and looks whether somebody watches
	relayHire              // nobody did
	relayWork              // the method goes on
	relayLook              // the method is over: looks into the baton
	relayTake              // somebody was there
	relayGone              // is over, or blocks for ever
	relayPhases            // only for the watch:
	watchLook              // the timer has fired: looks into the baton
	watchSteal             // has seen the same one again
	watchEnd               // has seen nobody for long: says that it ends
	watchAgain             // looks again
	watchHire              // has seen somebody
)

type relayWorld struct {
	turns    [3]relayPhase // the third is the one without a turn
	baton    uint8         // 1 + the actor in it; 0: nobody
	sent     [3]bool
	begun    [3]uint8
	watching bool
	timer    bool
	watch    relayPhase
	seen     uint8
	idle     uint8
}

const modelIdle = 2

func (w relayWorld) next(flaw string) (all []relayWorld) {
	step := func(f func(w *relayWorld)) {
		c := w
		f(&c)
		all = append(all, c)
	}
	for i, phase := range w.turns {
		to := func(p relayPhase) func(*relayWorld) { return func(w *relayWorld) { w.turns[i] = p } }
		switch phase {
		case relayTo:
			step(func(w *relayWorld) {
				w.sent[i] = true
				if w.baton != 0 {
					w.begun[i]++ // a goroutine of its own
					w.turns[i] = relayWork
					return
				}
				w.baton = uint8(1 + i)
				w.turns[i] = relayPut
			})
		case relayPut:
			if w.watching || flaw == "nobody watches" {
				step(to(relayWork))
			} else {
				step(to(relayHire))
			}
		case relayHire:
			step(func(w *relayWorld) {
				if !w.watching {
					w.watching, w.timer = true, true
				}
				w.turns[i] = relayWork
			})
		case relayWork:
			step(to(relayGone)) // blocks; or has no turn
			if i < 2 {
				step(to(relayLook))
			}
		case relayLook:
			if w.baton == 0 {
				step(to(relayGone))
			} else {
				step(to(relayTake))
			}
		case relayTake:
			step(func(w *relayWorld) {
				if w.baton != 0 {
					w.begun[w.baton-1]++
					w.baton = 0
					w.turns[i] = relayWork // the turn of that one
				} else {
					w.turns[i] = relayGone
				}
			})
		}
	}
	switch w.watch {
	case relayIdle:
		if w.timer {
			step(func(w *relayWorld) { w.timer, w.watch = false, watchLook })
		}
	case watchLook:
		step(func(w *relayWorld) {
			last := w.seen
			w.seen, w.idle = w.baton, w.idle+1
			switch {
			case w.baton != 0 && w.baton == last:
				w.idle, w.watch = 0, watchSteal
			case w.baton != 0:
				w.idle, w.watch, w.timer = 0, relayIdle, true
			case w.idle < modelIdle:
				w.watch, w.timer = relayIdle, true
			default:
				w.idle, w.watch = 0, watchEnd
			}
		})
	case watchSteal:
		step(func(w *relayWorld) {
			if w.baton == w.seen || flaw == "steals what is gone" {
				w.begun[w.seen-1]++
				w.baton = 0
			}
			w.seen, w.watch, w.timer = 0, relayIdle, true
		})
	case watchEnd:
		step(func(w *relayWorld) {
			w.watching = false
			w.watch = watchAgain
			if flaw == "does not look again" {
				w.watch = relayIdle
			}
		})
	case watchAgain:
		step(func(w *relayWorld) {
			w.watch = relayIdle
			if w.baton != 0 {
				w.watch = watchHire
			}
		})
	case watchHire:
		step(func(w *relayWorld) {
			if !w.watching {
				w.watching, w.timer = true, true
			}
			w.watch = relayIdle
		})
	}
	return all
}

func exploreRelay(flaw string) (int, error) {
	first := relayWorld{turns: [3]relayPhase{relayTo, relayTo, relayTo}}
	next := func(w relayWorld) []relayWorld { return w.next(flaw) }
	return everyOrder(first, next, func(w relayWorld, over bool) error {
		for i, n := range w.begun {
			if n > 1 || over && n == 0 {
				return fmt.Errorf("actor %d has begun %d times: %+v", i, n, w)
			}
		}
		return nil
	})
}

func TestRelayModel(t *testing.T) {
	worlds, err := exploreRelay("")
	t.Log(worlds, "worlds")
	if err != nil || worlds < 1000 {
		t.Error(worlds, err)
	}
	for _, flaw := range []string{"nobody watches", "steals what is gone", "does not look again"} {
		if _, err := exploreRelay(flaw); err == nil {
			t.Errorf("flaw %q was not found", flaw)
		}
	}
}

// An actor that was handed on begins also if the method of the other one waits for it, in
// a way that the system does not know of.
func TestWhomABlockedMethodHasWokenBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		hit := Action(kind, "hit", counters.Hit)
		sys := New(context.Background(), Rules{})
		a, _ := kind.Spawn(sys, "a")
		b, _ := kind.Spawn(sys, "b")
		hit.Call(context.Background(), a, func() {
			if a.cell.turn.Context.last {
				t.Error("a method hands on of which nothing is known")
			}
		})
		begun := time.Now()
		for range 3 { // the watch ends in between
			synctest.Wait()
			begins := make(chan bool)
			a.cell.home.ops[0].short.Store(true) // though the last one was not
			err := hit.Call(context.Background(), a, func() {
				ctx := a.cell.turn.Context
				if !ctx.last {
					t.Error("the only message is not the last one")
				}
				if err := hit.Tell(ctx, b, func() { close(begins) }); err != nil {
					t.Error(err)
				}
				if ctx.turn.baton.cell.Load() != b.cell {
					t.Error("it was not handed on")
				}
				<-begins
			})
			if err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > 3*watchEvery {
				t.Error("it took", took)
			}
			time.Sleep(2 * watchIdle * watchEvery)
			begun = time.Now()
		}
		if sys.world.(*reality).relay.watching.Load() {
			t.Error("somebody watches still")
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// Who was handed on goes on at once if the method does not return, of whatever kind it is, and if
// the method waits for the end of an actor. What was handled is counted.
func TestWhoWasHandedOnNeedNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		hit := Action(kind, "hit", counters.Hit)
		other := NewKind("other", func() counters { return new(counter) }, Traits{})
		hitOther := Action(other, "hit", counters.Hit)
		sys := New(context.Background(), Rules{})
		begin := time.Now()
		var a, last Ref[counters]
		var handed *cell
		b, _ := other.Spawn(sys, "")
		for _, leave := range []func(*Context){
			func(*Context) {},
			func(*Context) { runtime.Goexit() },
			func(*Context) { panic("leaves") },
			func(c *Context) {
				if err := last.Stop(c); err != nil {
					t.Error(err)
				}
			},
		} {
			a, _ = kind.Spawn(sys, "")
			last, _ = kind.Spawn(sys, "")
			release := make(chan bool)
			hit.Tell(context.Background(), last, func() { <-release })
			hit.Call(context.Background(), a, func() {}) // it has a state then
			synctest.Wait()
			err := hit.Tell(context.Background(), a, func() {
				c := a.cell.turn.Context
				hitOther.Tell(c, b, func() { close(release) })
				if handed = c.turn.baton.cell.Load(); handed != b.cell {
					t.Error("it was not handed on")
				}
				leave(c)
			})
			if err != nil {
				t.Error(err)
			}
			<-release
			synctest.Wait()
		}
		if took := time.Since(begin); took != 0 {
			t.Error("it took", took)
		}
		// Of 4 rounds of 4 messages two did not return.
		if s := sys.Stats(); s.Handled != 14 {
			t.Errorf("%d handled, want 14", s.Handled)
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// Somebody is handed on when the watch has looked for the last time, and before it says so.
func TestHandedOnAtTheEndOfTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		hit := Action(kind, "hit", counters.Hit)
		sys := New(context.Background(), Rules{})
		a, _ := kind.Spawn(sys, "a")
		b, _ := kind.Spawn(sys, "b")
		hit.Call(context.Background(), a, func() {})
		synctest.Wait()
		begins := make(chan bool)
		err := hit.Call(context.Background(), a, func() {
			world, c := sys.world.(*reality), a.cell.turn.Context
			world.relay.watching.Store(true) // and no timer: the last one has fired
			hit.Tell(c, b, func() { close(begins) })
			world.relay.unwatch(world)
			<-begins
		})
		if err != nil {
			t.Error(err)
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// The watch gives no goroutine to whom somebody else has taken out of the baton.
func TestWatchComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		sys := New(context.Background(), Rules{})
		a, _ := kind.Spawn(sys, "a")
		synctest.Wait()
		world := sys.world.(*reality)
		world.startFrom(world.baton(), a.cell)
		if n := world.turns.Load() >> 32; n != 0 {
			t.Errorf("%d goroutines", n)
		}
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Whoever goes on without an end lets others go first: one that tells itself, and two that hand
// each other on. The goroutines in between need no preemption, and Stats is not far behind.
func TestEndlessActorsLetOthersGo(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
	hit := Action(kind, "hit", counters.Hit)
	for _, c := range []struct {
		what         string
		actors, most int
	}{{"itself", 1, 3 * budget}, {"two", 2, 3 * relays}} { // once in a while Go lets the same goroutine go on
		sys := New(context.Background(), Rules{})
		var refs []Ref[counters]
		for range c.actors {
			ref, _ := kind.Spawn(sys, "")
			refs = append(refs, ref)
		}
		var others atomic.Bool
		hops, seen, behind := 0, false, 0
		done := make(chan bool)
		var hop func()
		hop = func() {
			hops++
			at := refs[hops%c.actors]
			switch {
			case hops == 1:
				go others.Store(true)
			case others.Load() && !seen:
				seen = true
				if hops > c.most {
					t.Errorf("%s: %d messages before others went on", c.what, hops)
				}
			case hops == 3*c.most:
				behind = hops - int(sys.Stats().Handled)
				close(done)
				return
			}
			me := refs[(hops+c.actors-1)%c.actors].cell.turn.Context
			if err := hit.Tell(me, at, hop); err != nil {
				t.Error(err)
			}
		}
		hit.Tell(context.Background(), refs[0], hop)
		<-done
		if !seen || behind > c.most {
			t.Errorf("%s: others went on: %v; Stats is %d messages behind", c.what, seen, behind)
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// Who was handed on need not wait for messages that come to the other one meanwhile.
func TestHandedOnBeforeMoreMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		hit := Action(kind, "hit", counters.Hit)
		sys := New(context.Background(), Rules{})
		a, _ := kind.Spawn(sys, "a")
		b, _ := kind.Spawn(sys, "b")
		hit.Call(context.Background(), a, func() {})
		synctest.Wait()
		begin, begun := time.Now(), make(chan time.Duration, 1)
		hit.Tell(context.Background(), a, func() {
			c := a.cell.turn.Context
			hit.Tell(c, b, func() { begun <- time.Since(begin) })
			hit.Tell(c, a, func() { time.Sleep(time.Second) })
		})
		if after := <-begun; after != 0 {
			t.Error("it began after", after)
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// Who was handed on need not wait while the other one sleeps, or waits for room.
func TestHandedOnBeforeAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
		hit := Action(kind, "hit", counters.Hit)
		small := NewKind("small", func() counters { return new(counter) }, Traits{Mailbox: 1})
		hitSmall := Action(small, "hit", counters.Hit)
		sys := New(context.Background(), Rules{})
		full, _ := small.Spawn(sys, "")
		for range 2 {
			hitSmall.Tell(context.Background(), full, func() { time.Sleep(time.Second) })
			synctest.Wait()
		}
		for what, wait := range map[string]func(*Context){
			"sleep": func(c *Context) { c.Sleep(time.Millisecond) },
			"room":  func(c *Context) { hitSmall.Tell(c, full, func() {}) },
		} {
			a, _ := kind.Spawn(sys, "")
			b, _ := kind.Spawn(sys, "")
			hit.Call(context.Background(), a, func() {})
			synctest.Wait()
			begin, begun := time.Now(), make(chan time.Duration, 1)
			hit.Tell(context.Background(), a, func() {
				c := a.cell.turn.Context
				hit.Tell(c, b, func() { begun <- time.Since(begin) })
				wait(c)
			})
			if after := <-begun; after != 0 {
				t.Errorf("%s: it began after %v", what, after)
			}
		}
		if err := sys.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A family is a list, whoever leaves it.
func TestFamily(t *testing.T) {
	var f family
	var want []*cell
	for n := range 1000 {
		if n%3 < 2 {
			c := new(cell)
			f.add(c)
			want = append(want, c)
		} else if len(want) > 0 {
			i := n * 7 % len(want)
			f.remove(want[i])
			want = slices.Delete(want, i, i+1)
		}
		if n > 500 && len(want) > 0 { // down to nobody
			f.remove(want[0])
			want = want[1:]
		}
		var forward []*cell
		for c := f.first; c != nil; c = c.next {
			forward = append(forward, c)
		}
		back := f.youngestFirst()
		slices.Reverse(back)
		if !slices.Equal(forward, want) || !slices.Equal(back, want) || f.n != len(want) {
			t.Fatalf("after %d steps: %d forward, %d back, %d counted, want %d", n, len(forward), len(back), f.n, len(want))
		}
	}
}
