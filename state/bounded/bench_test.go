package bounded_test

import (
	"context"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/state/bounded"
)

func BenchmarkQueue(b *testing.B) {
	type q interface {
		put(ctx context.Context, v int)
		take(ctx context.Context)
	}
	for name, n := range map[string]int{"1P1C": 1, "4P4C": 4} {
		b.Run(name+"/queue", func(b *testing.B) { race(b, n, ours{bounded.New(1024, bounded.Rules[int]{})}) })
		b.Run(name+"/chan", func(b *testing.B) { race(b, n, channel(make(chan int, 1024))) })
	}
	b.Run("batch 64", func(b *testing.B) {
		b.ReportAllocs()
		q := bounded.New(1024, bounded.Rules[int]{})
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		go func() {
			defer q.Close()
			var all [64]int
			for n := b.N; n > 0; n -= len(all) {
				q.PutAll(ctx, all[:min(n, len(all))])
			}
		}()
		var buf [64]int
		for {
			if _, err := q.TakeUpTo(ctx, buf[:]); err != nil {
				break
			}
		}
	})
}

type ours struct{ *bounded.Queue[int] }

func (q ours) put(ctx context.Context, v int) { q.Put(ctx, v) }
func (q ours) take(ctx context.Context)       { q.Take(ctx) }

type channel chan int

func (c channel) put(ctx context.Context, v int) {
	select {
	case c <- v:
	case <-ctx.Done():
	}
}

func (c channel) take(ctx context.Context) {
	select {
	case <-c:
	case <-ctx.Done():
	}
}

func race(b *testing.B, n int, q interface {
	put(ctx context.Context, v int)
	take(ctx context.Context)
}) {
	b.ReportAllocs()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var wg sync.WaitGroup
	share := b.N/n + 1
	for range n {
		wg.Go(func() {
			for i := range share {
				q.put(ctx, i)
			}
		})
		wg.Go(func() {
			for range share {
				q.take(ctx)
			}
		})
	}
	wg.Wait()
	if q, ok := q.(ours); ok {
		s := q.Stats()
		b.ReportMetric(float64(s.PutWaits)/float64(b.N), "putwaits/op")
		b.ReportMetric(float64(s.TakeWaits)/float64(b.N), "takewaits/op")
	}
}
