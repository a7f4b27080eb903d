package spawn

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
)

// DefaultGrace is how long Wait waits for functions that ignore their context.
const DefaultGrace = 10 * time.Second

// maxErrors bounds what a group keeps beside its first cause.
const maxErrors = 32

// Rules are the settings of a Group; zero is good.
type Rules struct {
	// Name is that of the instance. Without one, its goroutines carry the
	// label of the goroutine that started them.
	Name string

	// Grace is how long Wait waits for the tasks once the context is done; 0
	// means DefaultGrace. A group inside another one's task waits a little
	// less than that one, so that the innermost culprit is named.
	Grace time.Duration

	// Around, if not nil, calls the functions of the tasks that Go starts.
	Around func(ctx context.Context, f func(context.Context) error) error

	// Next, if not nil, is asked by every task that Go started and that has
	// returned nil for a function to run on the same goroutine, as if by Go;
	// nil ends the goroutine.
	Next func() func(context.Context) error

	// Over, if not nil, is called whenever a goroutine is over for which Go has
	// returned true, also if its task was skipped. It must not block.
	Over func()
}

// A Group is a set of goroutines with one fate. Its owner calls Go any number
// of times and Wait exactly once; tasks may call Go too.
type Group struct {
	id     identity // of tasks that Go starts
	plain  identity // of those that Start starts
	grace  time.Duration
	onOver func() // Rules.Over
	parent *Group // the group whose task made this one, or nil
	ctx    groupContext
	cancel context.CancelCauseFunc

	mu      sync.Mutex // never held while calling user code, nor taken by a task that ends well
	records queue      // of every task that runs, and of some that are over
	waiting bool       // Wait was called
	over    bool       // Wait has returned or is about to

	failed    bool               // a task was skipped or gave up because ctx was done
	settled   bool               // errs begins with the first cause, or that was a panic
	errs      []error            // first cause first
	omitted   int                // errors beyond maxErrors
	unclaimed *Unclaimed         // the first panic, until Wait is called
	panic     *trivet.PanicError // the first panic, after that

	// alive counts the tasks that are not over, and 1 for the owner until Wait.
	// Every task writes it, so it stands apart from what starting a task reads.
	alive atomic.Int64
	done  chan struct{} // made by Wait, closed by who brings alive to 0 after that
}

// Task is a function to run, with what is to be shown of it.
type Task struct {
	Name string                      // "" means that of the group
	Func any                         // the user's function, to name it when it is stuck; nil means Run
	Run  func(context.Context) error // gets the context of the group

	// End, if not nil, is called at the end of the task, on its goroutine, with
	// what Run returned, a *trivet.PanicError or trivet.ErrGoexit; what it
	// returns is the error of the task. So a supervisor keeps the failure of
	// one task from the others. If the task was skipped it gets the cause. It
	// must not panic.
	End func(error) error
}

// New returns a group under ctx. It starts nothing.
func New(ctx context.Context, rules Rules) *Group {
	g := &Group{grace: rules.Grace, onOver: rules.Over, parent: From(ctx)}
	if g.grace == 0 {
		g.grace = DefaultGrace
	}
	if g.parent != nil {
		g.grace = min(g.grace, g.parent.grace-g.parent.grace/20)
	}
	g.ctx.group = g
	g.ctx.Context, g.cancel = context.WithCancelCause(labelled(ctx, rules.Name))
	g.id = identity{ctx: &g.ctx, name: rules.Name, hooks: trivet.HooksFrom(ctx), around: rules.Around, next: rules.Next}
	g.plain = identity{ctx: &g.ctx, name: rules.Name, hooks: g.id.hooks}
	g.alive.Store(1)
	return g
}

// Context returns the context that the tasks get. It is cancelled by the first
// failure, by Cancel, and when Wait returns.
func (g *Group) Context() context.Context { return &g.ctx }

// Err is Context().Err() by the shortest way, for loops that ask once an item.
func (g *Group) Err() error { return g.ctx.Context.Err() }

// Cancel cancels the tasks. Wait returns cause if a task gave up or was not
// started because of it.
func (g *Group) Cancel(cause error) { g.cancel(cause) }

// Go starts f and reports whether it did: once the context is done nothing
// starts, and Wait returns the cause.
func (g *Group) Go(f func(context.Context) error) bool {
	return g.launch(&g.id, f, entry(f))
}

// Start is Go with more to say about the task, and without the Rules' Around,
// Next and Over.
func (g *Group) Start(what Task) bool {
	id := &g.plain
	if what.Name != "" && what.Name != id.name {
		id = &identity{ctx: labelled(&g.ctx, what.Name), name: what.Name, hooks: id.hooks}
	}
	if what.End != nil {
		id = &identity{ctx: id.ctx, name: id.name, hooks: id.hooks, end: what.End}
	}
	if what.Func == nil {
		what.Func = what.Run
	}
	return g.launch(id, what.Run, entry(what.Func))
}

func (g *Group) launch(id *identity, run func(context.Context) error, shown uintptr) bool {
	t := g.admit(id, run, shown)
	if t == nil {
		return false
	}
	launch(t.main)
	return true
}

// admit returns the record of a new task, or nil if none may start.
func (g *Group) admit(id *identity, run func(context.Context) error, shown uintptr) *task {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		g.failed = true
		return nil
	}
	if g.alive.Add(1) == 1 { // it was 0, which is final; only holders of mu add
		g.alive.Add(-1)
		return nil
	}
	t := g.records.pop()
	if t == nil {
		t = &task{owner: g}
		t.main = t.do
	}
	g.records.push(t)
	t.id, t.run = id, run
	t.shown.Store(shown)
	t.started, t.returned = false, false
	return t
}

