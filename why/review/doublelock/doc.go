// Package doublelock finds functions that lock what they, or their caller, hold
// already.
//
// Question 2, layers: each method guards itself, and one calls the other. The demon
// is the deadlock: a sync.Mutex knows no owner, so the second Lock waits for the
// first to end, which waits for the second.
//
// WRONG
//
//	func (c *Cache) Put(k string, v []byte) {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		if c.Len() >= c.max {
//			c.evict()
//		}
//		c.m[k] = v
//	}
//
//	func (c *Cache) Len() int {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return len(c.m)
//	}
//
// RIGHT: methods for users lock, those they share the work with are called locked.
//
//	func (c *Cache) Len() int {
//		c.mu.Lock()
//		defer c.mu.Unlock()
//		return c.lenLocked()
//	}
//
//	func (c *Cache) lenLocked() int { return len(c.m) }
//
// Two read locks of one RWMutex in one goroutine are the same flaw: a writer that
// comes between them waits for the first, and the second waits for the writer.
//
// FINE WHEN the two are locks of different objects, or the inner function locks only
// on some ways. Neither is reported.
//
// FOUND BY the code: every way to the call holds the lock, and every way through the
// called function, three calls deep, takes the same one: the same field of the same
// object, by the path that leads to it.
//
// SURE: high. For two read locks: high that they nest; the writer has to come between.
package doublelock
