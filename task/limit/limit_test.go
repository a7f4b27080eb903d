package limit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
	"pgregory.net/rapid"
)

var ctx = context.Background()

func TestAcquireWaitsForRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told trivet.WaitInfo
		l := limit.Rules{Name: "disk", Hooks: &trivet.Hooks{Wait: func(w trivet.WaitInfo) { told = w }}}.New(2)
		l.Acquire(ctx, 2)
		got := make(chan error)
		go func() { got <- l.Acquire(ctx, 1) }()
		time.Sleep(time.Second)
		if s := l.Stats(); s != (limit.Stats{Size: 2, InUse: 2, Waiting: 1}) {
			t.Errorf("%+v", s)
		}
		l.Release(1)
		if err := <-got; err != nil {
			t.Error(err)
		}
		if s := l.Stats(); s != (limit.Stats{Size: 2, InUse: 2, Waits: 1, Waited: time.Second}) {
			t.Errorf("%+v", s)
		}
		if told != (trivet.WaitInfo{Name: "disk", Took: time.Second}) {
			t.Errorf("told %+v", told)
		}
	})
}

func TestHeavyIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(3)
		l.Acquire(ctx, 2)
		var order []int
		var mu sync.Mutex
		for _, weight := range []int{3, 1, 1} {
			go func() {
				l.Acquire(ctx, weight)
				mu.Lock()
				order = append(order, weight)
				mu.Unlock()
				l.Release(weight)
			}()
			synctest.Wait()
		}
		if l.TryAcquire(1) {
			t.Error("overtook")
		}
		l.Release(2)
		synctest.Wait()
		if len(order) != 3 || order[0] != 3 {
			t.Errorf("order %v", order)
		}
	})
}

func TestAcquireFirstComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(1)
		l.Acquire(ctx, 1)
		var order []string
		var mu sync.Mutex
		enter := func(name string, acquire func(context.Context, int) error) {
			go func() {
				acquire(ctx, 1)
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				l.Release(1)
			}()
			synctest.Wait()
		}
		enter("a", l.Acquire)
		enter("b", l.AcquireFirst)
		l.Release(1)
		synctest.Wait()
		if !slices.Equal(order, []string{"b", "a"}) {
			t.Errorf("order %v", order)
		}
	})
}

func TestSetIsFeltAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(0)
		var in atomic.Int32
		for range 5 {
			go func() {
				if l.Acquire(ctx, 1) == nil {
					in.Add(1)
				}
			}()
		}
		for n := range 6 {
			l.Set(n)
			synctest.Wait()
			if int(in.Load()) != n {
				t.Errorf("limit %d, and %d are in", n, in.Load())
			}
		}
		l.Set(2) // takes nothing away
		if s := l.Stats(); s.InUse != 5 || s.Size != 2 || l.TryAcquire(1) {
			t.Errorf("%+v", s)
		}
	})
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(2)
		if err := l.Acquire(ctx, 3); err != limit.ErrTooHeavy {
			t.Errorf("3 of 2: %v", err)
		}
		why := errors.New("why")
		gone, cancel := context.WithCancelCause(ctx)
		cancel(why)
		for range 1000 {
			if err := l.Acquire(gone, 1); err != why {
				t.Fatal(err)
			}
		}
		l.Acquire(ctx, 2)
		short, cancelShort := context.WithTimeout(ctx, time.Second)
		defer cancelShort()
		if err := l.Acquire(short, 1); err != context.DeadlineExceeded {
			t.Error(err)
		}
		if s := l.Stats(); s.InUse != 2 || s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
		// One who waits for what will never fit is told.
		got := make(chan error)
		go func() { got <- l.Acquire(ctx, 2) }()
		synctest.Wait()
		l.Set(1)
		if err := <-got; err != limit.ErrTooHeavy {
			t.Errorf("2 of 1: %v", err)
		}
	})
}

