// Package endlessgoroutine finds constructors that start a goroutine which no one
// can end.
//
// Question 3, limits: does everything that starts also end? The demon is the leak:
// the goroutine keeps the object alive, and its timer keeps waking it, after the last
// user has gone.
//
// WRONG
//
//	func NewCache() *Cache {
//		c := &Cache{m: map[string]entry{}}
//		go func() {
//			for {
//				time.Sleep(time.Minute)
//				c.purge()
//			}
//		}()
//		return c
//	}
//
// RIGHT: a way to end it, here a context; a Close method that closes a channel does
// as well.
//
//	func NewCache(ctx context.Context) *Cache {
//		c := &Cache{m: map[string]entry{}}
//		go func() {
//			tick := time.NewTicker(time.Minute)
//			defer tick.Stop()
//			for {
//				select {
//				case <-tick.C:
//					c.purge()
//				case <-ctx.Done():
//					return
//				}
//			}
//		}()
//		return c
//	}
//
// FINE WHEN there is one such object as long as the process lives. In package main,
// and for what is made while a package is initialized, nothing is reported.
//
// FOUND BY the code: a function that returns a pointer starts a goroutine on the same
// object, and that goroutine sleeps or ticks in a loop that has no way out.
//
// SURE: high that it never ends. How many objects there will be, the code does not tell.
package endlessgoroutine
