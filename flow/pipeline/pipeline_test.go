package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/pipeline"
)

func collect[T any](t *testing.T, s pipeline.Stream[T]) []T {
	t.Helper()
	r := s.Run(context.Background())
	all := slices.Collect(r.All())
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func double(_ context.Context, i int) (int, error) { return 2 * i, nil }

func TestOrderAndCompleteness(t *testing.T) {
	const n = 5000
	want := make([]int, n)
	for i := range want {
		want[i] = 2 * i
	}
	for _, workers := range []int{1, 2, 7} {
		for _, ordered := range []bool{false, true} {
			for _, buffer := range []int{0, 1, 2, 3} {
				st := pipeline.Stage{Workers: workers, Ordered: ordered, Buffer: buffer}
				got := collect(t, pipeline.Through(pipeline.From(count(n)), st, double))
				if !ordered && workers > 1 {
					slices.Sort(got)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%+v: %d of %d items, or in another order", st, len(got), n)
				}
			}
		}
	}
}

func TestBreakStopsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sourceEnded := false
		s := pipeline.From(func(yield func(int) bool) {
			defer func() { sourceEnded = true }()
			for i := 0; yield(i); i++ {
			}
		})
		for range 3 {
			s = pipeline.Through(s, pipeline.Stage{Workers: 2, Ordered: true}, double)
		}
		r := s.Run(context.Background())
		for range r.All() {
			break
		}
		if !sourceEnded {
			t.Error("the source still runs")
		}
		if err := r.Err(); err != nil {
			t.Errorf("a reader that stops is no failure: %v", err)
		}
	})
}

func TestNothingStartsBeforeAll(t *testing.T) {
	s := pipeline.From(func(func(int) bool) { t.Error("started") })
	before := runtime.NumGoroutine()
	r := s.Run(context.Background())
	if runtime.NumGoroutine() != before || r.Err() == nil || r.Stats() != nil {
		t.Errorf("err %v, stats %v", r.Err(), r.Stats())
	}
}

func TestResultsAreReadOnce(t *testing.T) {
	r := pipeline.From(count(3)).Run(context.Background())
	if got := len(slices.Collect(r.All())); got != 3 || r.Err() != nil {
		t.Fatal(got, r.Err())
	}
	if got := len(slices.Collect(r.All())); got != 0 || r.Err() == nil {
		t.Error(got, r.Err())
	}
}

func TestStreamsRunAgain(t *testing.T) {
	s := pipeline.Through(pipeline.From(count(3)), pipeline.Stage{}, double)
	for range 2 {
		if got := collect(t, s); !slices.Equal(got, []int{0, 2, 4}) {
			t.Error(got)
		}
	}
}

var errSeven = errors.New("seven")

func failAtSeven(_ context.Context, i int) (int, error) {
	if i == 7 {
		return 0, errSeven
	}
	return i, nil
}

func TestFirstErrorEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.Through(pipeline.From(forever), pipeline.Stage{Name: "parse"}, failAtSeven)
		s = pipeline.Through(s, pipeline.Stage{Workers: 3}, double)
		r := s.Run(context.Background())
		for range r.All() {
		}
		var step *trivet.StepError
		if err := r.Err(); !errors.As(err, &step) || step.Name != "parse" || !errors.Is(err, errSeven) {
			t.Errorf("got %v", err)
		}
	})
}

func forever(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// Nobody may take the part of a stream before an error for all of it.
func TestNoEndAfterAnError(t *testing.T) {
	for range 200 {
		s := pipeline.Through(pipeline.From(count(8)), pipeline.Stage{Buffer: 1}, failAtSeven)
		ended := false
		batches := pipeline.Batch(s, pipeline.Stage{}, 100, time.Hour)
		r := batches.Run(context.Background())
		for range r.All() {
			ended = true
		}
		if ended || !errors.Is(r.Err(), errSeven) {
			t.Fatal("the batcher took an error for the end")
		}
	}
}

func TestCancelReturnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		var after atomic.Int64
		s := pipeline.Through(pipeline.From(forever), pipeline.Stage{}, func(ctx context.Context, i int) (int, error) {
			if ctx.Err() != nil {
				after.Add(1)
			}
			if i == 10 {
				cancel(why)
			}
			return i, nil
		})
		r := s.Run(ctx)
		for range r.All() {
		}
		if !errors.Is(r.Err(), why) || after.Load() > 0 {
			t.Errorf("err %v, %d steps began after the end", r.Err(), after.Load())
		}
	})
}

