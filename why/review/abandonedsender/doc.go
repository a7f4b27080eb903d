// Package abandonedsender finds goroutines that send a result nobody may be left
// to receive.
//
// Question 3, limits: does everything that starts also end? The demon is the
// leak: the goroutine, and all that it holds, stays until the process ends.
//
// WRONG: when ctx is done first, nobody receives, and the goroutine waits for ever.
//
//	answer := make(chan Reply)
//	go func() { answer <- ask(server) }()
//	select {
//	case r := <-answer:
//		return r, nil
//	case <-ctx.Done():
//		return Reply{}, ctx.Err()
//	}
//
// RIGHT: with room for the one value, the send never waits.
//
//	answer := make(chan Reply, 1)
//
// The same holds for a first answer out of several, where every other sender is
// left behind (give the channel room for all of them), for a return between the
// start and the receive, and for a loop over a channel that is left early (let
// the sender select on a context, too).
//
// FINE WHEN the process ends with the function, as in main, which is not reported.
//
// FOUND BY the code: the channel is made without a buffer, every use of it can be
// seen, the send is no case of a select, and a way leads from the start of the
// goroutine to a return without the receive.
//
// SURE: high that the way exists. How often it is taken, a recording or a
// goroutine-leak profile tells.
package abandonedsender
