package actors

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// The model runs the backlog of starting turns through every order in which its
// steps can meet: an atomic operation on a count, and taking and giving up the mutex,
// is one step each. Starters bring turns; a turn that goes begins at some time.
//
// In the end, when nobody can do anything any more, all turns have begun; and the
// number of goroutines that were started and have not begun never exceeds the
// limit, but by those who are about to take one out of the backlog.

type backlogWorld struct {
	starting, backlog, credit int
	going                     int  // goroutines started, not begun
	begun                     int  //
	adding                    int  // starters before their add
	holding                   int  // starters over the limit, who wait for the mutex
	looking                   int  // those who have begun, before they add to the credit
	seeing                    int  // in release, before they look at the credit
	trying                    int  // in release, before they try to take the mutex
	launching                 int  // in release, with a turn
	locked                    bool // by one of those that follow
	placed                    int  // a starter who is done
	served, poor, vain        int  // in release: with a turn; without credit; without anybody in the backlog
}

const (
	modelTurns = 6
	modelLimit = 2
)

func (w backlogWorld) next(flaw string) (all []backlogWorld) {
	step := func(when bool, f func(w *backlogWorld)) {
		if when {
			c := w
			f(&c)
			all = append(all, c)
		}
	}
	step(w.adding > 0, func(w *backlogWorld) {
		w.adding--
		if w.starting++; w.starting <= modelLimit {
			w.going++
		} else {
			w.holding++
		}
	})
	step(w.holding > 0 && !w.locked, func(w *backlogWorld) {
		w.holding--
		w.locked = true
		w.placed++
		if w.credit > 0 {
			w.credit--
			w.going++
		} else {
			w.backlog++
		}
	})
	step(w.placed > 0, func(w *backlogWorld) {
		w.placed--
		w.locked = false
		if flaw != "does not look again" {
			w.seeing++
		}
	})
	step(w.going > 0, func(w *backlogWorld) {
		w.going--
		w.begun++
		limit := modelLimit
		if flaw == "looks once less" {
			limit++
		}
		if w.starting--; w.starting >= limit {
			w.looking++
		}
	})
	step(w.looking > 0, func(w *backlogWorld) {
		w.looking--
		if w.seeing++; flaw != "no credit" {
			w.credit++
		}
	})
	step(w.seeing > 0, func(w *backlogWorld) {
		if w.seeing--; w.credit > 0 {
			w.trying++
		}
	})
	step(w.trying > 0, func(w *backlogWorld) {
		w.trying--
		switch {
		case w.locked: // whoever has the mutex looks again
		case w.backlog == 0:
			w.locked = true
			w.vain++
		case w.credit == 0 && flaw != "does not count again":
			w.locked = true
			w.poor++
		default:
			w.locked = true
			w.credit--
			w.backlog--
			w.served++
		}
	})
	step(w.served > 0, func(w *backlogWorld) { w.served--; w.locked = false; w.launching++ })
	step(w.poor > 0, func(w *backlogWorld) { w.poor--; w.locked = false; w.seeing++ })
	step(w.vain > 0, func(w *backlogWorld) { w.vain--; w.locked = false })
	step(w.launching > 0, func(w *backlogWorld) { w.launching--; w.going++; w.seeing++ })
	return all
}

func exploreBacklog(flaw string) (int, error) {
	next := func(w backlogWorld) []backlogWorld { return w.next(flaw) }
	return everyOrder(backlogWorld{adding: modelTurns}, next, func(w backlogWorld, over bool) error {
		switch {
		case over && w != (backlogWorld{begun: modelTurns}):
			return fmt.Errorf("the end is %+v", w)
		case w.going > modelLimit:
			return fmt.Errorf("%d goroutines: %+v", w.going, w)
		}
		return nil
	})
}

func TestBacklogModel(t *testing.T) {
	worlds, err := exploreBacklog("")
	t.Log(worlds, "worlds")
	if err != nil || worlds < 100 {
		t.Error(worlds, err)
	}
	for _, flaw := range []string{"no credit", "looks once less", "does not look again", "does not count again"} {
		if _, err := exploreBacklog(flaw); err == nil {
			t.Errorf("flaw %q was not found", flaw)
		}
	}
}

// Many more turns than may start at once, and five hundred actors whose method
// blocks: all others are served meanwhile, and in the end everybody is.
func TestManyActorsSomeBlocked(t *testing.T) {
	kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
	hit := Action(kind, "hit", counters.Hit)
	sys := New(context.Background(), Rules{})
	const n, blocked, senders, rounds = 2000, 500, 4, 3
	var refs []Ref[counters]
	for range n {
		ref, err := kind.Spawn(sys, "")
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	var free, held atomic.Int64
	release := make(chan struct{}) // when all are served that can be
	hold := func() { <-release; held.Add(1) }
	serve := func() {
		if free.Add(1) == (n-blocked)*senders*rounds {
			close(release)
		}
	}
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for range rounds {
				for i, ref := range refs {
					f := serve
					if i%(n/blocked) == 0 {
						f = hold
					}
					if err := hit.Tell(context.Background(), ref, f); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if err := sys.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if got := held.Load(); got != blocked*senders*rounds {
		t.Errorf("%d messages that blocked were handled, want %d", got, blocked*senders*rounds)
	}
}

type counters interface {
	Hit(*Context, func()) error
}

type counter struct{}

func (*counter) Hit(_ *Context, f func()) error {
	if f == nil {
		return errors.New("no function")
	}
	f()
	return nil
}

// A flood does not make more goroutines than may start at once, however many actors it is for.
func TestBacklogBoundsGoroutines(t *testing.T) {
	kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
	hit := Action(kind, "hit", counters.Hit)
	sys := New(context.Background(), Rules{})
	refs := make([]Ref[counters], 10*maxStarting)
	for i := range refs {
		refs[i], _ = kind.Spawn(sys, "")
	}
	if err := hit.Call(context.Background(), refs[0], func() {}); err != nil { // the kind is known to have no Start
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that none begins before the end of the flood
	for range 3 {
		before := runtime.NumGoroutine()
		for _, ref := range refs {
			hit.Tell(context.Background(), ref, func() {})
		}
		if n := runtime.NumGoroutine() - before; n > 2*maxStarting { // some may have begun
			t.Errorf("%d goroutines for %d actors", n, len(refs))
		}
		for _, ref := range refs {
			hit.Call(context.Background(), ref, func() {})
		}
	}
	if err := sys.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}