func TestDoneContextStartsNothing(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r := pipeline.Through(pipeline.From(count(3)), pipeline.Stage{}, func(context.Context, int) (int, error) {
			t.Error("a step began")
			return 0, nil
		}).Run(ctx)
		if r.Wait(); !errors.Is(r.Err(), context.Canceled) {
			t.Fatal(r.Err())
		}
	}
}

func TestPanicReachesTheReader(t *testing.T) {
	places := map[string]func() pipeline.Stream[int]{
		"source": func() pipeline.Stream[int] {
			return pipeline.From(func(func(int) bool) { panic("boom") })
		},
		"one worker": func() pipeline.Stream[int] {
			return pipeline.Through(pipeline.From(forever), pipeline.Stage{}, boom)
		},
		"workers": func() pipeline.Stream[int] {
			return pipeline.Through(pipeline.From(forever), pipeline.Stage{Workers: 4}, boom)
		},
		"ordered workers": func() pipeline.Stream[int] {
			return pipeline.Through(pipeline.From(forever), pipeline.Stage{Workers: 4, Ordered: true}, boom)
		},
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer func() {
					p, ok := recover().(*trivet.PanicError)
					if !ok || p.Value != "boom" || !strings.Contains(string(p.Stack), "pipeline_test") {
						t.Errorf("recovered %v", p)
					}
				}()
				s := pipeline.Through(place(), pipeline.Stage{}, double)
				for range s.Run(context.Background()).All() {
				}
				t.Error("no panic")
			})
		})
	}
}

func boom(_ context.Context, i int) (int, error) {
	if i == 7 {
		panic("boom")
	}
	return i, nil
}

func TestPanicOfTheReaderJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if v := recover(); v != "mine" {
				t.Errorf("recovered %v", v)
			}
		}()
		for range pipeline.Through(pipeline.From(forever), pipeline.Stage{}, double).Run(context.Background()).All() {
			panic("mine")
		}
	})
}

func TestGoexitEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.Through(pipeline.From(forever), pipeline.Stage{}, func(context.Context, int) (int, error) {
			runtime.Goexit()
			return 0, nil
		})
		if err := s.Run(context.Background()).Wait(); !errors.Is(err, trivet.ErrGoexit) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStuckStepIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		s := pipeline.Through(pipeline.From(forever), pipeline.Stage{Name: "deaf"}, func(context.Context, int) (int, error) {
			<-release
			return 0, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := s.Run(ctx).Wait()
		var stuck *trivet.StuckError
		if !errors.As(err, &stuck) || stuck.Name != "deaf" || !strings.Contains(stuck.Func, "TestStuckStepIsNamed") {
			t.Errorf("got %v", err)
		}
		close(release)
	})
}

// A result is handed on although the worker does not come back.
func TestNoResultIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.Through(pipeline.From(count(3)), pipeline.Stage{}, func(ctx context.Context, i int) (int, error) {
			if i == 2 {
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return i, nil
		})
		got := 0
		for range s.Run(context.Background()).All() {
			if got++; got == 2 {
				break
			}
		}
	})
}

func TestOverflow(t *testing.T) {
	for policy, want := range map[trivet.Overflow][]int{
		trivet.DropNewest: {0, 1, 2, 3},
		trivet.DropOldest: {0, 7, 8, 9},
	} {
		synctest.Test(t, func(t *testing.T) {
			full := make(chan bool)
			source := pipeline.Generate("source", func(_ context.Context, yield func(int) bool) error {
				yield(0)
				synctest.Wait() // until the step waits with item 0
				for i := 1; i < 10; i++ {
					yield(i)
				}
				close(full)
				return nil
			})
			st := pipeline.Stage{Name: "slow", Buffer: 3, Overflow: policy}
			r := pipeline.Through(source, st, func(_ context.Context, i int) (int, error) {
				<-full
				return i, nil
			}).Run(context.Background())
			got := slices.Collect(r.All())
			if !slices.Equal(got, want) || r.Err() != nil {
				t.Errorf("%v: got %v, %v", policy, got, r.Err())
			}
			if s := r.Stats()[1]; s.Dropped != 6 || s.In != 4 || s.Name != "slow" {
				t.Errorf("%v: %+v", policy, s)
			}
		})
	}
}

func TestRefuseEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := pipeline.Stage{Name: "slow", Buffer: 3, Overflow: trivet.Refuse}
		err := pipeline.Through(pipeline.From(forever), st, func(ctx context.Context, i int) (int, error) {
			<-ctx.Done()
			return i, nil
		}).Run(context.Background()).Wait()
		if err == nil || !strings.Contains(err.Error(), `"slow"`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestEvacuate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan bool)
		kept, excess := pipeline.Evacuate(pipeline.From(count(10)))
		slow := pipeline.Through(kept, pipeline.Stage{Buffer: 3, Batch: 1}, func(_ context.Context, i int) (int, error) {
			<-open
			return i, nil
		})
		var evacuated atomic.Int64
		sink := pipeline.Into(excess, pipeline.Stage{}, func(context.Context, int) error {
			evacuated.Add(1)
			return nil
		})
		r := slow.Run(context.Background(), sink)
		go func() { // everything has come to rest by then
			synctest.Wait()
			close(open)
		}()
		got := len(slices.Collect(r.All()))
		if r.Err() != nil || got+int(evacuated.Load()) != 10 || got < 3 || got > 4 {
			t.Errorf("%d kept, %d evacuated, %v", got, evacuated.Load(), r.Err())
		}
	})
}

func TestMergeTeeBranch(t *testing.T) {
	parts := pipeline.Branch(pipeline.From(count(1000)), 3, func(i int) int { return i % 3 })
	var copies []pipeline.Stream[int]
	for _, p := range parts {
		copies = append(copies, pipeline.Tee(p, 2)...)
	}
	got := collect(t, pipeline.Merge(copies...))
	slices.Sort(got)
	for i := range 2000 {
		if got[i] != i/2 {
			t.Fatalf("item %d is %d", i, got[i])
		}
	}
}

func TestPerKeyKeepsTheOrderOfEachKey(t *testing.T) {
	type item struct{ key, n int }
	source := pipeline.From(func(yield func(item) bool) {
		for i := range 3000 {
			if !yield(item{i % 17, i}) {
				return
			}
		}
	})
	last := map[int]int{}
	for _, v := range collect(t, pipeline.PerKey(source, pipeline.Stage{Workers: 4}, func(v item) int { return v.key },
		func(_ context.Context, v item) (item, error) { return v, nil })) {
		if at, ok := last[v.key]; ok && v.n != at+17 {
			t.Fatalf("key %d: %d after %d", v.key, v.n, at)
		}
		last[v.key] = v.n
	}
	if len(last) != 17 {
		t.Errorf("%d keys", len(last))
	}
}

func TestTryAndDivert(t *testing.T) {
	good, bad := 0, 0
	for _, o := range collect(t, pipeline.Try(pipeline.From(count(10)), pipeline.Stage{Workers: 2}, failAtSeven)) {
		if o.Err == nil && o.Out == o.In {
			good++
		} else if o.In == 7 && errors.Is(o.Err, errSeven) {
			bad++
		}
	}
	if good != 9 || bad != 1 {
		t.Errorf("%d good, %d bad", good, bad)
	}

	fine, failed := pipeline.Divert(pipeline.From(count(10)), pipeline.Stage{}, failAtSeven)
	var letters []pipeline.Failed[int]
	sink := pipeline.Into(failed, pipeline.Stage{}, func(_ context.Context, f pipeline.Failed[int]) error {
		letters = append(letters, f)
		return nil
	})
	r := fine.Run(context.Background(), sink)
	if got := slices.Collect(r.All()); len(got) != 9 || r.Err() != nil {
		t.Errorf("%v, %v", got, r.Err())
	}
	if len(letters) != 1 || letters[0].Item != 7 || letters[0].Err != errSeven {
		t.Errorf("%v", letters)
	}
	if s := r.Stats()[1]; s.Failed != 1 || s.In != 10 || s.Out != 10 {
		t.Errorf("%+v", s)
	}
}

