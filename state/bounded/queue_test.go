package bounded_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/state/bounded"
	"pgregory.net/rapid"
)

var ctx = context.Background()

func done() (context.Context, error) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	return ctx, why
}

func TestFirstInFirstOut(t *testing.T) {
	for _, n := range []int{1, 2, 3, 1000} {
		q := bounded.New(n, bounded.Rules[int]{})
		next, got := 0, 0
		for range 5 {
			for q.TryPut(next) {
				next++
			}
			if q.Len() != n || q.Cap() != n {
				t.Fatalf("%d of %d items fit in a queue for %d", q.Len(), q.Cap(), n)
			}
			for range (n + 1) / 2 {
				if v, ok := q.TryTake(); !ok || v != got {
					t.Fatalf("got %d, %v, want %d", v, ok, got)
				}
				got++
			}
		}
	}
}

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := bounded.New(5, bounded.Rules[int]{})
		all := make([]int, 1000)
		for i := range all {
			all[i] = i
		}
		go func() {
			if n, err := q.PutAll(ctx, all); n != len(all) || err != nil {
				t.Errorf("put %d, %v", n, err)
			}
			q.Close()
		}()
		var got []int
		buf := make([]int, 3)
		for {
			n, err := q.TakeUpTo(ctx, buf)
			if err != nil {
				if n != 0 || err != bounded.ErrClosed {
					t.Errorf("took %d, %v", n, err)
				}
				break
			}
			got = append(got, buf[:n]...)
		}
		if !slices.Equal(got, all) {
			t.Errorf("got %d items, or in another order", len(got))
		}
		if _, err := q.TakeUpTo(ctx, nil); err == nil || err == bounded.ErrClosed {
			t.Errorf("took up to nothing: %v", err)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := bounded.New(2, bounded.Rules[int]{})
		q.PutAll(ctx, []int{1, 2})
		putting := make(chan error)
		go func() { putting <- q.Put(ctx, 3) }()
		synctest.Wait()
		q.Close()
		q.Close()
		if err := <-putting; err != bounded.ErrClosed {
			t.Errorf("a put that waited got %v", err)
		}
		if err := q.Put(ctx, 4); err != bounded.ErrClosed || q.TryPut(4) {
			t.Errorf("a put after Close got %v", err)
		}
		if n, err := q.PutAll(ctx, []int{4}); n != 0 || err != bounded.ErrClosed {
			t.Errorf("puts after Close: %d, %v", n, err)
		}
		if got := slices.Collect(q.All(ctx)); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("drained %v", got)
		}
		if _, err := q.Take(ctx); err != bounded.ErrClosed {
			t.Errorf("a take after the end got %v", err)
		}

		q = bounded.New(2, bounded.Rules[int]{})
		taking := make(chan error)
		for range 3 {
			go func() { _, err := q.Take(ctx); taking <- err }()
		}
		synctest.Wait()
		q.Close()
		for range 3 {
			if err := <-taking; err != bounded.ErrClosed {
				t.Errorf("a take that waited got %v", err)
			}
		}
	})
}

func TestContextEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := bounded.New(1, bounded.Rules[int]{})
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := q.Take(short); err != context.DeadlineExceeded || time.Since(begin) != time.Second {
			t.Errorf("take: %v after %v", err, time.Since(begin))
		}
		q.Put(ctx, 1)
		short, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
		if n, err := q.PutAll(short, []int{2, 3}); n != 0 || err != context.DeadlineExceeded {
			t.Errorf("put: %d, %v", n, err)
		}
		if q.Len() != 1 {
			t.Errorf("%d items inside", q.Len())
		}
	})
}

func TestDoneContextIsAlwaysRefused(t *testing.T) {
	gone, why := done()
	q := bounded.New(8, bounded.Rules[int]{})
	for range 1000 {
		q.TryPut(1)
		_, err := q.Take(gone)
		_, err2 := q.TakeUpTo(gone, make([]int, 1))
		_, err3 := q.PutAll(gone, []int{1})
		if put := q.Put(gone, 1); err != why || err2 != why || err3 != why || put != why {
			t.Fatal(err, err2, err3, put)
		}
		for range q.All(gone) {
			t.Fatal("yielded")
		}
		if q.Len() != 1 {
			t.Fatalf("%d items inside", q.Len())
		}
		q.TryTake()
	}
}

