package scatter

import "sync/atomic"

// A budget lets the calls of one Replicas make some extra requests. Each call
// pays in a part of a request, each extra request costs a whole one: a token
// bucket that is filled by calls instead of time, as in the retry budgets of
// Finagle and gRPC (proposal A6). So the load grows by the stated part at
// most, also when everything has become slow.
type budget struct {
	each  int64        // parts of a request that a call pays in
	parts atomic.Int64 // in the bucket
}

const (
	request = 1000         // the parts of one request
	most    = 10 * request // that the bucket holds
)

func newBudget(share float64) *budget {
	b := &budget{each: int64(share*request + 0.5)}
	b.parts.Store(request) // the first slow call need not wait for its share
	return b
}

func (b *budget) payIn() {
	if b.parts.Load() < most { // by a few calls too much at most
		b.parts.Add(b.each)
	}
}

// spend takes a request out of the bucket, if there is one.
func (b *budget) spend() bool {
	for {
		have := b.parts.Load()
		if have < request {
			return false
		}
		if b.parts.CompareAndSwap(have, have-request) {
			return true
		}
	}
}
