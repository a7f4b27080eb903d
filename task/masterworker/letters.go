package masterworker

import (
	"context"
	"time"
)

// Letter is a job that was put aside, with all that is known of why. It takes
// room in the master until it is dropped or tried again, or until Await has told
// somebody of it.
type Letter[In, Out any] struct {
	Key   string
	In    In
	Tries int
	Errs  []error // of the tries, the first and the last ones if there were many
	Since time.Time

	ticket Ticket[In, Out]
}

// Letters returns all dead letters, the oldest first. Hooks.DeadLetter tells when
// there is a new one.
func (m *Master[In, Out]) Letters() (all []Letter[In, Out]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for j := m.machine.dead.first; j != nil; j = j.next {
		all = append(all, Letter[In, Out]{
			Key: j.terms.Key, In: j.in, Tries: j.tries, Errs: append([]error(nil), j.errs...),
			Since: time.Unix(0, int64(j.since)), ticket: Ticket[In, Out]{m, j},
		})
	}
	return all
}

// Drop gives the job up for good.
func (l Letter[In, Out]) Drop(ctx context.Context) error {
	return l.take(ctx, func(m *machine[In, Out], j *job[In, Out], _ moment) { m.drop(j) })
}

// Retry gives the job all its tries again.
func (l Letter[In, Out]) Retry(ctx context.Context) error {
	return l.take(ctx, func(m *machine[In, Out], j *job[In, Out], now moment) { m.revive(now, j) })
}

// take does something with the letter. One that was taken before is left alone.
func (l Letter[In, Out]) take(ctx context.Context, do func(*machine[In, Out], *job[In, Out], moment)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m := l.ticket.master
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return err
	}
	do(m.machine, l.ticket.job, m.now())
	m.settleDown()
	return m.saved(ctx)
}