func TestOverflow(t *testing.T) {
	for _, test := range []struct {
		rule         trivet.Overflow
		inside, lost []int
		err          error
		accepted     int
	}{
		{trivet.DropNewest, []int{1, 2, 3}, []int{4, 5}, nil, 5},
		{trivet.DropOldest, []int{3, 4, 5}, []int{1, 2}, nil, 5},
		{trivet.Refuse, []int{1, 2, 3}, nil, bounded.ErrFull, 3},
		{trivet.Divert, []int{1, 2, 3}, []int{4, 5}, nil, 5},
	} {
		for _, batch := range []bool{false, true} {
			var lost []int
			told := 0
			q := bounded.New(3, bounded.Rules[int]{
				Overflow: test.rule,
				Dropped:  func(v int) { lost = append(lost, v) },
				Hooks:    &trivet.Hooks{Drop: func(d trivet.DropInfo) { told += d.Count }},
			})
			accepted, err := 0, error(nil)
			if batch {
				accepted, err = q.PutAll(ctx, []int{1, 2, 3, 4, 5})
			} else {
				for i := 1; i <= 5; i++ {
					if err = q.Put(ctx, i); err == nil {
						accepted++
					}
				}
			}
			s := q.Stats()
			q.Close()
			inside := slices.Collect(q.All(ctx))
			if !slices.Equal(inside, test.inside) || !slices.Equal(lost, test.lost) || err != test.err || accepted != test.accepted {
				t.Errorf("%v, batch %v: inside %v, lost %v, accepted %d, %v", test.rule, batch, inside, lost, accepted, err)
			}
			if s.Dropped != int64(len(test.lost)) || told != 2 || s.Refused != int64(5-test.accepted) || s.Depth != 3 || s.Put != s.Taken+s.Evicted+3 {
				t.Errorf("%v, batch %v: %+v, told %d", test.rule, batch, s, told)
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	for what, f := range map[string]func(){
		"capacity": func() { bounded.New(0, bounded.Rules[int]{}) },
		"overflow": func() { bounded.New(1, bounded.Rules[int]{Overflow: 9}) },
		"divert":   func() { bounded.New(1, bounded.Rules[int]{Overflow: trivet.Divert}) },
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

func TestWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := bounded.New(1, bounded.Rules[int]{})
		var order []int
		var mu sync.Mutex
		for i := range 5 {
			go func() {
				q.Take(ctx)
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
			}()
			synctest.Wait()
		}
		for range 5 {
			q.Put(ctx, 0)
			synctest.Wait()
		}
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("served %v", order)
		}
	})
}

// Whatever puts or takes wakes as many as can go on.
func TestEveryWayWakes(t *testing.T) {
	puts := map[string]func(*bounded.Queue[int], int){
		"Put": func(q *bounded.Queue[int], n int) {
			for range n {
				q.Put(ctx, 1)
			}
		},
		"TryPut": func(q *bounded.Queue[int], n int) {
			for range n {
				q.TryPut(1)
			}
		},
		"PutAll": func(q *bounded.Queue[int], n int) { q.PutAll(ctx, make([]int, n)) },
	}
	takes := map[string]func(*bounded.Queue[int], int){
		"Take": func(q *bounded.Queue[int], n int) {
			for range n {
				q.Take(ctx)
			}
		},
		"TryTake": func(q *bounded.Queue[int], n int) {
			for range n {
				q.TryTake()
			}
		},
		"TakeUpTo": func(q *bounded.Queue[int], n int) { q.TakeUpTo(ctx, make([]int, n)) },
	}
	for n := 1; n <= 3; n++ {
		for _, put := range puts {
			for rule := trivet.Block; rule <= trivet.Divert; rule++ {
				synctest.Test(t, func(t *testing.T) {
					q := bounded.New(3, bounded.Rules[int]{Overflow: rule, Dropped: func(int) {}})
					var wg sync.WaitGroup
					for range n {
						wg.Go(func() { q.Take(ctx) })
					}
					synctest.Wait()
					put(q, n)
					wg.Wait() // the bubble tells who was not woken
				})
			}
		}
		for name, take := range takes {
			synctest.Test(t, func(t *testing.T) {
				q := bounded.New(3, bounded.Rules[int]{})
				q.PutAll(ctx, make([]int, 3))
				var wg sync.WaitGroup
				for range n {
					wg.Go(func() { q.Put(ctx, 1) })
				}
				synctest.Wait()
				take(q, n)
				wg.Wait()
				if q.Len() != 3 {
					t.Errorf("%s: %d inside", name, q.Len())
				}
			})
		}
	}
	// DropOldest puts over an item, for a taker that comes meanwhile.
	q := bounded.New(1, bounded.Rules[int]{Overflow: trivet.DropOldest})
	q.Put(ctx, 1)
	q.Put(ctx, 2)
	q.Close()
	if err := q.Put(ctx, 3); err != bounded.ErrClosed || q.Len() != 1 {
		t.Errorf("a closed queue lost an item: %v, %d inside", err, q.Len())
	}
}

func TestAgeIsSampled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := bounded.New(4, bounded.Rules[int]{})
		q.Put(ctx, 1)
		time.Sleep(time.Minute)
		if age := q.Stats().Age; age != time.Minute {
			t.Errorf("an item inside for a minute has age %v", age)
		}
		q.Take(ctx)
		if age := q.Stats().Age; age != 0 {
			t.Errorf("an empty queue has age %v", age)
		}
	})
}

