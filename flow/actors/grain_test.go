package actors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Counter is a grain that is kept.
type Counter interface {
	Add(*actors.Context, int) (int, error)
	Do(*actors.Context, func(*actors.Context) error) error
}

type keptCounter struct{ N int }

var (
	Counters  = actors.NewKind("counter", func() Counter { return new(keptCounter) }, actors.Traits{Idle: time.Minute})
	Add       = actors.Method(Counters, "add", Counter.Add)
	DoCounter = actors.Action(Counters, "do", Counter.Do)
)

// life writes down when grains begin and stop.
type life struct {
	mu    sync.Mutex
	lines []string
}

type lifeKey struct{}

func (k *keptCounter) Start(c *actors.Context) error {
	note(c, "start %s %d", c.Name(), k.N)
	return nil
}

func (k *keptCounter) Stop(c *actors.Context, _ error) { note(c, "stop %s %d", c.Name(), k.N) }

func note(c *actors.Context, format string, args ...any) {
	if l, ok := c.Value(lifeKey{}).(*life); ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lines = append(l.lines, fmt.Sprintf(format, args...))
	}
}

func (k *keptCounter) Add(_ *actors.Context, n int) (int, error) {
	k.N += n
	if n == 13 {
		panic("thirteen")
	}
	return k.N, nil
}

func (k *keptCounter) Do(c *actors.Context, f func(*actors.Context) error) error { return f(c) }

func (k *keptCounter) Snapshot() ([]byte, error) { return json.Marshal(k) }
func (k *keptCounter) Restore(data []byte) error { return json.Unmarshal(data, k) }

func TestGrainsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l life
		sys := actors.New(context.WithValue(background, lifeKey{}, &l), actors.Rules{Store: new(actors.Memory)})
		defer sys.Close()
		a := Counters.Ref(sys, "a")
		if Counters.Ref(sys, "a") != a || Counters.Ref(sys, "b") == a {
			t.Error("Refs are not equal if and only if they name the same grain")
		}
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			l.mu.Lock()
			defer l.mu.Unlock()
			if !slices.Equal(l.lines, want) {
				t.Errorf("got %q, want %q", l.lines, want)
			}
			l.lines = nil
		}
		expect()
		Add.Call(background, a, 5)
		expect("start counter/a 0")
		time.Sleep(50 * time.Second)
		Add.Call(background, a, 1)
		time.Sleep(50 * time.Second)
		expect()
		if s := sys.Stats(); s.Actors != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(11 * time.Second)
		expect("stop counter/a 6")
		if s := sys.Stats(); s.Actors != 0 {
			t.Errorf("%+v", s)
		}
		if n, err := Add.Call(background, a, 1); n != 7 || err != nil {
			t.Error(n, err)
		}
		expect("start counter/a 6")
		// A panic takes back what the method did, not what was there before.
		if _, err := Add.Call(background, a, 13); !errors.Is(err, actors.ErrPanicked) {
			t.Error(err)
		}
		if n, err := Add.Call(background, a, 0); n != 7 || err != nil {
			t.Error(n, err)
		}
		expect("start counter/a 7")
		DoCounter.Call(background, a, func(c *actors.Context) error { c.Stop(); return nil })
		expect("stop counter/a 7")
		if err := a.Stop(background); err == nil {
			t.Error("a grain has ended")
		}
		Add.Call(background, a, 1)
		if err := sys.Stop(background); err != nil {
			t.Error(err)
		}
		expect("start counter/a 7", "stop counter/a 8")
		if _, err := Add.Call(background, a, 1); !errors.Is(err, actors.ErrStopped) {
			t.Error(err)
		}
	})
}

// A message that comes while the grain is passivated is not lost.
func TestMessagesMeetPassivation(t *testing.T) {
	kind := actors.NewKind("counter", func() Counter { return new(keptCounter) }, actors.Traits{Idle: ms})
	add := actors.Method(kind, "add", Counter.Add)
	for offset := range 5 {
		inBubble(t, actors.Rules{Store: new(actors.Memory)}, func(t *testing.T, sys *actors.System) {
			ref := kind.Ref(sys, "a")
			for i := range 100 {
				if n, err := add.Call(background, ref, 1); n != i+1 || err != nil {
					t.Fatal(n, err)
				}
				time.Sleep(ms + time.Duration(offset-2))
			}
		})
	}
}

