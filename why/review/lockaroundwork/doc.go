// Package lockaroundwork finds goroutines that do all of their work under one
// lock, so that they run one after the other.
//
// Question 3, limits: by Amdahl's law, work that only one goroutine at a time may
// do is done no faster by ten. The demon is starvation: nine wait.
//
// WRONG
//
//	for _, page := range pages {
//		wg.Go(func() {
//			mu.Lock()
//			defer mu.Unlock()
//			index[page.URL] = tokenize(page.Body)
//		})
//	}
//
// RIGHT: work outside of the lock, and hold it for the map. See trivet why
// lock-around-work.
//
// FINE WHEN the goroutines do something else that takes time outside of the lock, or
// are started by events to keep out of the way. Neither is reported.
//
// FOUND BY the code: goroutines that are started in a loop take the same lock, and
// every loop, and every call that is not sure to be tiny, is made while they hold it.
// The lock may be taken by the goroutine's function, or by functions of the same
// package that it calls, as a worker calls a method; deeper it is not looked for.
//
// SURE: high that they run one at a time. How much time that is, trivet explain tells.
package lockaroundwork
