package trivet

import (
	"context"
	"time"
)

// Hooks is a set of functions that are told what the library does. Any of them
// may be nil. [WithHooks] puts Hooks into a context; every instance that runs
// under that context calls them.
//
// A hook is called on the goroutine that does the work, and by several at
// once. It must be quick, must not block, and must not call the instance that
// called it. A panic in a hook is a panic of the task it was called from.
//
// Hooks are read once, when an instance is made or started. Without Hooks an
// event costs one comparison with nil.
type Hooks struct {
	// TaskStart is called when a task begins, and TaskEnd when it has ended,
	// on the task's own goroutine. A task that was skipped because its context
	// was done already calls neither.
	TaskStart func(TaskStartInfo)
	TaskEnd   func(TaskEndInfo)

	// An attempt to handle an item that failed is told exactly once, by the
	// hook that names its fate: ItemError when the error goes on to the
	// caller, Retry when the item will be tried again, DeadLetter when it was
	// put aside for good.
	ItemError  func(ItemErrorInfo)
	Retry      func(RetryInfo)
	DeadLetter func(DeadLetterInfo)

	// Drop is called when a full buffer dropped, refused or diverted items.
	Drop func(DropInfo)

	// Wait is called when a task got what it had to wait for at a limit; not
	// when it did not have to wait.
	Wait func(WaitInfo)

	// Restart is called when a supervisor starts anew what had failed.
	Restart func(RestartInfo)

	// Queue and Stage are samples, taken at most once a batch, never once an
	// item.
	Queue func(QueueInfo)
	Stage func(StageInfo)

	// Progress is called now and then by a job that knows how far it is.
	Progress func(ProgressInfo)
}

// TaskStartInfo tells that a task began.
type TaskStartInfo struct {
	Name string // of the instance that the task belongs to
}

// TaskEndInfo tells that a task has ended.
type TaskEndInfo struct {
	Name string
	Took time.Duration // from the call of the task's function to its return
	Err  error         // what it returned; a *PanicError or ErrGoexit if it did not return
}

// ItemErrorInfo tells that an item failed and that its error goes to the caller.
type ItemErrorInfo struct {
	Name string // of the stage, worker or shard that worked on the item
	Err  error
}

// RetryInfo tells that an item failed and will be tried again.
type RetryInfo struct {
	Name  string
	Tries int           // attempts so far, 1 after the first failure
	Delay time.Duration // until the next attempt may begin
	Err   error         // of the attempt that failed
}

// DeadLetterInfo tells that an item failed and was put aside for good.
type DeadLetterInfo struct {
	Name  string
	Tries int   // attempts that were made
	Err   error // of the last attempt
}

// DropInfo tells that a full buffer did not take items, or gave up older ones.
type DropInfo struct {
	Name   string
	Policy Overflow // the rule that was applied, never Block
	Count  int      // items lost by this event, usually 1
}

// WaitInfo tells how long a task waited at a limit.
type WaitInfo struct {
	Name string // of the limit
	Took time.Duration
}

// RestartInfo tells that a supervisor starts anew what had failed.
type RestartInfo struct {
	Name  string
	Count int   // restarts so far, this one included
	Err   error // why
}

// QueueInfo is a sample of a queue, a buffer or a mailbox.
type QueueInfo struct {
	Name  string
	Depth int           // items inside
	Limit int           // items that fit
	Age   time.Duration // time that the item at the head has waited; 0 if unknown
}

// StageInfo says how the workers of a stage spent their time since the sample
// before. The three parts add up to the elapsed time times the number of
// workers.
type StageInfo struct {
	Name          string
	Busy          time.Duration // in the user's function
	Starved       time.Duration // waiting for input
	Backpressured time.Duration // waiting for room in the next buffer
	Items         int           // finished
}

// ProgressInfo says how far a job is.
type ProgressInfo struct {
	Name  string
	Done  int64
	Total int64  // 0 if unknown
	Unit  string // what is counted, "bytes" for one

	Elapsed time.Duration // since the job began
}

// Rate is how much has been done a second, on average.
func (p ProgressInfo) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Done) / p.Elapsed.Seconds()
}

// Left is how long the rest takes at that rate; 0 if it is unknown.
func (p ProgressInfo) Left() time.Duration {
	if p.Done <= 0 || p.Total <= p.Done {
		return 0
	}
	return time.Duration(float64(p.Elapsed) * float64(p.Total-p.Done) / float64(p.Done))
}

type hooksKey struct{}

var noHooks Hooks

// WithHooks returns a context that carries h and, for every event that both
// watch, calls h first and then the hooks that ctx carried already. It copies
// h: changing h later has no effect.
func WithHooks(ctx context.Context, h *Hooks) context.Context {
	return context.WithValue(ctx, hooksKey{}, compose(h, HooksFrom(ctx)))
}

// HooksFrom returns the hooks that ctx carries. It never returns nil, so one
// test of the field is enough before a call:
//
//	if h.Retry != nil {
//		h.Retry(trivet.RetryInfo{…})
//	}
//
// The result must not be changed.
func HooksFrom(ctx context.Context) *Hooks {
	if h, ok := ctx.Value(hooksKey{}).(*Hooks); ok {
		return h
	}
	return &noHooks
}

func compose(a, b *Hooks) *Hooks {
	return &Hooks{
		TaskStart:  both(a.TaskStart, b.TaskStart),
		TaskEnd:    both(a.TaskEnd, b.TaskEnd),
		ItemError:  both(a.ItemError, b.ItemError),
		Retry:      both(a.Retry, b.Retry),
		DeadLetter: both(a.DeadLetter, b.DeadLetter),
		Drop:       both(a.Drop, b.Drop),
		Wait:       both(a.Wait, b.Wait),
		Restart:    both(a.Restart, b.Restart),
		Queue:      both(a.Queue, b.Queue),
		Stage:      both(a.Stage, b.Stage),
		Progress:   both(a.Progress, b.Progress),
	}
}

func both[Info any](a, b func(Info)) func(Info) {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(i Info) {
		a(i)
		b(i)
	}
}