// Running returns the number of tasks that have not ended.
func (g *Group) Running() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := int(g.alive.Load())
	if !g.waiting {
		n--
	}
	return n
}

// Wait waits until all tasks have ended, and returns nil if each was started
// and returned nil. Otherwise it returns the cause that came first, joined
// with the other errors; what tasks return only because they were cancelled is
// left out. If a task panicked, Wait panics with a *trivet.PanicError that
// holds the errors in Also.
//
// Once the context is done Wait waits for the grace time at most, and then
// returns a *trivet.StuckError for each function that still runs.
func (g *Group) Wait() error {
	defer g.cancel(nil)
	done := g.beginWait()
	var stuck []error
	if done != nil && !g.join(done) {
		stuck = g.stuck()
	}
	return g.verdict(stuck)
}

// beginWait claims a panic that is there, and returns a channel that is closed
// when the last task ends; nil if none runs.
func (g *Group) beginWait() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting {
		panic("spawn: Wait called twice on the same group")
	}
	g.waiting = true
	if g.unclaimed != nil {
		g.panic = g.unclaimed.Claim()
	}
	g.done = make(chan struct{})
	if g.alive.Add(-1) == 0 {
		return nil
	}
	return g.done
}

// join reports whether all tasks ended in time.
func (g *Group) join(done chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-g.ctx.Done():
	}
	runtime.Gosched() // most tasks end at once, and a timer costs more
	select {
	case <-done:
		return true
	default:
	}
	grace := time.NewTimer(g.grace)
	defer grace.Stop()
	select {
	case <-done:
		return true
	case <-grace.C:
		return false
	}
}

// stuck names the functions that still run.
func (g *Group) stuck() (errs []error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for t := g.records.head; t != nil; t = t.next {
		if !t.over.Load() {
			errs = append(errs, &trivet.StuckError{Name: t.id.name, Func: functionAt(t.shown.Load()), After: g.grace})
		}
	}
	return errs
}

// verdict says how the group ended, by return value or panic.
func (g *Group) verdict(stuck []error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.failed || len(stuck) > 0 {
		g.settleCause()
	}
	errs := append(g.errs, stuck...)
	if g.omitted > 0 {
		errs = append(errs, fmt.Errorf("and %d more errors", g.omitted))
	}
	if g.panic != nil {
		raised := *g.panic // a copy: the original may be in other hands too
		raised.Also = join(append([]error{raised.Also}, errs...))
		panic(&raised)
	}
	return join(errs)
}

// join joins the errors that are not nil; one alone it returns as it is.
func join(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// ended is the last thing that a task does.
func (g *Group) ended(t *task, err error) {
	if t.id.end != nil {
		if !t.started {
			err = context.Cause(&g.ctx)
		}
		err = t.id.end(err)
	}
	if (err != nil || !t.started) && g.book(t.started, err) {
		g.cancel(err)
	}
	if t.id == &g.id && g.onOver != nil { // after the cancel: a failure lets nothing more start
		g.onOver()
	}
	t.run = nil // keeps nothing of the user's alive
	t.over.Store(true)
	if g.alive.Add(-1) == 0 {
		close(g.done)
	}
}

// book notes that a task failed and reports whether that cancels the group.
func (g *Group) book(started bool, err error) bool {
	p, isPanic := err.(*trivet.PanicError)
	lost := !started || !isPanic && g.isEcho(err)
	g.mu.Lock()
	defer g.mu.Unlock()
	if lost {
		g.failed = true
		return false
	}
	g.settleCause()
	switch {
	case isPanic && g.over: // nobody is left who could claim it
		Keep(g.id.name, p)
	case isPanic && g.panic == nil && g.waiting:
		g.panic = p
	case isPanic && g.unclaimed == nil && !g.waiting:
		g.unclaimed = Keep(g.id.name, p)
	case len(g.errs) < maxErrors:
		g.errs = append(g.errs, err)
	default:
		g.omitted++
	}
	return true
}

// isEcho tells an error that only repeats that the group was cancelled.
func (g *Group) isEcho(err error) bool {
	cancelled := g.ctx.Err()
	return cancelled != nil && repeats(err, cancelled, context.Cause(&g.ctx))
}

// repeats reports whether err is, in all its branches, one of the two errors.
// errors.Is asks for any branch: what is joined to a context's error, such as
// a StuckError from a group inside, must not get lost.
//
// The cause itself is looked for first: it may be several errors joined, and a
// task that wraps it adds nothing to them.
func repeats(err, cancelled, cause error) bool {
	comparable := cause != nil && reflect.TypeOf(cause).Comparable()
	for e := err; e != nil; e = errors.Unwrap(e) {
		if comparable && e == cause {
			return true
		}
		joined, ok := e.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		for _, branch := range joined.Unwrap() {
			if !repeats(branch, cancelled, cause) {
				return false
			}
		}
	}
	return errors.Is(err, cancelled) || errors.Is(err, cause)
}

// settleCause puts what cancelled the group first in front of the errors,
// unless that is one of its own tasks, whose error is there or comes now.
func (g *Group) settleCause() {
	if !g.settled && g.ctx.Err() != nil {
		g.errs = append(g.errs, context.Cause(&g.ctx))
	}
	g.settled = true
}