// Nothing that was taken is kept alive by the queue.
func TestSlotsAreCleared(t *testing.T) {
	q := bounded.New(4, bounded.Rules[*int]{})
	for range 10 {
		q.PutAll(ctx, []*int{new(int), new(int), new(int)})
		q.TakeUpTo(ctx, make([]*int, 2))
		q.TryTake()
	}
	if n := bounded.Kept(q, func(p *int) bool { return p != nil }); n != 0 {
		t.Errorf("%d items are kept", n)
	}
}

// Every item that was offered is accounted for, whatever the rule, whoever
// cancels, and whenever the queue is closed.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := trivet.Overflow(rapid.IntRange(0, int(trivet.Divert)).Draw(t, "rule"))
		size := rapid.IntRange(1, 9).Draw(t, "capacity")
		producers := rapid.IntRange(1, 4).Draw(t, "producers")
		consumers := rapid.IntRange(1, 4).Draw(t, "consumers")
		each := rapid.IntRange(0, 60).Draw(t, "items")
		batch := rapid.IntRange(1, 12).Draw(t, "batch")
		cancelAfter := rapid.IntRange(1, 400).Draw(t, "cancel after")

		var lost atomic.Int64
		q := bounded.New(size, bounded.Rules[int]{Overflow: rule, Dropped: func(int) { lost.Add(1) }})
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var offered, accepted, refused, taken, calls atomic.Int64
		count := func() {
			if calls.Add(1) == int64(cancelAfter) {
				cancel()
			}
		}
		var putting, takingWG sync.WaitGroup
		for p := range producers {
			putting.Go(func() {
				for i := 0; i < each; i += batch {
					items := make([]int, min(batch, each-i))
					for k := range items {
						items[k] = p*1000 + i + k
					}
					offered.Add(int64(len(items)))
					n, err := q.PutAll(ctx, items)
					if err == nil && n != len(items) {
						t.Errorf("accepted %d of %d without an error", n, len(items))
					}
					accepted.Add(int64(n))
					refused.Add(int64(len(items) - n))
					count()
				}
			})
		}
		for range consumers {
			takingWG.Go(func() {
				last := map[int]int{}
				buf := make([]int, batch)
				for {
					n, err := q.TakeUpTo(ctx, buf)
					if err != nil {
						return
					}
					taken.Add(int64(n))
					for _, v := range buf[:n] {
						if at, ok := last[v/1000]; ok && v <= at {
							t.Errorf("%d came after %d", v, at)
						}
						last[v/1000] = v
					}
					count()
				}
			})
		}
		putting.Wait()
		q.Close()
		takingWG.Wait()
		s := q.Stats()
		if offered.Load() != accepted.Load()+refused.Load() {
			t.Errorf("offered %d, accepted %d, refused %d", offered.Load(), accepted.Load(), refused.Load())
		}
		if accepted.Load() != taken.Load()+lost.Load()+int64(s.Depth) || s.Dropped != lost.Load() || s.Taken != taken.Load() {
			t.Errorf("accepted %d, taken %d, lost %d: %+v", accepted.Load(), taken.Load(), lost.Load(), s)
		}
		if s.Put != s.Taken+s.Evicted+int64(s.Depth) {
			t.Errorf("%+v", s)
		}
	})
}
