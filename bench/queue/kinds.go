package queue

import (
	"context"
	"runtime"
	"sync"

	"github.com/bytedance/gopkg/collection/lscq"
	"github.com/eapache/channels"
	"github.com/puzpuzpuz/xsync/v4"
	"github.com/smallnest/chanx"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// What references do not give.
const (
	noContext = "takes no context"
	spins     = "spins"
	boundless = "unbounded"
)

// selecting is the idiom that a queue with a context replaces.
const selecting = "Go channel, select on ctx.Done"

// kinds is every queue that hands over one item at a time.
func kinds() []kind {
	return append(ours(),
		kind{who: selecting, role: contest.Rival, open: openSelecting},
		kind{who: "mutex and conditions, AfterFunc", role: contest.Rival, open: openRingAfterFunc},
		kind{who: "mutex and conditions", role: contest.Reference, note: noContext, open: openRing},
		kind{who: "Go channel", role: contest.Reference, note: noContext, open: openChannel},
		kind{who: "xsync.MPMCQueue, Gosched", role: contest.Reference, note: spins, open: openMPMC},
		kind{who: "xsync.SPSCQueue, Gosched", role: contest.Reference, note: spins, oneProducer: true, oneConsumer: true, open: openSPSC},
		kind{who: "xsync.UMPSCQueue", role: contest.Reference, note: boundless, oneConsumer: true, unbounded: true, open: openUMPSC},
		kind{who: "lscq, Gosched", role: contest.Reference, note: spins + ", " + boundless, unbounded: true, open: openLSCQ},
		kind{who: "eapache NativeChannel", role: contest.Reference, note: noContext, open: openNative},
		kind{who: "chanx", role: contest.Reference, note: boundless, unbounded: true, open: openChanx},
	)
}

func openChannel(capacity int) line {
	ch := make(chan int, capacity)
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				ch <- v
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				sum += <-ch
			}
			return sum
		},
	}
}

func openSelecting(capacity int) line {
	ch := make(chan int, capacity)
	return line{
		put: func(ctx context.Context, from, to int) {
			for v := from; v < to; v++ {
				select {
				case ch <- v:
				case <-ctx.Done():
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			for range count {
				select {
				case v := <-ch:
					sum += v
				case <-ctx.Done():
					return sum
				}
			}
			return sum
		},
	}
}

// openMPMC yields while it cannot go on, as its documentation has the user do.
func openMPMC(capacity int) line {
	q := xsync.NewMPMCQueue[int](capacity)
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				for !q.TryEnqueue(v) {
					runtime.Gosched()
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			for range count {
				v, ok := q.TryDequeue()
				for !ok {
					if ctx.Err() != nil {
						return sum
					}
					runtime.Gosched()
					v, ok = q.TryDequeue()
				}
				sum += v
			}
			return sum
		},
	}
}

func openSPSC(capacity int) line {
	q := xsync.NewSPSCQueue[int](capacity)
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				for !q.TryEnqueue(v) {
					runtime.Gosched()
				}
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				v, ok := q.TryDequeue()
				for !ok {
					runtime.Gosched()
					v, ok = q.TryDequeue()
				}
				sum += v
			}
			return sum
		},
	}
}

func openUMPSC(int) line {
	q := xsync.NewUMPSCQueue[int]()
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				q.Enqueue(v)
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				sum += q.Dequeue()
			}
			return sum
		},
	}
}

func openLSCQ(int) line {
	q := lscq.NewUint64()
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				q.Enqueue(uint64(v))
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				v, ok := q.Dequeue()
				for !ok {
					runtime.Gosched()
					v, ok = q.Dequeue()
				}
				sum += int(v)
			}
			return sum
		},
	}
}

func openNative(capacity int) line {
	ch := channels.NewNativeChannel(channels.BufferCap(capacity))
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				ch.In() <- v
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				sum += (<-ch.Out()).(int)
			}
			return sum
		},
	}
}

func openChanx(capacity int) line {
	ctx, cancel := context.WithCancel(context.Background())
	ch := chanx.NewUnboundedChan[int](ctx, capacity)
	return line{
		put: func(_ context.Context, from, to int) {
			for v := from; v < to; v++ {
				ch.In <- v
			}
		},
		take: func(_ context.Context, count int) (sum int) {
			for range count {
				sum += <-ch.Out
			}
			return sum
		},
		close: func() {
			close(ch.In)
			for range ch.Out { // its goroutine ends after the last item
			}
			cancel()
		},
	}
}

// ring is the queue of textbooks: a lock, a condition for each side, a buffer.
type ring struct {
	mu              sync.Mutex
	notEmpty        sync.Cond
	notFull         sync.Cond
	items           []int
	head, length    int
	wakeWhenContext bool // waiters end with their context
}

func newRing(capacity int, wakeWhenContext bool) *ring {
	r := &ring{items: make([]int, capacity), wakeWhenContext: wakeWhenContext}
	r.notEmpty.L, r.notFull.L = &r.mu, &r.mu
	return r
}

func openRing(capacity int) line          { return newRing(capacity, false).line() }
func openRingAfterFunc(capacity int) line { return newRing(capacity, true).line() }

func (r *ring) line() line {
	return line{
		put: func(ctx context.Context, from, to int) {
			for v := from; v < to; v++ {
				if !r.put(ctx, v) {
					return
				}
			}
		},
		take: func(ctx context.Context, count int) (sum int) {
			for range count {
				v, ok := r.take(ctx)
				if !ok {
					return sum
				}
				sum += v
			}
			return sum
		},
	}
}

func (r *ring) put(ctx context.Context, v int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.wait(ctx, &r.notFull, func() bool { return r.length < len(r.items) }) {
		return false
	}
	r.push(v)
	r.notEmpty.Signal()
	return true
}

func (r *ring) take(ctx context.Context) (int, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.wait(ctx, &r.notEmpty, func() bool { return r.length > 0 }) {
		return 0, false
	}
	v := r.pop()
	r.notFull.Signal()
	return v, true
}

func (r *ring) push(v int) {
	tail := r.head + r.length
	if tail >= len(r.items) {
		tail -= len(r.items)
	}
	r.items[tail] = v
	r.length++
}

func (r *ring) pop() int {
	v := r.items[r.head]
	if r.head++; r.head == len(r.items) {
		r.head = 0
	}
	r.length--
	return v
}

// wait waits for cond until ready, or for the end of ctx as the documentation of
// context.AfterFunc shows.
func (r *ring) wait(ctx context.Context, cond *sync.Cond, ready func() bool) bool {
	if r.wakeWhenContext && ctx.Err() != nil {
		return false
	}
	if ready() {
		return true
	}
	if r.wakeWhenContext {
		stop := context.AfterFunc(ctx, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			cond.Broadcast()
		})
		defer stop()
	}
	for !ready() {
		if r.wakeWhenContext && ctx.Err() != nil {
			return false
		}
		cond.Wait()
	}
	return true
}
