// Package channelasmutex finds channels that do nothing but guard a few
// nanoseconds of work.
//
// Question 1, selection: a channel is for handing over or for waiting with a way
// out; to guard a counter, a mutex or an atomic is right. No demon, only waste: a
// channel takes several times as long as an uncontended mutex, and more when many
// come at once.
//
// WRONG
//
//	c.turn <- struct{}{}
//	c.n++
//	<-c.turn
//
// RIGHT
//
//	c.mu.Lock()
//	c.n++
//	c.mu.Unlock()
//
// For one number an atomic is enough.
//
// FINE WHEN somebody who waits must be able to give up, by a select with a context,
// or when the room counts how many may enter. Neither is reported.
//
// FOUND BY the code: the channel has room for one value that carries nothing, it is
// always filled and emptied by the same function, never in a select, and what lies
// between has no loop, no wait, and no call of anything larger.
//
// SURE: high that a mutex does the same. What it saves is a matter of how often it
// happens; a recording or a profile tells.
package channelasmutex
