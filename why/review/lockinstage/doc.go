// Package lockinstage finds pipeline stages that share state under a lock, beside
// the channel that joins them.
//
// Question 2, layers: a pipeline moves values from stage to stage, and what a stage
// knows should come with the value or be its own. The demon is the race by order:
// the lock keeps each access whole, but which stage comes first is left to chance,
// and both stages wait for each other.
//
// WRONG: whether parse has stored the owner when count looks is a matter of luck.
//
//	wg.Go(func() { // parse
//		for line := range lines {
//			r := parse(line)
//			records <- r
//			mu.Lock()
//			owner[r.ID] = r.User
//			mu.Unlock()
//		}
//	})
//	wg.Go(func() { // count
//		for r := range records {
//			mu.Lock()
//			perUser[owner[r.ID]]++
//			mu.Unlock()
//		}
//	})
//
// RIGHT: the value carries what the next stage needs, and each stage owns its state.
//
//	records <- Record{ID: r.ID, User: r.User}
//
// FINE WHEN the stages only add to the same thing, as to a list of errors or to
// counters that are read at the end. That is not reported.
//
// FOUND BY the code: two goroutines of one function are joined by a channel, or are
// steps of one pipeline; both take the same lock, and one reads under it what the
// other writes.
//
// SURE: high that both use it; whether the order matters, the code does not tell.
package lockinstage
