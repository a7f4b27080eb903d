package limit

import (
	"context"
	"sync"
	"time"
)

// A Lender holds a part of a limit for work that may have to wait for other
// work below the same limit. Whoever waits on behalf of the work finds it in
// the context, and lets it lend that part meanwhile.
type Lender interface {
	Lend()     // gives back what is held, until TakeBack; may be called again inside
	TakeBack() // waits for it, before others that wait; without it when the context is done
}

// LenderKey is the key of a context's Lender.
type LenderKey struct{}

// LenderOf returns the innermost Lender that ctx belongs to, or nil.
func LenderOf(ctx context.Context) Lender {
	l, _ := ctx.Value(LenderKey{}).(Lender)
	return l
}

// Held is a part of a limit that was acquired for one piece of work, and the
// context of that work. It is a Lender.
type Held struct {
	context.Context
	limit  *Limit
	weight int

	mu        sync.Mutex // held for a few instructions
	lends     int        // waits under way for which it is lent
	returning bool       // it is being taken back
	lost      bool       // it could not be: the context was done
	over      bool       // the work is
}

// Hold makes a Held of a weight that has been acquired. End gives it back.
func (l *Limit) Hold(ctx context.Context, weight int) *Held {
	return &Held{Context: ctx, limit: l, weight: weight}
}

// Value is that of the context of the work.
func (h *Held) Value(key any) any {
	if key == (LenderKey{}) {
		return h
	}
	return h.Context.Value(key)
}

// Lend gives the weight back for a while.
func (h *Held) Lend() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	if h.lends++; h.lends == 1 && !h.returning && !h.lost {
		h.limit.Release(h.weight)
	}
}

// TakeBack ends a Lend.
func (h *Held) TakeBack() {
	h.mu.Lock()
	if h.over {
		h.mu.Unlock()
		return
	}
	h.lends--
	if h.lends > 0 || h.returning || h.lost {
		h.mu.Unlock()
		return
	}
	h.returning = true
	h.mu.Unlock()

	err := h.limit.AcquireFirst(h.Context, h.weight)

	h.mu.Lock()
	defer h.mu.Unlock()
	h.returning = false
	switch {
	case err != nil:
		h.lost = true
	case h.over || h.lends > 0: // meanwhile
		h.limit.Release(h.weight)
	}
}

// End ends the work: it gives back what is not lent, and tells a limit that
// adapts how the work went, as [Limit.Done] does. took is 0 if it is unknown.
func (h *Held) End(took time.Duration, overloaded bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	switch {
	case h.lends > 0 || h.returning || h.lost:
	case took > 0:
		h.limit.Done(h.weight, took, overloaded)
	default:
		h.limit.Release(h.weight)
	}
}
