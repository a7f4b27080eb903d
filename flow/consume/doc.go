// Package consume works on the items of a queue, each until it is finished or
// put aside.
//
//	jobs := bounded.New(1000, bounded.Rules[Upload]{Overflow: trivet.Refuse})
//	…
//	report, err := consume.Each(ctx, jobs, resize, consume.Rules[Upload]{
//		Workers:     8,
//		Tries:       3,
//		DeadLetters: saveForLater,
//	})
//
// Use it when items come from elsewhere, and each is worth a second try: uploads,
// events, mails. When an error should end everything, or the work has several
// parts that overlap, use flow/pipeline; for a fixed list task/scoped.
//
// # Words
//
// A try is one call of the step for an item. An item whose tries have failed is
// put aside as a dead letter, with the errors of its tries. The visibility
// timeout is how long one try may take before somebody else may have the item.
// A poison item is one that makes its step panic.
//
// # When it is too much
//
// That is decided at two places. The queue decides what happens to those who
// put: see bounded.Rules.Overflow for blocking, dropping, refusing and
// diverting. Rules.Limit throttles the workers, to a fixed number or to what
// the steps bear. Of the queue's items no more than Rules.Ahead are inside, also
// when all of them wait to be tried again.
//
// # When something goes wrong
//
// An error of a step is the fault of its item: that is tried again, after a
// pause, and in the end put aside. So are a panic, which becomes a
// *trivet.PanicError in the letter, and runtime.Goexit; the worker lives. A step
// that ignores its context beyond the visibility timeout loses its item, and
// another worker takes its place until it is back. When ctx is done nothing new
// begins, what runs is waited for, and the report has the items that were taken
// and not finished. An error of Rules.DeadLetters ends the consumer, as the
// letter would be lost. Nothing gets lost in another way: at any time what was
// taken is finished, dead, or inside.
//
// # Demons
//
// Starvation: priorities age. Livelock: tries are bounded, and their pauses
// drawn at random. Deadlock: an item that waits for its key or its next try
// holds no worker.
package consume
