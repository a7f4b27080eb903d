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

// Node is an actor of a tree that writes down what happens to it.
type Node interface {
	Grow(*actors.Context, string) (actors.Ref[Node], error)
	Do(*actors.Context, func(*actors.Context, *node) error) error
	Gone(*actors.Context, actors.Down) error
	Beat(*actors.Context, int) error
}

type node struct {
	watched *actors.Watched
	timer   *actors.Timer
}

// book is what the nodes of one test share.
type book struct {
	mu    sync.Mutex
	lines []string
	fail  map[string]error // of Start, by name
}

func (b *book) note(c *actors.Context, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, what+" "+strings.TrimPrefix(c.Name(), "node:"))
}

// take returns the lines so far and forgets them.
func (b *book) take() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() { b.lines = nil }()
	return strings.Join(b.lines, ", ")
}

type bookKey struct{}

func bookOf(c *actors.Context) *book { return c.Value(bookKey{}).(*book) }

func (n *node) Start(c *actors.Context) error {
	b := bookOf(c)
	b.note(c, "start")
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fail[c.Name()]
}

func (n *node) Stop(c *actors.Context, why error) {
	if why != nil {
		bookOf(c).note(c, fmt.Sprintf("[%v]", why))
	}
	bookOf(c).note(c, "stop")
}

func (n *node) Grow(c *actors.Context, name string) (actors.Ref[Node], error) {
	return kindOf(c).Spawn(c, name)
}

func (n *node) Do(c *actors.Context, f func(*actors.Context, *node) error) error { return f(c, n) }

func (n *node) Gone(c *actors.Context, d actors.Down) error {
	bookOf(c).note(c, fmt.Sprintf("%s is down (%v), says", d.Who, d.Why))
	return nil
}

func (n *node) Beat(c *actors.Context, times int) error {
	bookOf(c).note(c, fmt.Sprintf("beat %d", times))
	if times > 0 {
		n.timer = beat.After(c, time.Second, times-1)
	}
	return nil
}

type kindKey struct{}

func kindOf(c *actors.Context) *actors.Kind[Node] { return c.Value(kindKey{}).(*actors.Kind[Node]) }

// nodes is a kind with a supervision.
func nodes(v actors.Supervision) (*actors.Kind[Node], *actors.Op[Node, string, actors.Ref[Node]], *actors.Act[Node, func(*actors.Context, *node) error]) {
	k := actors.NewKind("node", func() Node { return new(node) }, actors.Traits{Supervision: v})
	return k, actors.Method(k, "grow", Node.Grow), actors.Action(k, "do", Node.Do)
}

var (
	beats = actors.NewKind("node", func() Node { return new(node) }, actors.Traits{})
	beat  = actors.Action(beats, "beat", Node.Beat)
	beatD = actors.Action(beats, "do", Node.Do)
	gone  = actors.Action(beats, "gone", Node.Gone)
)

func inTree(t *testing.T, k *actors.Kind[Node], test func(t *testing.T, sys *actors.System, b *book)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &book{fail: map[string]error{}}
		ctx := context.WithValue(context.WithValue(background, bookKey{}, b), kindKey{}, k)
		sys := actors.New(ctx, actors.Rules{})
		test(t, sys, b)
		if err := sys.Close(); err != nil {
			t.Error("Close:", err)
		}
	})
}

func die(*actors.Context, *node) error { panic("dies") }

func TestStrategies(t *testing.T) {
	for _, c := range []struct {
		strategy actors.Strategy
		want     string
	}{
		{actors.OneForOne, "start b"},
		{actors.OneForAll, "[actors: a sibling has failed] c, stop c, [actors: a sibling has failed] a, stop a, start a, start b, start c"},
		{actors.RestForOne, "[actors: a sibling has failed] c, stop c, start b, start c"},
	} {
		k, grow, do := nodes(actors.Supervision{Strategy: c.strategy})
		inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
			root, _ := k.Spawn(sys, "root")
			var kids []actors.Ref[Node]
			for _, name := range []string{"a", "b", "c"} {
				kid, err := grow.Call(background, root, name)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				kids = append(kids, kid)
			}
			if got := b.take(); got != "start root, start a, start b, start c" {
				t.Error(got)
			}
			if err := do.Call(background, kids[1], die); !errors.Is(err, actors.ErrPanicked) {
				t.Error(err)
			}
			for _, kid := range kids { // messages wait for the new beginning
				if err := do.Call(background, kid, func(*actors.Context, *node) error { return nil }); err != nil {
					t.Error(err)
				}
			}
			if got := sorted(b.take()); got != sorted(c.want) {
				t.Errorf("strategy %d:\ngot  %s\nwant %s", c.strategy, got, sorted(c.want))
			}
			if err := root.Stop(background); err != nil {
				t.Error(err)
			}
			got := b.take()
			if sorted(got) != "stop a, stop b, stop c, stop root" || !strings.HasSuffix(got, "stop root") {
				t.Error(got)
			}
		})
	}
}

