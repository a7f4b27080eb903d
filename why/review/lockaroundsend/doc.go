// Package lockaroundsend finds locks that are held while a channel operation
// waits.
//
// Question 2, layers: a lock is for state that is free again in a moment, a
// channel waits for someone else for as long as it takes. The demon is the
// deadlock, when that someone needs the lock; else starvation.
//
// WRONG: if the receiver of events needs b.mu, neither goes on. If it does not,
// every other user of b waits for it all the same.
//
//	b.mu.Lock()
//	b.last = e
//	b.events <- e
//	b.mu.Unlock()
//
// RIGHT: change the state under the lock, and send after it.
//
//	b.mu.Lock()
//	b.last = e
//	b.mu.Unlock()
//	b.events <- e
//
// When the order of the values must be that of the lock, let one goroutine own the
// state and the sending. When a value may be lost, send in a select with default.
//
// FINE WHEN the send cannot wait: the channel has room for a value that is sent once,
// or a default; and when the lock does nothing but take turns at the channel.
//
// FOUND BY the code: every way to the operation has locked the mutex. The other side
// of the channel takes the same lock; or the channel has no buffer, and other
// functions take the lock for state; or values go to a whole list of receivers. The same
// for messages to actors of flow/actors: a Call under a lock that is a field or a package
// variable, and a Tell, which waits when the mailbox is full, when a method of an actor
// takes that lock. Such a circle is none that actors can refuse: they see no locks.
//
// SURE: high that the lock is held there. Where the other side takes the lock too,
// a deadlock only needs the right moment; elsewhere a recording tells who waits.
package lockaroundsend