// Two nodes that both believe the grain theirs: each write takes it from the
// other, and no answer tells what was not written.
func TestFencing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(actors.Memory)
		var refs [2]actors.Ref[Counter]
		for i := range refs {
			sys := actors.New(background, actors.Rules{Store: store})
			defer sys.Close()
			refs[i] = Counters.Ref(sys, "a")
		}
		if n, err := Add.Call(background, refs[0], 1); n != 1 || err != nil {
			t.Error(n, err)
		}
		if n, err := Add.Call(background, refs[1], 1); n != 2 || err != nil {
			t.Error(n, err)
		}
		if _, err := Add.Call(background, refs[0], 1); !errors.Is(err, actors.ErrFenced) {
			t.Error(err)
		}
		if n, err := Add.Call(background, refs[0], 1); n != 3 || err != nil {
			t.Error(n, err)
		}
		if _, err := Add.Call(background, refs[1], 1); !errors.Is(err, actors.ErrFenced) {
			t.Error(err)
		}
	})
}

// failing is a store that fails now and then.
type failing struct {
	actors.Memory
	load, save error
}

func (f *failing) Load(ctx context.Context, key string) ([]byte, uint64, error) {
	if f.load != nil {
		return nil, 0, f.load
	}
	return f.Memory.Load(ctx, key)
}

func (f *failing) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if f.save != nil {
		return 0, f.save
	}
	return f.Memory.Save(ctx, key, data, revision)
}

func TestStoreFails(t *testing.T) {
	store := new(failing)
	inBubble(t, actors.Rules{Store: store}, func(t *testing.T, sys *actors.System) {
		ref := Counters.Ref(sys, "a")
		down := errors.New("down")
		store.load = down
		if _, err := Add.Call(background, ref, 1); !errors.Is(err, down) {
			t.Error(err)
		}
		store.load = nil
		if n, err := Add.Call(background, ref, 1); n != 1 || err != nil {
			t.Error(n, err)
		}
		store.save = down
		if _, err := Add.Call(background, ref, 1); !errors.Is(err, down) {
			t.Error(err)
		}
		store.save = nil
		if n, err := Add.Call(background, ref, 1); n != 2 || err != nil { // the failed one is not there
			t.Error(n, err)
		}
	})
}

// Grains that nobody knows any more leave nothing behind.
func TestForgottenGrains(t *testing.T) {
	sys := actors.New(background, actors.Rules{})
	defer sys.Close()
	kind := actors.NewKind("counter", func() Counter { return new(keptCounter) }, actors.Traits{})
	for i := range 1000 {
		kind.Ref(sys, fmt.Sprint(i))
	}
	for range 100 { // cleanups run when they like
		runtime.GC()
		if sys.Known() < 100 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d grains are known", sys.Known())
}

// An activation that crashes before its first write leaves a state that can be read.
func TestClaimIsAState(t *testing.T) {
	store := new(failing)
	inBubble(t, actors.Rules{Store: store}, func(t *testing.T, sys *actors.System) {
		ref := Counters.Ref(sys, "a")
		if n, err := Add.Call(background, ref, 0); n != 0 || err != nil {
			t.Error(n, err)
		}
		data, revision, _ := store.Load(background, "counter/a")
		if string(data) != `{"N":0}` || revision != 1 {
			t.Errorf("%s %d", data, revision)
		}
	})
}

// brittle is a grain that cannot begin.
type brittle struct{ keptCounter }

func (*brittle) Start(*actors.Context) error { panic("brittle") }

func TestGrainThatCannotBegin(t *testing.T) {
	kind := actors.NewKind("brittle", func() Counter { return new(brittle) }, actors.Traits{})
	add := actors.Method(kind, "add", Counter.Add)
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		for range 3 {
			if _, err := add.Call(background, kind.Ref(sys, "a"), 1); err == nil || sys.Stats().Actors != 0 {
				t.Error(err, sys.Stats().Actors)
			}
		}
	})
}