// Siblings halt and begin on their own goroutines, so their order is not told.
func sorted(lines string) string {
	all := strings.Split(lines, ", ")
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// A child that fails too often makes its parent fail, whose other children end,
// and in the end the root is given up.
func TestEscalation(t *testing.T) {
	k, grow, do := nodes(actors.Supervision{Restarts: 1})
	inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
		root, _ := k.Spawn(sys, "root")
		kid, _ := grow.Call(background, root, "kid")
		if _, err := grow.Call(background, kid, "grandkid"); err != nil {
			t.Fatal(err)
		}
		if _, err := grow.Call(background, root, "other"); err != nil {
			t.Fatal(err)
		}
		b.take()
		for range 2 {
			do.Call(background, kid, die)
		}
		time.Sleep(time.Second)
		if got := b.take(); !strings.HasPrefix(got, "stop grandkid, start kid") || !strings.HasSuffix(got, "start root") || !strings.Contains(got, "stop other") {
			t.Error(got)
		}
		if err := do.Call(background, kid, die); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		for range 6 {
			do.Call(background, root, die)
		}
		time.Sleep(time.Second)
		if err := do.Call(background, root, die); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
		if s := sys.Stats(); s.Actors != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// An actor whose Start fails keeps its mailbox, and is tried again.
func TestStartFails(t *testing.T) {
	k, _, do := nodes(actors.Supervision{})
	inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
		b.fail["node:a"] = errors.New("no database")
		ref, _ := k.Spawn(sys, "a")
		sum := 0
		for range 3 {
			do.Tell(background, ref, func(*actors.Context, *node) error { sum++; return nil })
		}
		time.Sleep(5 * ms)
		synctest.Wait()
		b.mu.Lock()
		b.fail = nil
		b.mu.Unlock()
		time.Sleep(time.Minute)
		if got := b.take(); sum != 3 || !strings.HasPrefix(got, "start a, start a") {
			t.Error(sum, got)
		}
	})
}

func TestWatch(t *testing.T) {
	inTree(t, beats, func(t *testing.T, sys *actors.System, b *book) {
		a, _ := beats.Spawn(sys, "a")
		x, _ := beats.Spawn(sys, "x")
		y, _ := beats.Spawn(sys, "y")
		watch := func(over actors.Ref[Node]) {
			beatD.Call(background, a, func(c *actors.Context, n *node) error {
				n.watched = actors.Watch(c, over, gone)
				return nil
			})
		}
		watch(x)
		b.take()
		x.Stop(background)
		if got := b.take(); got != "stop x, node:x is down (<nil>), says a" {
			t.Error(got)
		}
		watch(x)
		if got := b.take(); got != "node:x is down (<nil>), says a" {
			t.Error(got)
		}
		watch(y)
		beatD.Call(background, a, func(c *actors.Context, n *node) error { n.watched.Unwatch(c); return nil })
		for range 6 {
			beatD.Call(background, y, die)
		}
		time.Sleep(time.Minute)
		if got := b.take(); strings.Contains(got, "down") {
			t.Error(got)
		}
		watch(y)
		if got := b.take(); !strings.Contains(got, "node:y is down (actors: node:y has failed, failure 6 within 1m0s: panic: dies") {
			t.Error(got)
		}
		// A watch ends with the state of the watcher.
		z, _ := beats.Spawn(sys, "z")
		watch(z)
		beatD.Call(background, a, die)
		time.Sleep(time.Second)
		b.take()
		z.Stop(background)
		if got := b.take(); got != "stop z" {
			t.Error(got)
		}
	})
}

func TestTimers(t *testing.T) {
	inTree(t, beats, func(t *testing.T, sys *actors.System, b *book) {
		a, _ := beats.Spawn(sys, "a")
		beat.Tell(background, a, 2)
		time.Sleep(1500 * ms)
		if got := b.take(); got != "start a, beat 2 a, beat 1 a" {
			t.Error(got)
		}
		beatD.Call(background, a, func(c *actors.Context, n *node) error { n.timer.Stop(c); return nil })
		time.Sleep(time.Minute)
		if got := b.take(); got != "" {
			t.Error(got)
		}
		beat.Call(background, a, 5)
		beatD.Call(background, a, die) // timers end with the state
		time.Sleep(time.Minute)
		if got := b.take(); got != "beat 5 a, start a" {
			t.Error(got)
		}
		beat.Call(background, a, 5)
		a.Stop(background)
		time.Sleep(time.Minute)
		if got := b.take(); got != "beat 5 a, stop a" {
			t.Error(got)
		}
	})
}

