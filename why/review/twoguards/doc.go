// Package twoguards finds state that a goroutine behind a channel keeps as its own,
// and that others reach under a lock.
//
// Question 2, layers: state has one guard. Either one goroutine owns it, and the
// others send what they want done; or a lock guards it, and everyone takes that. The
// demon is the race condition: a lock keeps out only those who take it.
//
// WRONG
//
//	func (s *stats) loop() {
//		for e := range s.events {
//			s.count[e.kind]++ // its own, it believes
//		}
//	}
//
//	func (s *stats) Count(kind string) int {
//		s.mu.Lock()
//		defer s.mu.Unlock()
//		return s.count[kind] // while loop writes
//	}
//
// RIGHT: one guard. The goroutine takes the lock as well,
//
//	for e := range s.events {
//		s.mu.Lock()
//		s.count[e.kind]++
//		s.mu.Unlock()
//	}
//
// or the others ask the goroutine, and the lock goes away.
//
//	func (s *stats) Count(kind string) int {
//		reply := make(chan int, 1)
//		s.asks <- ask{kind, reply}
//		return <-reply
//	}
//
// FINE WHEN the two never meet: the state is filled before the goroutine starts, or
// read after it has been waited for. That is not reported.
//
// FOUND BY the code: a goroutine that receives in a loop, or an exported function that
// others are to start, reads or writes a field or variable without a lock, or writes to
// an object that it has received and that its sender keeps; another function does so
// under a lock that the goroutine never takes, and one of the two writes. trivet explain
// confirms it when in the recording the goroutine received and another took that lock.
// Also found: a go statement in a method of an actor of flow/actors whose goroutine
// writes to the actor, with no lock and nobody who waits for it. There the turn of the
// actor is the one guard, and the goroutine goes by none.
//
// SURE: high that there is no common guard. go test -race shows the two accesses when
// they meet.
package twoguards
