package consume_test

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

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
)

// queue is a bounded queue for tests that know its length.
type queue struct{ *bounded.Queue[int] }

func newQueue(n int) queue { return queue{bounded.New(n, bounded.Rules[int]{})} }

func (q queue) put(items ...int) { q.PutAll(context.Background(), items) }

func filled(n int) queue {
	q := newQueue(max(n, 1))
	for i := range n {
		q.put(i)
	}
	q.Close()
	return q
}

const ms = time.Millisecond

var errBad = errors.New("bad")

func TestEveryItemIsFinishedOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 7} {
		synctest.Test(t, func(t *testing.T) {
			var seen [1000]atomic.Int32
			report, err := consume.Each(context.Background(), filled(1000), func(_ context.Context, i int) error {
				seen[i].Add(1)
				return nil
			}, consume.Rules[int]{Workers: workers})
			if err != nil || report.Finished != 1000 || report.Inside != 0 || report.Abandoned != nil {
				t.Errorf("%d workers: %+v, %v", workers, report, err)
			}
			for i := range seen {
				if seen[i].Load() != 1 {
					t.Fatalf("item %d was seen %d times", i, seen[i].Load())
				}
			}
		})
	}
}

func TestFailuresAreTriedAgainAndPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var letters []consume.Letter[int]
		var retries, dead int
		ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
			Retry:      func(trivet.RetryInfo) { retries++ },
			DeadLetter: func(trivet.DeadLetterInfo) { dead++ },
		})
		tries := map[int]int{}
		begin := time.Now()
		report, err := consume.Each(ctx, filled(10), func(_ context.Context, i int) error {
			tries[i]++
			switch {
			case i == 3:
				return fmt.Errorf("try %d: %w", tries[i], errBad)
			case i == 5 && tries[i] < 3:
				return errBad
			}
			return nil
		}, consume.Rules[int]{
			Tries:       4,
			Backoff:     consume.Backoff{First: time.Second, Most: 2 * time.Second},
			DeadLetters: func(_ context.Context, l consume.Letter[int]) error { letters = append(letters, l); return nil },
		})
		if err != nil || report.Finished != 9 || report.Dead != 1 || report.Failed != 6 || report.Taken != 10 {
			t.Errorf("%+v, %v", report, err)
		}
		if len(letters) != 1 || letters[0].Item != 3 || letters[0].Tries != 4 || len(letters[0].Errs) != 4 ||
			letters[0].Err().Error() != "try 4: bad" || !letters[0].Since.Equal(begin) {
			t.Errorf("%+v", letters)
		}
		if retries != 5 || dead != 1 || tries[5] != 3 {
			t.Errorf("%d retries, %d dead letters told, %v", retries, dead, tries)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestPoisonIsIsolated(t *testing.T) {
	for what, poison := range map[string]func(){"panic": func() { panic("poison") }, "goexit": runtime.Goexit} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var letters []consume.Letter[int]
			report, err := consume.Each(context.Background(), filled(50), func(_ context.Context, i int) error {
				if i%10 == 7 {
					poison()
				}
				return nil
			}, consume.Rules[int]{Workers: 2, Tries: 2, DeadLetters: func(_ context.Context, l consume.Letter[int]) error {
				mu.Lock()
				defer mu.Unlock()
				letters = append(letters, l)
				return nil
			}})
			if err != nil || report.Finished != 45 || report.Dead != 5 {
				t.Errorf("%s: %+v, %v", what, report, err)
			}
			for _, l := range letters {
				var p *trivet.PanicError
				switch {
				case what == "goexit" && errors.Is(l.Err(), trivet.ErrGoexit):
				case errors.As(l.Err(), &p) && p.Value == "poison" && strings.Contains(string(p.Stack), "consume_test"):
				default:
					t.Errorf("%s: letter %+v", what, l)
				}
			}
		})
	}
}

func TestCancelReportsWhatWasAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		q := filled(100)
		var finished atomic.Int64
		report, err := consume.Each(ctx, q, func(ctx context.Context, i int) error {
			if i == 10 {
				time.AfterFunc(ms, func() { cancel(why) })
			}
			if i >= 10 {
				<-ctx.Done()
				return ctx.Err()
			}
			finished.Add(1)
			return nil
		}, consume.Rules[int]{Workers: 3, Tries: 5})
		if !errors.Is(err, why) || report.Finished != 10 || report.Failed != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		if len(report.Abandoned)+q.Len()+10 != 100 || report.Inside != len(report.Abandoned) || report.Abandoned[0] != 10 {
			t.Errorf("%d abandoned, %d in the queue: %v", len(report.Abandoned), q.Len(), report.Abandoned)
		}
	})
}

func TestVisibilityGivesTheItemToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		var tries atomic.Int32
		var cause error
		q := newQueue(1)
		q.put(1)
		time.AfterFunc(time.Minute, func() { close(release); q.Close() })
		report, err := consume.Each(context.Background(), q, func(ctx context.Context, _ int) error {
			if tries.Add(1) == 1 { // deaf
				<-release
				cause = context.Cause(ctx)
				return errBad
			}
			return nil
		}, consume.Rules[int]{Visibility: time.Second, Tries: 2})
		if err != nil || report.Finished != 1 || report.Failed != 1 || tries.Load() != 2 || cause != consume.ErrVisibility {
			t.Errorf("%+v, %v: %d tries, cause %v", report, err, tries.Load(), cause)
		}
	})
}

func TestExtend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		report, err := consume.Each(context.Background(), filled(1), func(ctx context.Context, _ int) error {
			for range 5 {
				time.Sleep(900 * ms)
				if err := consume.Extend(ctx, time.Second); err != nil {
					return err
				}
			}
			return nil
		}, consume.Rules[int]{Visibility: time.Second})
		if err != nil || report.Finished != 1 || report.Failed != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		if consume.Extend(context.Background(), time.Second) == nil {
			t.Error("extended nothing")
		}
	})
}

func TestPerKeyKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		last := map[int]int{}
		running := map[int]bool{}
		failed := map[int]bool{}
		report, err := consume.Each(context.Background(), filled(500), func(_ context.Context, i int) error {
			key := i % 7
			mu.Lock()
			if running[key] {
				t.Errorf("two items of key %d at the same time", key)
			}
			running[key] = true
			mu.Unlock()
			time.Sleep(time.Duration(rand.IntN(10)) * ms)
			mu.Lock()
			defer mu.Unlock()
			running[key] = false
			if i%5 == 0 && !failed[i] {
				failed[i] = true
				return errBad
			}
			if at, ok := last[key]; ok && i != at+7 {
				t.Errorf("key %d: %d after %d", key, i, at)
			}
			last[key] = i
			return nil
		}, consume.Rules[int]{Workers: 5, Tries: 2, PerKey: func(i int) string { return fmt.Sprint(i % 7) }})
		if err != nil || report.Finished != 500 || report.Failed != 100 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

func TestPriorityOvertakesAndAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(100)
		var got []int
		done := make(chan error)
		go func() {
			_, err := consume.Each(context.Background(), q, func(_ context.Context, i int) error {
				time.Sleep(time.Second)
				got = append(got, i)
				return nil
			}, consume.Rules[int]{Priority: func(i int) int { return i / 10 }, Ageing: 2 * time.Second})
			done <- err
		}()
		q.put(0) // begins at once
		synctest.Wait()
		for _, i := range []int{1, 11, 2, 12} {
			q.put(i)
		}
		time.Sleep(2500 * ms) // 0, 11 and then 12 go first; 1 is 2.5 s old
		q.put(13)             // 2.5 s later than 1, so it does not overtake it
		q.Close()
		if err := <-done; err != nil || !slices.Equal(got, []int{0, 11, 12, 1, 2, 13}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestPauseAndAwaitIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(100)
		c := consume.New(q, func(context.Context, int) error { time.Sleep(ms); return nil }, consume.Rules[int]{Workers: 2})
		done := make(chan error)
		go func() {
			_, err := c.Run(context.Background())
			done <- err
		}()
		for range 10 {
			q.put(1)
		}
		if err := c.AwaitIdle(context.Background()); err != nil || c.Stats().Finished != 10 {
			t.Errorf("%v, %+v", err, c.Stats())
		}
		c.Pause()
		for range 10 {
			q.put(1)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := c.AwaitIdle(ctx); !errors.Is(err, context.DeadlineExceeded) || c.Stats().Finished != 10 {
			t.Errorf("paused: %v, %+v", err, c.Stats())
		}
		c.Resume()
		if err := c.AwaitIdle(context.Background()); err != nil || c.Stats().Finished != 20 {
			t.Errorf("resumed: %v, %+v", err, c.Stats())
		}
		q.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := c.AwaitIdle(context.Background()); err != nil {
			t.Errorf("ended: %v", err)
		}
		if _, err := c.Run(context.Background()); err == nil {
			t.Error("ran twice")
		}
	})
}

func TestLostLetterEndsTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errFull := errors.New("disk full")
		report, err := consume.Each(context.Background(), filled(10), func(_ context.Context, i int) error {
			if i == 3 {
				return errBad
			}
			return nil
		}, consume.Rules[int]{DeadLetters: func(context.Context, consume.Letter[int]) error { return errFull }})
		if !errors.Is(err, errFull) || !slices.Contains(report.Abandoned, 3) {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// Whatever happens, every item is finished, dead, abandoned or still queued.
func TestConservation(t *testing.T) {
	for seed := range uint64(1000) {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { conserve(t, rand.New(rand.NewPCG(seed, 3))) })
		})
		if !ok {
			break
		}
	}
}

func conserve(t *testing.T, r *rand.Rand) {
	n := r.IntN(200)
	q := filled(n)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cancelAt := int64(r.IntN(2*n + 1))
	rules := consume.Rules[int]{Workers: r.IntN(5), Ahead: r.IntN(20), Tries: r.IntN(4), Backoff: consume.Backoff{First: time.Duration(1+r.IntN(20)) * ms}}
	if r.IntN(2) == 0 {
		rules.PerKey = func(i int) string { return fmt.Sprint(i % 5) }
	}
	if r.IntN(2) == 0 {
		rules.Priority = func(i int) int { return i % 3 }
	}
	if r.IntN(2) == 0 {
		rules.Visibility = 5 * ms
	}
	var calls, good, dead atomic.Int64
	rules.DeadLetters = func(context.Context, consume.Letter[int]) error { dead.Add(1); return nil }
	report, err := consume.Each(ctx, q, func(ctx context.Context, i int) error {
		switch call := calls.Add(1); {
		case call == cancelAt:
			cancel()
		case call%7 == 0:
			return errBad
		case call%11 == 0:
			panic(errBad)
		case call%13 == 0:
			runtime.Goexit()
		case call%3 == 0:
			time.Sleep(time.Duration(call%10) * ms)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		good.Add(1)
		return nil
	}, rules)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err == nil && (len(report.Abandoned) > 0 || q.Len() > 0) {
		t.Errorf("no error, but %d abandoned and %d in the queue", len(report.Abandoned), q.Len())
	}
	sum := int(report.Finished) + int(report.Dead) + len(report.Abandoned) + q.Len()
	if sum != n || report.Dead != dead.Load() || report.Taken != int64(n-q.Len()) || report.Finished > good.Load() {
		t.Errorf("%d items: %+v, %d in the queue, %d letters, %d good", n, report, q.Len(), dead.Load(), good.Load())
	}
}

func BenchmarkEach(b *testing.B) {
	b.ReportAllocs()
	q := newQueue(1024)
	go func() {
		defer q.Close()
		var batch [64]int
		for n := b.N; n > 0; n -= len(batch) {
			q.put(batch[:min(n, len(batch))]...)
		}
	}()
	consume.Each(b.Context(), q, func(context.Context, int) error { return nil }, consume.Rules[int]{Workers: 8, Ahead: 1024})
}
