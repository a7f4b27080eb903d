package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/state/guarded"
)

var ctx = context.Background()

func TestUsesExcludeEachOther(t *testing.T) {
	v := guarded.Of(0)
	var zero guarded.Value[int]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				switch i % 4 {
				case 0:
					v.Do(func(p *int) { *p++ })
				case 1:
					v.DoContext(ctx, func(p *int) { *p++ })
				case 2:
					for !v.TryDo(func(p *int) { *p++ }) {
						runtime.Gosched()
					}
				case 3:
					guarded.Do2(v, &zero, func(p, q *int) { *p++; *q++ })
				}
			}
		})
	}
	wg.Wait()
	if v.Load() != 8000 || zero.Load() != 2000 {
		t.Errorf("%d, %d", v.Load(), zero.Load())
	}
	v.Store(7)
	if v.Load() != 7 {
		t.Error("not stored")
	}
}

func TestDoContextGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := guarded.Of(0)
		go v.Do(func(*int) { time.Sleep(time.Minute) })
		synctest.Wait()
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		begin := time.Now()
		err := v.DoContext(short, func(*int) { t.Error("called") })
		if err != context.DeadlineExceeded || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if v.TryDo(func(*int) { t.Error("called") }) {
			t.Error("tried with success")
		}
		v.Do(func(*int) {})
		if time.Since(begin) != time.Minute {
			t.Errorf("entered after %v", time.Since(begin))
		}
	})
	gone, cancel := context.WithCancelCause(ctx)
	why := errors.New("why")
	cancel(why)
	v, r := guarded.Of(0), guarded.ReadMostlyOf(0)
	for range 100 {
		never := func(*int) { t.Error("called") }
		if a, b, c := v.DoContext(gone, never), r.DoContext(gone, never), r.ViewContext(gone, never); a != why || b != why || c != why {
			t.Fatal(a, b, c)
		}
	}
}

func TestPanicGivesTheLockBack(t *testing.T) {
	v, w, r := guarded.Of(0), guarded.Of(0), guarded.ReadMostlyOf(0)
	boom := func(*int) { panic("boom") }
	for _, use := range []func(){
		func() { v.Do(boom) },
		func() { v.DoContext(ctx, boom) },
		func() { v.TryDo(boom) },
		func() { guarded.Do2(v, w, func(*int, *int) { panic("boom") }) },
		func() { guarded.Do2Context(ctx, v, w, func(*int, *int) { panic("boom") }) },
		func() { guarded.DoAll([]*guarded.Value[int]{v, w}, func([]*int) { panic("boom") }) },
		func() { r.Do(boom) },
		func() { r.View(boom) },
	} {
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("not the panic of the use")
				}
			}()
			use()
		}()
		if !v.TryDo(func(*int) {}) || !w.TryDo(func(*int) {}) {
			t.Fatal("still locked")
		}
		r.Do(func(*int) {})
	}
}

