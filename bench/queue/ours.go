package queue

import (
	"context"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/state/bounded"
)

func ours() []kind {
	return []kind{{who: "trivet bounded.Queue", role: contest.Ours, open: openBounded}}
}

func oursInBatches() []kind {
	return []kind{{who: "trivet bounded.Queue, PutAll, TakeUpTo", role: contest.Ours, open: openBoundedInBatches}}
}

func openBounded(capacity int) line {
	q := bounded.New[int](capacity, bounded.Rules[int]{})
	return line{
		put: func(ctx context.Context, from, to int) {
			for v := from; v < to; v++ {
				if q.Put(ctx, v) != nil {
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			for range count {
				v, err := q.Take(ctx)
				if err != nil {
					return sum
				}
				sum += v
			}
			return sum
		},
	}
}

func openBoundedInBatches(capacity int) line {
	q := bounded.New[int](capacity, bounded.Rules[int]{})
	return line{
		put: func(ctx context.Context, from, to int) {
			var items [batch]int
			for v := from; v < to; v += batch {
				for i := range items {
					items[i] = v + i
				}
				if _, err := q.PutAll(ctx, items[:]); err != nil {
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			var items [batch]int
			for count > 0 {
				n, err := q.TakeUpTo(ctx, items[:min(batch, count)])
				if err != nil {
					return sum
				}
				for _, v := range items[:n] {
					sum += v
				}
				count -= n
			}
			return sum
		},
	}
}