// An actor that waits for the end of its children comes to its own, whatever happens to its
// siblings meanwhile.
func TestSiblingFailsDuringAnEnd(t *testing.T) {
	for _, strategy := range []actors.Strategy{actors.OneForOne, actors.OneForAll, actors.RestForOne} {
		k, grow, do := nodes(actors.Supervision{Strategy: strategy})
		inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
			root, _ := k.Spawn(sys, "root")
			older, _ := grow.Call(background, root, "older")
			ending, _ := grow.Call(background, root, "ending")
			kid, _ := grow.Call(background, ending, "kid")
			release := make(chan struct{})
			do.Tell(background, kid, func(*actors.Context, *node) error { <-release; return nil })
			ctx, cancel := context.WithTimeout(background, time.Hour)
			defer cancel()
			over := make(chan error)
			go func() { over <- ending.Stop(ctx) }()
			b.take()
			do.Call(background, older, die)
			time.Sleep(time.Minute)
			synctest.Wait()
			close(release)
			if err := <-over; err != nil {
				t.Errorf("strategy %d: %v", strategy, err)
			}
			if got := b.take(); !strings.HasSuffix(got, "stop kid, stop ending") || strings.Count(got, "ending") != 1 {
				t.Errorf("strategy %d: %s", strategy, got)
			}
			time.Sleep(time.Minute)
			if err := do.Call(background, older, func(*actors.Context, *node) error { return nil }); err != nil {
				t.Errorf("strategy %d: %v", strategy, err)
			}
		})
	}
}

// An actor may be stopped when its supervisor has decided that it begins anew.
func TestStopDuringANewBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begins, goOn := make(chan bool), make(chan bool)
		ctx := trivet.WithHooks(background, &trivet.Hooks{Restart: func(trivet.RestartInfo) { close(begins); <-goOn }})
		sys := actors.New(ctx, actors.Rules{})
		var refs []actors.Ref[Account]
		for _, name := range []string{"a", "b", "c"} {
			refs = append(refs, spawn(t, sys, name))
		}
		Do.Call(background, refs[0], func(*actors.Context, *account) error { panic("dies") })
		<-begins
		if err := refs[0].Stop(background); err != nil {
			t.Error(err)
		}
		close(goOn)
		synctest.Wait()
		if s := sys.Stats(); s.Actors != 2 {
			t.Errorf("%d actors, want 2", s.Actors)
		}
		again := spawn(t, sys, "a")
		if n, err := Deposit.Call(background, again, 1); n != 1 || err != nil {
			t.Error(n, err)
		}
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
		for _, ref := range refs {
			if _, err := Deposit.Call(background, ref, 1); !errors.Is(err, actors.ErrStopped) {
				t.Errorf("%v: %v", ref, err)
			}
		}
	})
}

// quitter is a node whose Stop does not return.
type quitter struct{ node }

func (*quitter) Start(*actors.Context) error       { return nil }
func (*quitter) Stop(_ *actors.Context, why error) { runtime.Goexit() }

// A Stop that ends its goroutine is the end all the same: of actors, of grains, of those
// that a sibling halts, and of those that have children.
func TestStopEndsItsGoroutine(t *testing.T) {
	k := actors.NewKind("quitter", func() Node { return new(quitter) },
		actors.Traits{Idle: time.Minute, Supervision: actors.Supervision{Strategy: actors.OneForAll}})
	do := actors.Action(k, "do", Node.Do)
	grow := actors.Method(k, "grow", Node.Grow)
	inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
		nop := func(*actors.Context, *node) error { return nil }
		root, _ := k.Spawn(sys, "root")
		one, _ := grow.Call(background, root, "one")
		two, _ := grow.Call(background, root, "two")
		do.Call(background, one, die)
		if err := do.Call(background, two, nop); err != nil {
			t.Error(err)
		}
		grain := k.Ref(sys, "grain")
		for range 2 {
			if err := do.Call(background, grain, nop); err != nil {
				t.Error(err)
			}
			if s := sys.Stats(); s.Actors != 4 {
				t.Errorf("%d actors, want 4", s.Actors)
			}
			time.Sleep(time.Hour)
			synctest.Wait()
		}
		if s := sys.Stats(); s.Actors != 3 {
			t.Errorf("%d actors, want 3", s.Actors)
		}
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		if err := root.Stop(ctx); err != nil {
			t.Error(err)
		}
		if s := sys.Stats(); s.Actors != 0 {
			t.Errorf("%d actors, want 0", s.Actors)
		}
		do.Call(background, grain, nop)
	})
}

