package actors

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
)

// counts are what a kind in a system counts.
type counts struct {
	handled  atomic.Int64
	expired  atomic.Int64
	letters  atomic.Int64
	restarts atomic.Int64
	overflow [trivet.Divert + 1]atomic.Int64
}

// opCounts are samples of one method.
type opCounts struct {
	samples atomic.Int64
	wait    atomic.Int64 // in the mailbox, all samples together, in nanoseconds
	work    atomic.Int64 // in the method
	short   atomic.Bool  // the last sample took shortMethod at most
}

func (h *home) count(policy trivet.Overflow) {
	h.overflow[policy].Add(1)
	if h.sys.hooks.Drop != nil {
		h.sys.hooks.Drop(trivet.DropInfo{Name: h.kind.name, Policy: policy, Count: 1})
	}
}

// tellHandled tells of the messages that the turn has handled.
func (t *turn) tellHandled() {
	if t.handled > 0 {
		t.cell.home.handled.Add(t.handled)
		t.handled = 0
	}
}

// measured notes the times of a message whose method began at begin.
func (t *turn) measured(m *message, begin int64) {
	i := m.op.about().index
	if i >= len(t.cell.home.ops) {
		return // it was declared when the kind was in use already
	}
	o := &t.cell.home.ops[i]
	o.samples.Add(1)
	o.wait.Add(begin - m.sent)
	work := t.sys.now() - begin
	o.work.Add(work)
	if short := work <= int64(shortMethod); short != o.short.Load() {
		o.short.Store(short)
	}
}

// isShort reports whether a method is known to be short.
func (h *home) isShort(op opcode) bool {
	i := op.about().index
	return i < len(h.ops) && h.ops[i].short.Load()
}

// sampleQueue tells how long the mailbox was before the hand was filled.
func (t *turn) sampleQueue() {
	if h := t.cell.home; t.sys.hooks.Queue != nil {
		t.sys.hooks.Queue(trivet.QueueInfo{Name: h.kind.name, Depth: t.left + t.n, Limit: h.mailbox})
	}
}

// Stats are the counts of a system.
type Stats struct {
	Actors      int   // that have not ended
	Handled     int64 // messages whose methods have returned
	Expired     int64 // messages dropped because their deadline had passed
	DeadLetters int64
	Restarts    int64
	Dropped     int64 // messages that did not fit, whatever became of them: see Traits.Overflow

	Ops []OpStats // by kind and method
}

// OpStats say where the time of one method's messages goes. They are samples: one
// message in 256 is measured, and the first of a kind.
type OpStats struct {
	Kind, Op string
	Samples  int64
	Wait     time.Duration // in the mailbox, on average
	Work     time.Duration // in the method, on average
}

// Stats returns the counts so far. Messages that were handled are counted when the
// goroutine that did so lets others go first, which is now and then, or ends.
func (s *System) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := Stats{Actors: s.actors}
	for _, h := range s.homes {
		all.Handled += h.handled.Load()
		all.Expired += h.expired.Load()
		all.DeadLetters += h.letters.Load()
		all.Restarts += h.restarts.Load()
		for i := range h.overflow {
			all.Dropped += h.overflow[i].Load()
		}
		for i, op := range h.kind.declared()[:len(h.ops)] {
			o := OpStats{Kind: h.kind.name, Op: op.about().name, Samples: h.ops[i].samples.Load()}
			if o.Samples > 0 {
				o.Wait = time.Duration(h.ops[i].wait.Load() / o.Samples)
				o.Work = time.Duration(h.ops[i].work.Load() / o.Samples)
			}
			all.Ops = append(all.Ops, o)
		}
	}
	slices.SortFunc(all.Ops, func(a, b OpStats) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Op, b.Op))
	})
	return all
}

// A Mailbox is how many messages wait for an actor.
type Mailbox struct {
	Who   string
	Waits int
	Limit int
}

// Longest lists the n longest mailboxes, the longest first.
func (s *System) Longest(n int) (all []Mailbox) {
	for _, c := range s.everybody() {
		c.mu.Lock()
		waits := 0
		if c.box != nil {
			waits = c.box.n
		}
		c.mu.Unlock()
		if waits > 0 {
			all = append(all, Mailbox{Who: c.name(), Waits: waits, Limit: c.home.mailbox})
		}
	}
	slices.SortFunc(all, func(a, b Mailbox) int {
		return cmp.Or(cmp.Compare(b.Waits, a.Waits), cmp.Compare(a.Who, b.Who))
	})
	return all[:min(n, len(all))]
}
