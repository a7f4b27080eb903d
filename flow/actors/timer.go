package actors

import (
	"context"
	"errors"
	"time"
)

// A Timer is a message to come.
type Timer struct {
	cell *cell
	stop func() bool
}

// After sends the actor of c a message when d has passed. It comes before those
// in the mailbox, and cannot be lost but with the state that it belongs to: a
// timer ends when the actor fails, begins anew or ends. It panics if the method is
// of another kind than the actor.
func (op *Op[S, Q, R]) After(c *Context, d time.Duration, q Q) *Timer {
	op.mustBe(c, "After")
	me, lives := c.cell, c.cell.lives
	m := op.message(q)
	me.mu.Lock()
	mine := me.extras()
	me.mu.Unlock()
	if mine.timers == nil {
		mine.timers = map[*Timer]struct{}{}
	}
	timer := &Timer{cell: me}
	mine.timers[timer] = struct{}{}
	timer.stop = c.sys.world.after(d, func() {
		me.urge(func(t *turn) {
			if _, on := me.more.timers[timer]; on && me.lives == lives {
				delete(me.more.timers, timer)
				t.serveSingle(m)
			}
		})
	})
	return timer
}

// Stop ends a timer of the actor of c: its message does not come any more.
func (t *Timer) Stop(c *Context) {
	if c.cell != t.cell {
		panic("actors: Stop of another actor's timer")
	}
	t.stop()
	delete(t.cell.more.timers, t)
}

// Go sends a message and does not wait for the answer: that is handed to then on
// a later turn of the actor of c, when no other message is being handled. When
// the deadline of ctx passes before, then gets an [*Error] of that. ctx is c or was
// made from it.
//
// An error means that nothing was sent. Like timers, answers under way end with
// the state of the actor. There can be as many as its mailbox holds messages;
// beyond that the error is ErrFull.
func (op *Op[S, Q, R]) Go(ctx context.Context, to Ref[S], q Q, then func(*Context, R, error)) error {
	c := contextOf(ctx)
	switch {
	case c == nil:
		return errors.New("actors: Go is for actors: use Call, or Tell")
	case to.cell == nil:
		return errNoRef
	case ctx.Err() != nil:
		return failed(to.cell, op, context.Cause(ctx))
	}
	to.cell = to.cell.seenBy(c)
	me, s := c.cell, c.sys
	me.mu.Lock()
	mine := me.extras()
	me.mu.Unlock()
	if mine.asked >= me.home.mailbox {
		return failed(to.cell, op, ErrFull)
	}
	lives := me.lives
	resume := func(r R, err error) {
		me.urge(func(t *turn) {
			if me.lives == lives {
				mine.asked--
				t.does(continuing)
				then(t.Context, r, err)
				if me.g != nil {
					if err := t.keep(); err != nil {
						t.toldInVain(err)
					}
				}
				t.returned()
				t.release()
			}
		})
	}
	k := s.newCall(to.cell)
	stop := func() bool { return true }
	k.then = func(k *call) {
		stop()
		r, err := unpack[R](op.out, &k.payload), k.err
		s.freeCall(k)
		resume(r, err)
	}
	if at, ok := ctx.Deadline(); ok {
		use := k.word.Load()
		stop = s.world.after(at.Sub(c.Now()), func() {
			number := k.number.Load()
			if k.word.CompareAndSwap(use, use|abandoned) {
				err := error(context.DeadlineExceeded)
				if a := s.remote.takeQuestion(number); a != nil {
					err = s.late(a, err)
					s.freeCall(k)
				}
				var none R
				resume(none, failed(to.cell, op, err))
			}
		})
	}
	mine.asked++
	err := op.send(ctx, to.cell, q, k)
	if err == nil || !k.settle(abandoned) { // sent, or too late: then is told, or has been
		return nil
	}
	stop()
	mine.asked--
	s.freeCall(k)
	return err
}
