// Package unboundedfanout finds loops over input that start a goroutine for each
// element, however many there are.
//
// Question 3, limits: what stops this when the input is a thousand times as long?
// The demons are starvation and the leak: memory, file descriptors, connections, and
// whoever is on the other side.
//
// WRONG
//
//	for lines.Scan() {
//		wg.Go(func() { fetch(lines.Text()) })
//	}
//
// RIGHT
//
//	var g errgroup.Group
//	g.SetLimit(32)
//	for lines.Scan() {
//		url := lines.Text()
//		g.Go(func() error { return fetch(url) })
//	}
//	err := g.Wait()
//
// For calculation the limit is the number of cores; for waiting it is what the other
// side bears.
//
// FINE WHEN the number of elements is known to be small. Loops over a slice that a
// caller gives are not reported, nor is a goroutine for each connection or message
// that is taken from a channel: whether those are many, the code does not tell.
//
// FOUND BY the code: the loop steps through lines of a file, rows of a query, or
// names of a directory, and starts a goroutine that works; nothing in the loop or at
// the beginning of the goroutine waits for room.
//
// SURE: medium. The number is not in the code; a recording counts the goroutines.
package unboundedfanout