// Goroutines that lock the same values in all orders never wait for each other.
func TestNoDeadlockByOrder(t *testing.T) {
	var values []*guarded.Value[int]
	for range 5 {
		values = append(values, guarded.Of(1000))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 1000 {
				p := r.Perm(len(values))
				a, b, c := values[p[0]], values[p[1]], values[p[2]]
				switch r.IntN(3) {
				case 0:
					guarded.Do2(a, b, func(a, b *int) { *a--; *b++ })
				case 1:
					guarded.Do3(a, b, c, func(a, b, c *int) { *a -= 2; *b++; *c++ })
				case 2:
					guarded.DoAll([]*guarded.Value[int]{a, b, c}, func(p []*int) { *p[0] -= 2; *p[1]++; *p[2]++ })
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, v := range values {
		sum += v.Load()
	}
	if sum != 5000 {
		t.Errorf("sum %d", sum)
	}
}

func TestArgumentsKeepTheirOrder(t *testing.T) {
	for range 20 { // some of them allocated in the other order
		a, b, c := guarded.Of("a"), guarded.Of("b"), guarded.Of("c")
		for _, got := range []string{
			join2(a, b), join2(b, a), join3(c, a, b), joinAll(b, c, a), joinAll(),
		} {
			if !strings.Contains(" ab ba cab bca  ", " "+got+" ") {
				t.Errorf("got %q", got)
			}
		}
	}
}

func join2(a, b *guarded.Value[string]) (s string) {
	guarded.Do2(a, b, func(a, b *string) { s = *a + *b })
	return s
}

func join3(a, b, c *guarded.Value[string]) (s string) {
	guarded.Do3(a, b, c, func(a, b, c *string) { s = *a + *b + *c })
	return s
}

func joinAll(values ...*guarded.Value[string]) (s string) {
	guarded.DoAll(values, func(all []*string) {
		for _, p := range all {
			s += *p
		}
	})
	return s
}

func TestTheSameTwicePanics(t *testing.T) {
	a, b := guarded.Of(0), guarded.Of(0)
	for name, f := range map[string]func(){
		"Do2":        func() { guarded.Do2(a, a, func(*int, *int) {}) },
		"Do2Context": func() { guarded.Do2Context(ctx, b, b, func(*int, *int) {}) },
		"Do3":        func() { guarded.Do3(a, b, a, func(*int, *int, *int) {}) },
		"DoAll":      func() { guarded.DoAll([]*guarded.Value[int]{a, b, a}, func([]*int) {}) },
	} {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "same value twice") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			f()
		}()
	}
	guarded.Do2(a, b, func(*int, *int) {}) // nothing is left locked
}

// Who gives up holds nothing, whichever of the values he waited for.
func TestSeveralGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := guarded.Of(0), guarded.Of(0), guarded.Of(0)
		all := []*guarded.Value[int]{a, b, c}
		for _, busy := range all {
			done := make(chan struct{})
			go busy.Do(func(*int) { <-done })
			synctest.Wait()
			short, cancel := context.WithTimeoutCause(ctx, time.Second, errors.New("late"))
			never := func() { t.Error("called") }
			for name, err := range map[string]error{
				"DoAllContext": guarded.DoAllContext(short, all, func([]*int) { never() }),
				"Do3Context":   guarded.Do3Context(short, c, a, b, func(_, _, _ *int) { never() }),
				"Do2Context":   guarded.Do2Context(short, busy, guarded.Of(0), func(_, _ *int) { never() }),
				"no values":    guarded.DoAllContext(short, nil, func([]*int) { never() }),
			} {
				if err == nil || err.Error() != "late" {
					t.Errorf("%s: %v", name, err)
				}
			}
			cancel()
			for _, v := range all {
				if v != busy && !v.TryDo(func(*int) {}) {
					t.Error("still locked")
				}
			}
			close(done)
			synctest.Wait()
		}
		if err := guarded.DoAllContext(ctx, all, func(p []*int) { *p[0], *p[1], *p[2] = 1, 2, 3 }); err != nil || c.Load() != 3 {
			t.Errorf("%v, %d", err, c.Load())
		}
	})
}

// A panic because of one of several values gives the others back.
func TestReentryOfOneOfSeveral(t *testing.T) {
	guarded.Debug.Store(true)
	defer guarded.Debug.Store(false)
	all := []*guarded.Value[int]{guarded.Of(0), guarded.Of(0), guarded.Of(0)}
	for _, v := range all {
		func() {
			defer func() {
				if _, ok := recover().(*guarded.ReentryError); !ok {
					t.Error("not reported")
				}
			}()
			v.Do(func(*int) { guarded.DoAll(all, func([]*int) { t.Error("called") }) })
		}()
		for i, v := range all {
			if !v.TryDo(func(*int) {}) {
				t.Errorf("%d is still locked", i)
			}
		}
	}
}

// Debug may change in the middle of a use.
func TestDebugIsSwitched(t *testing.T) {
	defer guarded.Debug.Store(false)
	v, r := guarded.Of(0), guarded.ReadMostlyOf(0)
	for _, use := range []func(func(*int)){v.Do, r.Do, r.View} {
		for _, on := range []bool{true, false} {
			guarded.Debug.Store(on)
			use(func(*int) { guarded.Debug.Store(!on) })
			guarded.Debug.Store(true)
			use(func(*int) {})
		}
	}
}

