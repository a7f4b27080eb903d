package queue

import (
	"context"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// batchKinds is every queue that hands over many items at a time.
func batchKinds() []kind {
	return append(oursInBatches(),
		kind{who: "Go channel of slices, select on ctx.Done", role: contest.Rival, open: openSlices},
		kind{who: "mutex and conditions, AfterFunc", role: contest.Rival, open: openRingInBatches},
		kind{who: "Go channel of arrays", role: contest.Reference, note: noContext, open: openArrays},
	)
}

// openSlices sends slices, and sends those that are emptied back to be filled.
func openSlices(capacity int) line {
	full, free := make(chan []int, capacity/batch), make(chan []int, capacity/batch)
	return line{
		put: func(ctx context.Context, from, to int) {
			for v := from; v < to; v += batch {
				var items []int
				select {
				case items = <-free:
				default:
					items = make([]int, batch)
				}
				for i := range items {
					items[i] = v + i
				}
				select {
				case full <- items:
				case <-ctx.Done():
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			for range count / batch {
				var items []int
				select {
				case items = <-full:
				case <-ctx.Done():
					return sum
				}
				for _, v := range items {
					sum += v
				}
				select {
				case free <- items:
				default:
				}
			}
			return sum
		},
	}
}

// openArrays sends the items themselves, so that nothing is allocated or recycled.
func openArrays(capacity int) line {
	ch := make(chan [batch]int, capacity/batch)
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v += batch {
				var items [batch]int
				for i := range items {
					items[i] = v + i
				}
				ch <- items
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count / batch {
				items := <-ch
				for _, v := range items {
					sum += v
				}
			}
			return sum
		},
	}
}

// openRingInBatches takes the lock once for as many items as there are, or fit.
func openRingInBatches(capacity int) line {
	r := newRing(capacity, true)
	return line{
		put: func(ctx context.Context, from, to int) {
			var items [batch]int
			for v := from; v < to; v += batch {
				for i := range items {
					items[i] = v + i
				}
				if !r.putAll(ctx, items[:]) {
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			var items [batch]int
			for count > 0 {
				n := r.takeUpTo(ctx, items[:min(batch, count)])
				if n == 0 {
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

func (r *ring) putAll(ctx context.Context, items []int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(items) > 0 {
		if !r.wait(ctx, &r.notFull, func() bool { return r.length < len(r.items) }) {
			return false
		}
		n := min(len(items), len(r.items)-r.length)
		for _, v := range items[:n] {
			r.push(v)
		}
		items = items[n:]
		r.notEmpty.Broadcast()
	}
	return true
}

func (r *ring) takeUpTo(ctx context.Context, into []int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.wait(ctx, &r.notEmpty, func() bool { return r.length > 0 }) {
		return 0
	}
	n := min(len(into), r.length)
	for i := range n {
		into[i] = r.pop()
	}
	r.notFull.Broadcast()
	return n
}