func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := pipeline.Generate("source", func(ctx context.Context, yield func(int) bool) error {
			for i := range 7 {
				yield(i)
			}
			time.Sleep(time.Second)
			yield(7)
			time.Sleep(time.Second)
			yield(8)
			return nil
		})
		start := time.Now()
		var got []string
		r := pipeline.Batch(source, pipeline.Stage{}, 3, 100*time.Millisecond).Run(context.Background())
		for b := range r.All() {
			got = append(got, fmt.Sprintf("%v%v", b, time.Since(start)))
		}
		want := "[0 1 2]0s [3 4 5]0s [6]100ms [7]1.1s [8]2s"
		if strings.Join(got, " ") != want || r.Err() != nil {
			t.Errorf("got %v, %v", got, r.Err())
		}
	})
}

func TestLargeNumbersCostNothing(t *testing.T) {
	batches := collect(t, pipeline.Batch(pipeline.From(count(5000)), pipeline.Stage{}, 1<<40, time.Hour))
	if len(batches) != 1 || len(batches[0]) != 5000 {
		t.Errorf("%d batches", len(batches))
	}
	if n := len(collect(t, pipeline.Through(pipeline.From(count(5000)), pipeline.Stage{Workers: 5000, Ordered: true}, double))); n != 5000 {
		t.Errorf("%d items", n)
	}
}

func TestSharesAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.Through(pipeline.From(count(50)), pipeline.Stage{Name: "fast", Buffer: 2}, double)
		s = pipeline.Through(s, pipeline.Stage{Name: "slow", Buffer: 2, Workers: 2}, func(_ context.Context, i int) (int, error) {
			time.Sleep(time.Second)
			return i, nil
		})
		r := s.Run(context.Background())
		start := time.Now()
		if err := r.Wait(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		for _, st := range r.Stats() {
			busy, starved, back := st.Shares()
			if sum := busy + starved + back; sum < 0.999 || sum > 1.001 {
				t.Errorf("%s: shares add to %v", st.Name, sum)
			}
			switch st.Name {
			case "slow":
				if st.Busy != 50*time.Second || busy < 0.95 {
					t.Errorf("slow was busy for %v of %v", st.Busy, took)
				}
			case "fast":
				if back < 0.8 {
					t.Errorf("fast was backpressured for %v of %v", st.Backpressured, took)
				}
			case "results":
				if starved < 0.95 {
					t.Errorf("the reader starved for %v of %v", st.Starved, took)
				}
			}
		}
	})
}

func TestHooksSeeStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy time.Duration
		items, queues := 0, 0
		ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
			Stage: func(s trivet.StageInfo) {
				if s.Name == "work" {
					busy += s.Busy
					items += s.Items
				}
			},
			Queue: func(q trivet.QueueInfo) {
				if q.Name == "work" {
					queues++
				}
			},
		})
		err := pipeline.Through(pipeline.From(count(100)), pipeline.Stage{Name: "work", Batch: 1}, func(_ context.Context, i int) (int, error) {
			time.Sleep(10 * time.Millisecond)
			return i, nil
		}).Run(ctx).Wait()
		if err != nil || busy != time.Second || items != 100 || queues < 9 || queues > 12 {
			t.Errorf("%v: busy %v, %d items, %d samples of the queue", err, busy, items, queues)
		}
	})
}

func TestMistakesAreTold(t *testing.T) {
	s := pipeline.From(count(3))
	parts := pipeline.Tee(pipeline.From(count(3)), 2)
	for want, run := range map[string]*pipeline.Results[int]{
		"-1 workers":          pipeline.Through(s, pipeline.Stage{Workers: -1}, double).Run(context.Background()),
		"use Evacuate":        pipeline.Through(s, pipeline.Stage{Overflow: trivet.Divert}, double).Run(context.Background()),
		"buffer of -3":        pipeline.Through(s, pipeline.Stage{Buffer: -3}, double).Run(context.Background()),
		"use Tee":             pipeline.Merge(s, s).Run(context.Background()),
		`nobody reads`:        parts[0].Run(context.Background()),
		"nothing to merge":    pipeline.Merge[int]().Run(context.Background()),
		"was picked of 2":     pipeline.Merge(pipeline.Branch(s, 2, func(int) int { return 2 })...).Run(context.Background()),
		"unknown overflow(9)": pipeline.Through(s, pipeline.Stage{Overflow: 9}, double).Run(context.Background()),
	} {
		if err := run.Wait(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
