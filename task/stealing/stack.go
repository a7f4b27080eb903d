package stealing

import (
	"fmt"
	"sync/atomic"
)

// A Stack is what the body of a run gets beside its argument: the place where
// it forks. It belongs to the goroutine that runs the body and must not be used
// on another one, save as a context.
//
// A Stack is a context.Context. It is done when the run is cancelled. Given to
// [Run] as it is, it makes the new work a part of the same run.
type Stack[A, R any] struct {
	*worker

	// records are the arguments of the forks that are not joined yet, oldest
	// first. The first promoted of them have become tasks, which others may
	// take; the rest is known to this goroutine alone. No pointer into the
	// array ever leaves it, so it grows as any slice does.
	records  []A
	promoted int
	joined   int64         // forks that were joined or taken back, for Stats
	tasks    []*node[A, R] // of the promoted records
	body     func(*Stack[A, R], A) R
}

// Forked is a fork that has to be joined: the number of forks that were under
// way when it was made, itself included.
type Forked int

// window is how many forks [Stack.Room] keeps for others to take.
const window = 4

// minRecords is the first capacity of a stack, more than most recursions need.
const minRecords = 32

// Fork notes that the body is to be run with a, by whoever has time. The fork
// must be joined before the body returns, and after all forks that came later.
//
// The text is as short as it is so that the compiler inlines it: append is at
// the same time the growing of the stack, and ask, which is for somebody else's
// wish or the end of the run, has no type parameters.
func (s *Stack[A, R]) Fork(a A) Forked {
	s.records = append(s.records, a)
	if atomic.LoadUint32(&s.wanted) != 0 {
		s.ask()
	}
	return Forked(len(s.records))
}

// TakeBack takes the youngest fork back and reports true if nobody has taken
// it: then the caller runs it, by a plain call. Otherwise the caller must Join.
//
//	f := s.Fork(right)
//	x := body(s, left)
//	if s.TakeBack(f) {
//		return x + body(s, right)
//	}
//	return x + s.Join(f)
//
// is the fast form of
//
//	f := s.Fork(right)
//	return body(s, left) + s.Join(f)
func (s *Stack[A, R]) TakeBack(f Forked) bool {
	if int(f) != len(s.records) || int(f) <= s.promoted || atomic.LoadUint32(&s.wanted) != 0 {
		return false
	}
	s.records = s.records[:f-1]
	s.joined++
	return true
}

// Room reports whether another fork could be of use. There is none as long as
// nobody asks for work and four forks are there for whoever will. A body that
// asks before it forks, and makes plain calls when there is no room, needs no
// other cut-off; with [Stack.Wanted] the plain calls can come back to forking.
func (s *Stack[A, R]) Room() bool {
	return len(s.records)-s.promoted < window || atomic.LoadUint32(&s.wanted) != 0
}

// Join returns the result of a fork: that of the one who took it, or it runs
// the body itself. Forks are joined in the opposite order of forking; Join
// panics if this one was joined already.
//
// If the run was cancelled, or a body panicked somewhere else, Join does not
// return: it leaves the body by a panic that the run recovers.
func (s *Stack[A, R]) Join(f Forked) R {
	i := int(f) - 1
	if int(f) != len(s.records) || i < 0 {
		panic(fmt.Sprintf("stealing: Join of fork %d where %d are under way: each is joined once, the youngest first", f, len(s.records)))
	}
	s.joined++
	if i < s.promoted {
		return s.joinTask(i)
	}
	a := s.records[i]
	s.forget(i)
	if s.meter != nil {
		return measured(s, a)
	}
	if atomic.LoadUint32(&s.wanted) != 0 {
		s.ask()
	}
	return s.body(s, a)
}

// joinTask joins the youngest record, which is promoted; then all below are.
func (s *Stack[A, R]) joinTask(i int) R {
	n := s.pop(i)
	if s.takeBack(n) {
		s.check()
		return s.body(s, n.arg)
	}
	if !s.await(&n.task) || n.failed {
		s.leave()
	}
	return n.result
}

// Both runs the body with both arguments, at the same time if somebody helps,
// and returns both results.
func (s *Stack[A, R]) Both(a, b A) (x, y R) {
	f := s.Fork(b)
	x = s.body(s, a)
	if s.TakeBack(f) {
		return x, s.body(s, b)
	}
	return x, s.Join(f)
}

// Call runs the body with a.
func (s *Stack[A, R]) Call(a A) R { return s.body(s, a) }

// forget takes the record i off, the youngest, and what it holds on to.
func (s *Stack[A, R]) forget(i int) {
	var none A
	s.records[i] = none
	s.records = s.records[:i]
}

// pop returns the task of the record i, the youngest, which is promoted.
func (s *Stack[A, R]) pop(i int) *node[A, R] {
	n := s.tasks[i]
	s.tasks[i] = nil
	s.tasks = s.tasks[:i]
	s.promoted = i
	s.forget(i)
	return n
}

// unpublished and publish make a Stack a frame.

func (s *Stack[A, R]) unpublished() int { return len(s.records) - s.promoted }

// publish makes the oldest private record a task.
func (s *Stack[A, R]) publish() job {
	var none A
	n := &node[A, R]{body: s.body, arg: s.records[s.promoted]}
	s.records[s.promoted] = none
	s.tasks = append(s.tasks, n)
	s.promoted++
	return n
}

// abandon ends all forks, without running what can be taken back.
func (s *Stack[A, R]) abandon() {
	for s.promoted > 0 {
		n := s.pop(s.promoted - 1)
		s.joined++
		if !s.takeBack(n) {
			s.await(&n.task)
		}
	}
	s.joined += int64(len(s.records))
	clear(s.records)
	s.records = s.records[:0]
	s.report()
}

// report adds what the Stack has counted to what the worker has.
func (s *Stack[A, R]) report() {
	s.counts.forks.Add(s.joined)
	s.joined = 0
}

// A node is a record that others may take: a task with its argument and result.
type node[A, R any] struct {
	task
	body   func(*Stack[A, R], A) R
	arg    A
	result R
}

func (n *node[A, R]) run(w *worker) {
	s := enter(w, n.body)
	n.result = n.body(s, n.arg)
	s.exit()
}

// enter puts a Stack on top of those of the worker.
func enter[A, R any](w *worker, body func(*Stack[A, R], A) R) *Stack[A, R] {
	s, ok := w.spare.(*Stack[A, R])
	if ok {
		w.spare = nil
	} else {
		s = &Stack[A, R]{worker: w, records: make([]A, 0, minRecords)}
	}
	s.body = body
	w.frames = append(w.frames, s)
	return s
}

// exit takes the Stack off again, after its body has returned.
func (s *Stack[A, R]) exit() {
	if len(s.records) > 0 {
		panic(fmt.Sprintf("stealing: the body returned with %d forks that are not joined", len(s.records)))
	}
	s.report()
	clear(s.records[:cap(s.records)])
	s.worker.leaveFrame()
	s.worker.spare = s
}
