// Package tinytasks finds loops that start a goroutine for each item, where an
// item is less work than the start.
//
// Question 1, selection: is a goroutine right for this piece of work? No demon,
// only waste: starting and joining one costs some hundreds of nanoseconds.
//
// WRONG
//
//	for i := range pixels {
//		wg.Go(func() { pixels[i] = gamma(pixels[i]) })
//	}
//
// RIGHT: one goroutine for a stretch of items; see trivet why tiny-tasks.
//
// FINE WHEN items take long or wait for something, or are few. A loop that counts to
// a constant of 64 or less is not reported.
//
// FOUND BY the code: the goroutine has no loop, no channel, and calls nothing but what
// is as small as itself.
//
// SURE: high that an item is tiny; a recording tells how many there are.
package tinytasks