func TestReentryOfReadMostly(t *testing.T) {
	guarded.Debug.Store(true)
	defer guarded.Debug.Store(false)
	r := guarded.ReadMostlyOf(0)
	for _, outer := range []func(func(*int)){r.Do, r.View} {
		for _, inner := range []func(func(*int)){r.Do, r.View} {
			func() {
				defer func() {
					e, ok := recover().(*guarded.ReentryError)
					if !ok || !strings.Contains(string(e.First), "TestReentryOfReadMostly") {
						t.Errorf("%v", e)
					}
				}()
				outer(func(*int) { inner(func(*int) { t.Error("called") }) })
			}()
		}
	}
	// Others may view it at the same time, and leave in any order.
	synctest.Test(t, func(t *testing.T) {
		r := guarded.ReadMostlyOf(0)
		for i := range 3 {
			go r.View(func(*int) { time.Sleep(time.Duration(3-i) * time.Second) })
			synctest.Wait()
		}
		time.Sleep(time.Second)
		r.View(func(*int) {})
		r.Do(func(*int) {})
	})
}

func TestReentryIsReported(t *testing.T) {
	guarded.Debug.Store(true)
	defer guarded.Debug.Store(false)
	v, w := guarded.Of(0), guarded.Of(0)
	for name, inner := range map[string]func(){
		"Do":        func() { v.Do(func(*int) {}) },
		"DoContext": func() { v.DoContext(ctx, func(*int) {}) },
		"Load":      func() { v.Load() },
		"Do2":       func() { guarded.Do2(w, v, func(*int, *int) {}) },
	} {
		func() {
			defer func() {
				e, ok := recover().(*guarded.ReentryError)
				if !ok || !strings.Contains(e.Error(), "outerUse") || !strings.Contains(string(e.Second), "TestReentryIsReported") {
					t.Errorf("%s: %v", name, e)
				}
			}()
			outerUse(v, inner)
		}()
		if !v.TryDo(func(*int) {}) || !w.TryDo(func(*int) {}) {
			t.Fatalf("%s: still locked", name)
		}
	}
	// Others may wait as ever.
	synctest.Test(t, func(t *testing.T) {
		v := guarded.Of(0)
		go v.Do(func(*int) { time.Sleep(time.Second) })
		synctest.Wait()
		v.Do(func(*int) {})
	})
}

func outerUse(v *guarded.Value[int], inner func()) { v.Do(func(*int) { inner() }) }

func TestReadMostly(t *testing.T) {
	r := guarded.ReadMostlyOf([2]int{})
	var wg sync.WaitGroup
	var views atomic.Int64
	for g := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if (i+g)%10 == 0 {
					r.Do(func(p *[2]int) { p[0]++; p[1]++ })
					continue
				}
				r.View(func(p *[2]int) {
					if p[0] != p[1] {
						t.Error("half of a change was seen")
					}
					views.Add(1)
				})
			}
		})
	}
	wg.Wait()
	if got := r.Load(); got[0] != 800 || views.Load() != 7200 {
		t.Errorf("%v, %d views", got, views.Load())
	}
}

func TestReadersShareAndWritersAreNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := guarded.ReadMostlyOf(0)
		begin := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { r.View(func(*int) { time.Sleep(time.Second) }) })
		}
		wg.Wait()
		if time.Since(begin) != time.Second {
			t.Errorf("three views took %v", time.Since(begin))
		}

		// Views that begin before others end, for ever: a writer gets in.
		begin = time.Now()
		var stop atomic.Bool
		for i := range 2 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 500 * time.Millisecond)
				for !stop.Load() {
					r.View(func(*int) { time.Sleep(time.Second) })
				}
			})
		}
		time.Sleep(1200 * time.Millisecond)
		r.Do(func(p *int) { *p = 1 })
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("the writer got in after %v", took)
		}
		synctest.Wait() // for a view
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		if err := r.DoContext(short, func(*int) { t.Error("called") }); err != context.DeadlineExceeded {
			t.Errorf("a writer that gives up: %v", err)
		}
		stop.Store(true)
		wg.Wait()
		r.Do(func(*int) {})
		r.View(func(*int) {})
	})
}

