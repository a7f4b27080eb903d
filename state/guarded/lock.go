package guarded

import (
	"context"

	"github.com/trivet-go/trivet/internal/park"
)

// A lock is what a Value is behind. It is a type of its own because the
// compiler inlines methods of generic types less, and so that the locks of values
// of different types can stand in one slice.
type lock struct {
	gate    park.Gate
	watched bool  // the use began while Debug was on; guarded by gate
	users   users // who is inside, if watched
}

// A use that need not wait costs two compare-and-swaps, those of sync.Mutex:
//
//	if !l.tryEnter() {
//		l.enter()
//	}
//	defer l.leave()
//
// tryEnter and leave are inlined there; leave is as long as it may be for that.
func (l *lock) tryEnter() bool { return !Debug.Load() && l.gate.TryEnter() }

func (l *lock) enter() {
	l.enterContext(context.Background()) // never done, so there is no error
}

// enterNow enters if nobody has to be waited for.
func (l *lock) enterNow() bool {
	if !l.gate.TryEnter() {
		return false
	}
	if Debug.Load() {
		l.watched = true
		l.users.add()
	}
	return true
}

func (l *lock) enterContext(ctx context.Context) error {
	watch := Debug.Load()
	if watch {
		l.users.check()
	}
	if err := l.gate.Enter(ctx); err != nil {
		return err
	}
	if watch {
		l.watched = true
		l.users.add()
	}
	return nil
}

// leave goes by watched, not by Debug, which may have changed meanwhile.
func (l *lock) leave() {
	if l.watched || !l.gate.TryLeave() {
		l.leaveSlowly()
	}
}

//go:noinline
func (l *lock) leaveSlowly() {
	if l.watched {
		l.watched = false
		l.users.remove()
	}
	l.gate.Leave()
}
