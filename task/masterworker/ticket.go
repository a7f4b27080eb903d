package masterworker

import (
	"context"

	"github.com/trivet-go/trivet/task/limit"
)

// Ticket stands for a job that was submitted. It can be copied.
type Ticket[In, Out any] struct {
	master *Master[In, Out]
	job    *job[In, Out]
}

// Key returns the key under which the job was submitted.
func (t Ticket[In, Out]) Key() string { return t.job.terms.Key }

// Await waits until the job is settled and returns its result: once it has
// returned one, that is the result for good, also after a restart. The error is a
// [*DeadError] if the job was put aside, and its letter is taken then;
// [ErrCancelled]; [ErrClosed]; or the cause of ctx. A step that awaits a job
// lends its slot.
func (t Ticket[In, Out]) Await(ctx context.Context) (out Out, err error) {
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	for settled := false; !settled; { // a dead one may be tried again meanwhile
		if !t.look() {
			if err := t.wait(ctx); err != nil {
				return out, err
			}
		}
		if err := t.master.saved(ctx); err != nil {
			return out, err
		}
		out, settled, err = t.outcome()
	}
	return out, err
}

func (t Ticket[In, Out]) wait(ctx context.Context) error {
	if l := limit.LenderOf(ctx); l != nil {
		l.Lend()
		defer l.TakeBack()
	}
	return t.job.line.Wait(ctx, t.look)
}

// look reports whether there is nothing to wait for.
func (t Ticket[In, Out]) look() bool {
	t.master.mu.Lock()
	defer t.master.mu.Unlock()
	return t.job.state.settled() || t.master.closed != nil
}

// outcome is that of a job that is settled, or of a master that is closed.
func (t Ticket[In, Out]) outcome() (out Out, settled bool, err error) {
	m, j := t.master, t.job
	m.mu.Lock()
	switch {
	case j.state == Done:
		out = j.out
	case j.state == Dead:
		err = &DeadError{Key: j.terms.Key, Tries: j.tries, Errs: j.errs}
		if m.closed == nil {
			m.machine.drop(j)
		}
	case j.state == Cancelled:
		err = ErrCancelled
	default:
		err = m.closed
	}
	settled = j.state.settled() || err != nil
	m.settleDown()
	return out, settled, err
}

// Cancel takes the job out: a step that works on it is told, and what it reports
// is ignored. It returns when the journal has it. A job that is settled already
// stays as it is, which is no error.
func (t Ticket[In, Out]) Cancel(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := t.cancel(); err != nil {
		return err
	}
	return t.master.saved(ctx)
}

func (t Ticket[In, Out]) cancel() error {
	m := t.master
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return err
	}
	m.machine.cancel(m.now(), t.job)
	m.settleDown()
	return nil
}

// Status is what is known of a job at a time.
type Status struct {
	State       State
	Tries       int    // leases it has got
	Worker      string // that has it, if Leased
	Done, Total int64  // as the step has told by [Progress]
	Errs        []error
}

// Status returns what is known of the job now.
func (t Ticket[In, Out]) Status() Status {
	t.master.mu.Lock()
	defer t.master.mu.Unlock()
	j := t.job
	s := Status{State: j.state, Tries: j.tries, Done: j.done, Total: j.total, Errs: append([]error(nil), j.errs...)}
	if j.worker != nil {
		s.Worker = j.worker.name
	}
	return s
}
