// Package bounded has a queue with a fixed capacity, for any number of
// goroutines at both ends. It blocks, obeys a context, can be closed and
// drained, says what happens when it is full, and costs no CPU while it is
// idle.
//
//	q := bounded.New(1024, bounded.Rules[Job]{})
//	go func() {
//		defer q.Close()
//		for job := range source {
//			q.Put(ctx, job)
//		}
//	}()
//	for job := range q.All(ctx) {
//		work(job)
//	}
//
// Use it between goroutines that work at different speeds, when a channel lacks
// something: a wait that a context ends, without a select; an [Overflow] policy;
// counts; a close that any side may call; or batches. When none of that is
// needed use a channel. For whole programs of stages use flow/pipeline, and for
// items with retries and dead letters flow/consume, on top of this queue.
//
// # Words
//
// Overflow is what a put does when the queue is full: block, drop the newest or
// the oldest item, refuse, or divert. To drain is to take what is inside after
// Close. A wait is a put or take that could not be done at once.
//
// # When something goes wrong
//
// A done context is refused always, whatever the queue holds. After Close puts
// fail with [ErrClosed], takes get what is inside and then ErrClosed. What a rule
// loses is counted, told to hooks, and given to Rules.Dropped. A panic in
// Rules.Dropped is that of the put. Nothing is lost in another way: each item
// that was accepted is taken, dropped by the rule, or still inside.
//
// # Demons
//
// Starvation: those who wait are served in the order in which they came, and
// newcomers overtake one of them a few times at most. Deadlock: every wait ends
// with its context or with Close. Lost wake-ups: DESIGN.md.
//
// [Overflow]: https://pkg.go.dev/github.com/trivet-go/trivet#Overflow
package bounded