// When a grain is passivated depends on its own messages only, whoever else works.
func TestPassivationBesideOthers(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		grain, other := Counters.Ref(sys, "a"), spawn(t, sys, "other")
		expect := func(n int) {
			t.Helper()
			if synctest.Wait(); sys.Stats().Actors != n {
				t.Errorf("%d actors, want %d", sys.Stats().Actors, n)
			}
		}
		Add.Call(background, grain, 1)
		time.Sleep(50 * time.Second)
		Add.Call(background, grain, 1)
		for range 59 { // so that the goroutines that are used again had another actor
			synctest.Wait()
			Deposit.Call(background, other, 1)
			time.Sleep(time.Second)
		}
		expect(2)
		time.Sleep(2 * time.Second)
		expect(1)
	})
}

// A grain that works is not idle, also if it works longer than it may be idle.
func TestBusyGrainIsNotPassivated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l life
		sys := actors.New(context.WithValue(background, lifeKey{}, &l), actors.Rules{})
		defer sys.Close()
		grain := Counters.Ref(sys, "a")
		Add.Call(background, grain, 1)
		synctest.Wait()
		for range 2 {
			DoCounter.Tell(background, grain, func(*actors.Context) error { time.Sleep(10 * time.Minute); return nil })
		}
		if n, err := Add.Call(background, grain, 1); n != 2 || err != nil {
			t.Error(n, err)
		}
		expect := func(n int) {
			synctest.Wait()
			l.mu.Lock()
			defer l.mu.Unlock()
			if len(l.lines) != n {
				t.Errorf("%q, want %d", l.lines, n)
			}
		}
		expect(1)
		time.Sleep(time.Hour)
		expect(2)
	})
}

// The memory of a system is free when it is closed, though a grain might have been idle for
// longer.
func TestClosedSystemIsForgotten(t *testing.T) {
	forgotten := make(chan bool)
	func() {
		sys := actors.New(background, actors.Rules{})
		if _, err := Add.Call(background, Counters.Ref(sys, "a"), 1); err != nil {
			t.Error(err)
		}
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
		runtime.AddCleanup(sys, func(forgotten chan bool) { close(forgotten) }, forgotten)
	}()
	for {
		runtime.GC()
		select {
		case <-forgotten:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// The children of a grain end with it. As long as it has some it is not idle; when it stops
// itself, or loses its state, they end, also one that is made by its Stop.
func TestChildrenOfGrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var store actors.Memory
		sys := actors.New(background, actors.Rules{Store: &store})
		grain := Counters.Ref(sys, "a")
		grow := func(c *actors.Context) error {
			_, err := Accounts.Spawn(c, "")
			return err
		}
		expect := func(what string, n int) {
			t.Helper()
			if synctest.Wait(); sys.Stats().Actors != n {
				t.Errorf("%s: %d actors, want %d", what, sys.Stats().Actors, n)
			}
		}
		DoCounter.Call(background, grain, grow)
		time.Sleep(time.Hour)
		expect("idle, with a child", 2)
		DoCounter.Call(background, grain, func(c *actors.Context) error { c.Stop(); return nil })
		expect("stopped", 0)
		if err := DoCounter.Call(background, grain, grow); err != nil {
			t.Error(err)
		}
		expect("again", 2)
		Add.Call(background, grain, 13)
		expect("after a panic", 0)
		DoCounter.Call(background, grain, grow)
		_, revision, _ := store.Load(background, "counter/a")
		store.Save(background, "counter/a", []byte("{}"), revision)
		if _, err := Add.Call(background, grain, 1); !errors.Is(err, actors.ErrFenced) {
			t.Error(err)
		}
		expect("fenced", 0)
		var kid actors.Ref[Account]
		DoCounter.Call(background, grain, func(c *actors.Context) (err error) { kid, err = Accounts.Spawn(c, ""); return err })
		release := make(chan struct{})
		for range 2 {
			Do.Tell(background, kid, block(release))
			synctest.Wait()
		}
		if long := sys.Longest(1); len(long) != 1 || long[0].Who != kid.Name() {
			t.Error(long)
		}
		close(release)
		if err := sys.Close(); err != nil {
			t.Error(err)
		}
		expect("closed", 0)
	})
}