// late makes a child when it stops.
type late struct {
	node
	kind **actors.Kind[Node]
	err  *error
}

func (*late) Start(*actors.Context) error         { return nil }
func (l *late) Stop(c *actors.Context, why error) { _, *l.err = (*l.kind).Spawn(c, "") }

// Whoever ends makes no children any more.
func TestNoChildrenAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k *actors.Kind[Node]
		var err error
		k = actors.NewKind("late", func() Node { return &late{kind: &k, err: &err} }, actors.Traits{})
		do := actors.Action(k, "do", Node.Do)
		sys := actors.New(background, actors.Rules{Grace: time.Second})
		defer sys.Close()
		ref, _ := k.Spawn(sys, "a")
		synctest.Wait()
		if err := ref.Stop(background); err != nil {
			t.Error(err)
		}
		if !errors.Is(err, actors.ErrStopped) {
			t.Error("Spawn during the end:", err)
		}
		// A grain may, but what it makes ends with it.
		grain := k.Ref(sys, "a")
		if err := do.Call(background, grain, func(c *actors.Context, n *node) error { c.Stop(); return nil }); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := sys.Stats().Actors; n != 0 {
			t.Errorf("%d actors, want 0", n)
		}
	})
}

// A child that is made after the first failure of a sibling is supervised too, and so are the
// children of a parent that has begun anew because of its children.
func TestLaterChildrenAreSupervised(t *testing.T) {
	k, grow, do := nodes(actors.Supervision{Restarts: 1})
	inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
		root, _ := k.Spawn(sys, "root")
		for _, generation := range []string{"one", "two"} {
			first, _ := grow.Call(background, root, "first")
			do.Call(background, first, die)
			time.Sleep(time.Hour)
			second, _ := grow.Call(background, root, "second")
			do.Call(background, second, die)
			time.Sleep(time.Hour)
			ctx, cancel := context.WithTimeout(background, time.Hour)
			if err := do.Call(ctx, second, func(*actors.Context, *node) error { return nil }); err != nil {
				t.Errorf("generation %s: %v", generation, err)
			}
			cancel()
			for range 2 { // once too often
				do.Call(background, first, die)
			}
			time.Sleep(time.Minute)
		}
	})
}

// A sibling that was halted handles nothing before the pause is over.
func TestHaltedWaits(t *testing.T) {
	k, grow, do := nodes(actors.Supervision{Strategy: actors.OneForAll, First: time.Hour, Most: time.Hour})
	inTree(t, k, func(t *testing.T, sys *actors.System, b *book) {
		root, _ := k.Spawn(sys, "root")
		one, _ := grow.Call(background, root, "one")
		two, _ := grow.Call(background, root, "two")
		b.take()
		do.Call(background, one, die)
		synctest.Wait()
		do.Tell(background, two, func(c *actors.Context, _ *node) error { bookOf(c).note(c, "works"); return nil })
		if got := b.take(); got != "[actors: a sibling has failed] two, stop two" {
			t.Error(got)
		}
		time.Sleep(time.Hour)
		if got := b.take(); !strings.Contains(got, "start two, works two") || !strings.Contains(got, "start one") {
			t.Error(got)
		}
	})
}

// What is for an actor that waits for the end of its children, or for a watch that was ended, or for a
// life that is over, comes to nobody; and nobody can be watched, who tells so.
func TestWhatComesTooLate(t *testing.T) {
	inTree(t, beats, func(t *testing.T, sys *actors.System, b *book) {
		a, _ := beats.Spawn(sys, "a")
		x, _ := beats.Spawn(sys, "x")
		synctest.Wait()
		b.take()
		beatD.Call(background, a, func(c *actors.Context, n *node) error {
			w := actors.Watch(c, x, gone)
			x.Stop(background) // so it is down, and waits to be told
			w.Unwatch(c)
			actors.Watch(c, actors.Ref[Node]{}, gone)
			return nil
		})
		if got := b.take(); !strings.HasPrefix(got, "stop x, nobody is down (") || strings.Count(got, "down") != 1 {
			t.Error(got)
		}
		release := make(chan struct{})
		beatD.Call(background, a, func(c *actors.Context, n *node) error {
			kid, err := beats.Spawn(c, "kid")
			beatD.Tell(c, kid, func(*actors.Context, *node) error { <-release; return nil })
			beat.After(c, time.Second, 0)
			return err
		})
		b.take()
		go a.Stop(background)
		time.Sleep(time.Minute)
		close(release)
		if got := b.take(); got != "stop kid, stop a" {
			t.Error(got)
		}
	})
}