// Readers, writers and those who give up in random orders: all come to an end.
func TestReadMostlyRandom(t *testing.T) {
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			r := guarded.ReadMostlyOf(0)
			var readers, writers atomic.Int32
			var wg sync.WaitGroup
			for g := range 6 {
				wg.Go(func() {
					rnd := rand.New(rand.NewPCG(seed, uint64(g)))
					for range 20 {
						ctx, cancel := context.WithTimeout(ctx, time.Duration(rnd.IntN(6))*time.Millisecond)
						d := time.Duration(rnd.IntN(3)) * time.Millisecond
						if rnd.IntN(3) == 0 {
							r.DoContext(ctx, func(*int) {
								if writers.Add(1) != 1 || readers.Load() != 0 {
									t.Error("a writer is not alone")
								}
								time.Sleep(d)
								writers.Add(-1)
							})
						} else {
							r.ViewContext(ctx, func(*int) {
								readers.Add(1)
								if writers.Load() != 0 {
									t.Error("a reader beside a writer")
								}
								time.Sleep(d)
								readers.Add(-1)
							})
						}
						cancel()
					}
				})
			}
			wg.Wait()
			r.Do(func(*int) {})
		})
	}
}

// How do I move something from one value to another, whoever does the opposite at
// the same time?
func ExampleDo2() {
	from, to := guarded.Of(100), guarded.Of(0)
	guarded.Do2(from, to, func(a, b *int) {
		*a -= 30
		*b += 30
	})
	fmt.Println(from.Load(), to.Load())
	// Output: 70 30
}

// How do I keep fields together that must change together?
func ExampleValue() {
	type seats struct{ free, taken int }
	hall := guarded.Of(seats{free: 2})
	book := func() (ok bool) {
		hall.Do(func(s *seats) {
			if s.free > 0 {
				s.free--
				s.taken++
				ok = true
			}
		})
		return ok
	}
	fmt.Println(book(), book(), book(), hall.Load())
	// Output: true true false {0 2}
}

// How do I let many search a large value at the same time?
func ExampleReadMostly() {
	words := guarded.ReadMostlyOf([]string{"ask", "gather"})
	words.Do(func(w *[]string) { *w = append(*w, "scatter") })
	words.View(func(w *[]string) { fmt.Println(slices.Contains(*w, "scatter")) })
	// Output: true
}

// How do I change all of a number of values at one moment, or none?
func ExampleDoAllContext() {
	shards := []*guarded.Value[int]{guarded.Of(1), guarded.Of(2), guarded.Of(3)}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	sum := 0
	err := guarded.DoAllContext(ctx, shards, func(all []*int) {
		for _, n := range all {
			sum += *n
			*n = 0
		}
	})
	fmt.Println(sum, err)
	// Output: 6 <nil>
}

// How do I find out why a use never begins? Run with TRIVET_DEBUG=reentry, or:
func ExampleReentryError() {
	guarded.Debug.Store(true)
	defer guarded.Debug.Store(false)
	v := guarded.Of(0)
	defer func() {
		e := recover().(*guarded.ReentryError)
		fmt.Println(len(e.First) > 0, len(e.Second) > 0)
	}()
	v.Do(func(n *int) {
		*n = v.Load() + 1 // has v already
	})
	// Output: true true
}

// How do I wait for a value no longer than a second?
func ExampleValue_DoContext() {
	v := guarded.Of(map[string]int{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := v.DoContext(ctx, func(m *map[string]int) { (*m)["a"]++ })
	fmt.Println(err, v.Load())
	// Output: <nil> map[a:1]
}

func BenchmarkLocks(b *testing.B) {
	v, w := guarded.Of(0), guarded.Of(0)
	var m, n sync.Mutex
	x := 0
	b.Run("Value.Do", func(b *testing.B) {
		for b.Loop() {
			v.Do(func(p *int) { *p++ })
		}
	})
	b.Run("Mutex", func(b *testing.B) {
		for b.Loop() {
			func() { m.Lock(); defer m.Unlock(); x++ }()
		}
	})
	b.Run("Do2", func(b *testing.B) {
		for b.Loop() {
			guarded.Do2(v, w, func(p, q *int) { *p++; *q++ })
		}
	})
	b.Run("two Mutexes", func(b *testing.B) {
		for b.Loop() {
			func() { m.Lock(); defer m.Unlock(); n.Lock(); defer n.Unlock(); x++ }()
		}
	})
	b.Run("Value.Do parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				v.Do(func(p *int) { *p++ })
			}
		})
	})
	b.Run("Mutex parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				func() { m.Lock(); defer m.Unlock(); x++ }()
			}
		})
	})
}
