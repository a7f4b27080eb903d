package masterworker

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Stats are the counts of a master. At any time Accepted is the sum of Queued,
// Leased, Failed, Done, Dead and Cancelled.
type Stats struct {
	Accepted int64 // jobs that came in, and those that the journal had

	Queued, Leased, Failed int   // jobs in these states
	Done, Dead, Cancelled  int64 // jobs that have got there; a dead one that is tried again is Queued

	Letters int   // dead ones that nobody has taken
	Tries   int64 // tries that failed
	Lost    int64 // leases of workers that were not heard of in time
	Late    int64 // reports that came after their lease was over, or a second time

	Workers []WorkerStats // those that have not left, by name
}

// WorkerStats are what is known of a worker.
type WorkerStats struct {
	Name   string
	Holds  int           // jobs that it has
	Silent time.Duration // since it was heard of
}

// Stats returns the counts now.
func (m *Master[In, Out]) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats()
}

func (m *Master[In, Out]) stats() Stats {
	c := m.machine
	s := Stats{
		Accepted: c.counts.accepted,
		Queued:   int(c.in[Queued]), Leased: int(c.in[Leased]), Failed: int(c.in[Failed]),
		Done: c.in[Done], Dead: c.in[Dead], Cancelled: c.in[Cancelled],
		Letters: c.dead.n, Tries: c.counts.tries, Lost: c.counts.lost, Late: c.counts.late,
	}
	now := m.now()
	for _, w := range c.workers {
		if w.gone {
			continue
		}
		s.Workers = append(s.Workers, WorkerStats{Name: w.name, Holds: w.holds, Silent: time.Duration(now - w.seen)})
	}
	slices.SortFunc(s.Workers, func(a, b WorkerStats) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Report is how a master ended.
type Report[In any] struct {
	Stats

	// Left are the jobs that are not settled, the oldest first: none if Drain
	// came to its end. A journal still has them.
	Left []Left[In]
}

// Left is a job that was not settled.
type Left[In any] struct {
	Terms Terms
	In    In
	State State // a step may have begun with a job that is Leased, or has Tries
	Tries int
	Errs  []error
}

// Drain takes no more jobs in, waits until all that are inside are settled, and
// closes the master: workers end. If ctx is done first, it closes the master
// then, and returns the cause; the report has what is left.
func (m *Master[In, Out]) Drain(ctx context.Context) (Report[In], error) {
	m.mu.Lock()
	m.draining = true
	m.mu.Unlock()
	m.room.WakeAll()
	err := m.idle.Wait(ctx, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.closed != nil || m.machine.unfinished() == 0
	})
	m.mu.Lock()
	why, before := ErrClosed, m.closed
	if m.machine.unfinished() == 0 {
		why = ErrDrained
	}
	m.shut(why)
	m.mu.Unlock()
	closed := m.Close()
	switch {
	case err != nil:
		return m.report(), err
	case before != nil && before != ErrDrained:
		return m.report(), before
	}
	return m.report(), closed
}

func (m *Master[In, Out]) report() Report[In] {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Report[In]{Stats: m.stats()}
	var left []*job[In, Out]
	m.machine.eachUnsettled(func(j *job[In, Out]) { left = append(left, j) })
	slices.SortFunc(left, func(a, b *job[In, Out]) int { return int(a.id) - int(b.id) })
	for _, j := range left {
		r.Left = append(r.Left, Left[In]{Terms: j.terms, In: j.in, State: j.state, Tries: j.tries, Errs: append([]error(nil), j.errs...)})
	}
	return r
}
