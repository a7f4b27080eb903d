// Package waitbeforedrain finds a wait for goroutines that cannot end before the
// waiter receives what they send.
//
// Question 2, layers: the group counts goroutines, the channel carries their
// results, and each waits for the other. The demon is the deadlock.
//
// WRONG: the goroutines wait for a receiver, and the only one waits for them.
//
//	results := make(chan Row)
//	for _, f := range files {
//		wg.Go(func() { results <- parse(f) })
//	}
//	wg.Wait()
//	close(results)
//	for row := range results {
//		table = append(table, row)
//	}
//
// RIGHT: wait beside the receiving, and close when the last has sent.
//
//	go func() {
//		wg.Wait()
//		close(results)
//	}()
//	for row := range results {
//		table = append(table, row)
//	}
//
// FINE WHEN the channel has room for everything that is sent; then it is made with
// that capacity and is not reported.
//
// FOUND BY the code: the channel has no buffer and every use of it can be seen, the
// goroutines are counted by the group that is waited for, and each receive comes
// after the wait.
//
// SURE: high. It works only as long as nothing is sent, as with a channel of errors
// and no error.
package waitbeforedrain
