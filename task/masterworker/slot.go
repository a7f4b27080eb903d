package masterworker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
	"github.com/trivet-go/trivet/task/limit"
)

// A slot works on one job after the other.
type slot[In, Out any] struct {
	*crew[In, Out]
	try      *try[In, Out] // at the step
	replaced bool          // its try was lost, and another slot counts in its place
}

func (s *slot[In, Out]) run(ctx context.Context) error {
	var buf [1]Assignment[In]
	for !s.retire() {
		n, err := s.pull(buf[:])
		if err != nil {
			return s.endOf(ctx, err)
		}
		if n > 0 {
			s.work(ctx, buf[0])
		}
		if s.replaced {
			return nil
		}
		clear(buf[:])
	}
	return nil
}

// pull asks for a job. If the answer does not come, it asks again for the same.
func (s *slot[In, Out]) pull(buf []Assignment[In]) (n int, err error) {
	ask := Pull{Worker: s.Name, Ask: newNumber()}
	err = s.persist(s.pulling, func() (err error) {
		n, err = s.link.Pull(s.pulling, ask, buf)
		ask.Again = true
		return err
	})
	return n, err
}

// work tries a job once and reports.
func (s *slot[In, Out]) work(ctx context.Context, a Assignment[In]) {
	t := s.open(ctx, a)
	s.try = t
	out, err := s.call(t, a)
	s.try = nil
	o := Outcome[Out]{Token: a.Token, Out: out, Err: err}
	switch {
	case err == nil:
	case t.cause() == ErrTimeout:
		o.Err = fmt.Errorf("%w: %w", ErrTimeout, err)
	case ctx.Err() != nil: // says nothing about the job
		o.Err, o.GaveBack = nil, true
	default:
		o.Permanent = isPermanent(err)
	}
	s.report(ctx, t, o)
	s.finish(t)
}

// open notes a try, which is named in heartbeats from now on.
func (s *slot[In, Out]) open(ctx context.Context, a Assignment[In]) *try[In, Out] {
	t := &try[In, Out]{crew: s.crew, info: Try{Key: a.Terms.Key, Number: a.Try, Token: a.Token}}
	t.Context, t.cancel = context.WithCancelCause(ctx)
	t.until = time.Now().Add(s.welcome.Lease)
	if s.welcome.Timeout > 0 {
		t.timer = time.AfterFunc(s.welcome.Timeout, func() { t.cancel(ErrTimeout) })
	}
	s.mu.Lock()
	s.tries[a.Token] = t
	s.mu.Unlock()
	return t
}

// finish takes a try out.
func (s *slot[In, Out]) finish(t *try[In, Out]) {
	if t.timer != nil {
		t.timer.Stop()
	}
	t.cancel(context.Canceled)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, t.info.Token)
	s.replaced = t.lost
}

// call turns a panic of the step into an error.
func (s *slot[In, Out]) call(t *try[In, Out], a Assignment[In]) (out Out, err error) {
	if a.Bad != nil {
		return out, Permanent(a.Bad)
	}
	returned := false
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				err = spawn.Failure(v)
			}
		}
	}()
	out, err = s.step(t, a.In)
	returned = true
	return out, err
}

// report tells the master, as long as the lease lasts. A worker that has to stop
// tells it once.
func (s *slot[In, Out]) report(ctx context.Context, t *try[In, Out], o Outcome[Out]) {
	tell := func() error {
		if s.isLost(t) {
			return ErrLate
		}
		return s.link.Report(ctx, o)
	}
	var err error
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastWord)
		defer cancel()
		err = tell()
	} else {
		err = s.persist(ctx, tell)
	}
	if err != nil && s.hooks.ItemError != nil {
		s.hooks.ItemError(trivet.ItemErrorInfo{Name: s.Name, Err: err})
	}
}

func (s *slot[In, Out]) isLost(t *try[In, Out]) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.lost
}

// end is called when run has returned, or could not because the step has ended
// its goroutine. That is the fault of the job: another slot takes the place.
func (s *slot[In, Out]) end(err error) error {
	if t := s.try; t != nil && errors.Is(err, trivet.ErrGoexit) {
		err = nil
		s.report(s.group.Context(), t, Outcome[Out]{Token: t.info.Token, Err: trivet.ErrGoexit})
		if s.finish(t); !s.replaced {
			s.hire()
		}
	}
	if err == nil && !s.replaced { // an error ends the worker by itself
		s.leave()
	}
	return err
}

// A try is the context of a step at work. It is a limit.Lender: a step that
// waits for a job of the same master lends its slot.
type try[In, Out any] struct {
	context.Context
	cancel context.CancelCauseFunc
	crew   *crew[In, Out]
	info   Try
	timer  *time.Timer

	done, total atomic.Int64

	until time.Time // the end of the lease by our own clock; guarded by the mutex of the crew, as is lost
	lost  bool
}

// Try is what a step can know of the try that it is.
type Try struct {
	Key    string // of the job
	Number int    // 1 for the first
	Token  Token  // the fencing token: what it writes elsewhere can be guarded by it
}

type tryKey struct{}

// Value is that of the step's context.
func (t *try[In, Out]) Value(key any) any {
	if key == (tryKey{}) || key == (limit.LenderKey{}) {
		return t
	}
	return t.Context.Value(key)
}

func (t *try[In, Out]) cause() error { return context.Cause(t.Context) }

// Lend lets another slot work while the step waits.
func (t *try[In, Out]) Lend() { t.crew.hire() }

// TakeBack ends a Lend. The step goes on at once, and the next slot that comes to
// the end of a job ends instead.
func (t *try[In, Out]) TakeBack() {
	t.crew.mu.Lock()
	t.crew.surplus++
	t.crew.mu.Unlock()
}

func (t *try[In, Out]) get() Try { return t.info }

func (t *try[In, Out]) progress(done, total int64) {
	t.done.Store(done)
	t.total.Store(total)
}

// TryOf returns which try the step that got ctx is; ok is false elsewhere.
func TryOf(ctx context.Context) (t Try, ok bool) {
	if v, found := ctx.Value(tryKey{}).(interface{ get() Try }); found {
		return v.get(), true
	}
	return t, false
}

// Progress tells the master, with the next heartbeat, how far the step that got
// ctx is: done of total, in units of its own; total is 0 if it is not known.
func Progress(ctx context.Context, done, total int64) {
	if t, ok := ctx.Value(tryKey{}).(interface{ progress(done, total int64) }); ok {
		t.progress(done, total)
	}
}