func TestMistakesPanic(t *testing.T) {
	l := limit.New(2)
	for what, f := range map[string]func(){
		"too much released": func() { l.Release(1) },
		"no weight":         func() { l.TryAcquire(0) },
		"negative limit":    func() { limit.New(-1) },
		"gradient":          func() { limit.Rules{Adapt: &limit.Gradient{Min: 5, Max: 2}}.New(1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			f()
		}()
	}
}

// Whatever the order of acquires, releases, sets and cancels, nobody waits
// while there is room, and nothing is counted wrong.
func TestRandomUse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		size := rapid.IntRange(1, 6).Draw(rt, "size")
		synctest.Test(t, func(t *testing.T) {
			l := limit.New(size)
			var used, most atomic.Int64
			var wg sync.WaitGroup
			for worker := range 8 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(seed, uint64(worker)))
					for range 20 {
						ctx, cancel := context.WithTimeout(ctx, time.Duration(r.IntN(20))*time.Millisecond)
						weight := 1 + r.IntN(3)
						acquire := l.Acquire
						if r.IntN(4) == 0 {
							acquire = l.AcquireFirst
						}
						if acquire(ctx, weight) == nil {
							now := used.Add(int64(weight))
							if now > most.Load() {
								most.Store(now)
							}
							time.Sleep(time.Duration(r.IntN(5)) * time.Millisecond)
							used.Add(-int64(weight))
							l.Release(weight)
						}
						cancel()
					}
				})
			}
			wg.Wait()
			if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 || most.Load() > int64(size) {
				t.Errorf("%+v, most in use %d", s, most.Load())
			}
			if !l.TryAcquire(size) {
				t.Error("the limit is free, and says it is not")
			}
		})
	})
}

func TestStress(t *testing.T) {
	l := limit.New(3)
	var used atomic.Int64
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				if i%50 == 0 && worker == 0 {
					l.Set(1 + i%3)
				}
				if l.Acquire(ctx, 1) != nil {
					t.Error("refused")
				}
				if n := used.Add(1); n > 3 {
					t.Errorf("%d in", n)
				}
				used.Add(-1)
				l.Release(1)
			}
		})
	}
	wg.Wait()
}

// A server that works on 10 requests at once and lets the others queue: the
// limit finds about that size, from below and from above.
func TestGradientFindsTheSize(t *testing.T) {
	for _, start := range []int{1, 10, 200} {
		t.Run(fmt.Sprint(start), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limit.Rules{Adapt: &limit.Gradient{}}.New(start)
				server := limit.New(10)
				until := time.Now().Add(60 * time.Second)
				r := rand.New(rand.NewPCG(1, 2))
				var mu sync.Mutex
				jitter := func() time.Duration {
					mu.Lock()
					defer mu.Unlock()
					return time.Duration(8+r.IntN(4)) * time.Millisecond
				}
				var wg sync.WaitGroup
				for range 300 {
					wg.Go(func() {
						for time.Now().Before(until) {
							l.Acquire(ctx, 1)
							begin := time.Now()
							server.Acquire(ctx, 1)
							time.Sleep(jitter())
							server.Release(1)
							l.Done(1, time.Since(begin), false)
						}
					})
				}
				wg.Wait()
				if size := l.Stats().Size; size < 8 || size > 32 {
					t.Errorf("from %d the limit went to %d; the server bears 10", start, size)
				}
			})
		})
	}
}

func TestFailuresShrink(t *testing.T) {
	l := limit.Rules{Adapt: &limit.Gradient{Min: 2}}.New(100)
	for range 100 {
		l.Acquire(ctx, 1)
		l.Done(1, time.Millisecond, true)
	}
	if s := l.Stats(); s.Size != 2 || !l.Adapts() {
		t.Errorf("%+v", s)
	}
}

func BenchmarkUncontended(b *testing.B) {
	l := limit.New(8)
	for b.Loop() {
		l.Acquire(ctx, 1)
		l.Release(1)
	}
}

// Those who take back get in in the order of coming: two tasks that lend and
// take back again and again do not keep a third one waiting.
func TestWhoTakesBackIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.New(1)
		l.Acquire(ctx, 1)
		var order []int
		var wg sync.WaitGroup
		for i := range 4 {
			acquire := l.AcquireFirst
			if i == 1 { // came early, and is no taker back: the last
				acquire = l.Acquire
			}
			wg.Go(func() {
				if acquire(ctx, 1) == nil {
					order = append(order, i)
					l.Release(1)
				}
			})
			synctest.Wait()
		}
		late, cancel := context.WithCancel(ctx) // the last of the first gives up
		wg.Go(func() {
			if l.AcquireFirst(late, 1) == nil {
				t.Error("got in with a cancelled context")
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		wg.Go(func() {
			if l.AcquireFirst(ctx, 1) == nil {
				order = append(order, 4)
				l.Release(1)
			}
		})
		synctest.Wait()
		l.Release(1)
		wg.Wait()
		if want := []int{0, 2, 3, 4, 1}; !slices.Equal(order, want) {
			t.Errorf("got in in the order %v, want %v", order, want)
		}
	})
}
