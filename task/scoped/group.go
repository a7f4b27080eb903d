package scoped

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
	"github.com/trivet-go/trivet/task/limit"
)

// Rules are the settings of a group; zero is good.
type Rules struct {
	// Name stands in errors, hooks, traces and profiles.
	Name string

	// Max is how many tasks run at the same time; 0 means [DefaultMax], and
	// [Unbounded] any number.
	Max int

	// Limit, if not nil, is one that the group shares with others. Each task
	// takes 1 of it. One that adapts learns how long tasks take that return
	// nil and do not wait for others, and that deadlines pass.
	Limit *limit.Limit

	// Timeout is how long one task may take; 0 means as long as it likes. The
	// cause of its context is then [ErrTimeout].
	Timeout time.Duration

	// KeepGoing lets the other tasks run when one fails. Run returns all
	// errors, joined.
	KeepGoing bool

	// Grace is how long to wait for a task that was cancelled and does not
	// return; 0 means 10 seconds.
	Grace time.Duration
}

const (
	DefaultMax = 1000
	Unbounded  = -1
)

// ErrTimeout is the cause of the context of a task that took longer than
// [Rules.Timeout].
var ErrTimeout = errors.New("scoped: the task took longer than its timeout")

// Group is what a body starts tasks with. Its methods may be called by the body
// and by the tasks, not after Run has returned.
type Group struct {
	rules  Rules
	spawn  *spawn.Group
	slots  slots
	caller limit.Lender // whoever has called Run, if it holds parts of limits

	awaiting atomic.Bool // a goroutine waits for slots, to take what is in the line

	mu      sync.Mutex // held for a few instructions
	pending backlog    // tasks for which there was no slot
	room    park.Line  // calls of Go that wait for a place there
	lent    bool       // the caller's slots are
	running int        // tasks that hold slots
	blocked int        // calls of Go that wait for a place in the line
	byTasks int        // those of them that are made by tasks for certain
	waiting bool       // the body has returned
	errs    []error    // with KeepGoing
}

// Run calls body, which starts tasks, on the caller's goroutine, and returns
// when body and all tasks have. It is Rules{}.Run.
func Run(ctx context.Context, body func(*Group) error) error { return Rules{}.Run(ctx, body) }

// Run calls body, which starts tasks, on the caller's goroutine, and returns
// when body and all tasks have: nil if all of them returned nil, and else the
// error that came first, with the others joined to it. An error of body cancels
// the tasks, and so does a panic.
func (r Rules) Run(ctx context.Context, body func(*Group) error) error {
	if err := r.check(); err != nil {
		return err
	}
	g := newGroup(ctx, r)
	return g.join(g.call(body))
}

func (r Rules) check() error {
	if r.Max < Unbounded || r.Timeout < 0 || r.Grace < 0 {
		return fmt.Errorf("scoped: group %q with Max %d, Timeout %v and Grace %v: none is negative, save Max if it is Unbounded",
			r.Name, r.Max, r.Timeout, r.Grace)
	}
	return nil
}

func newGroup(ctx context.Context, r Rules) *Group {
	g := &Group{rules: r, caller: limit.LenderOf(ctx)}
	switch {
	case r.Max == 0:
		g.slots.own = limit.New(DefaultMax)
	case r.Max > 0:
		g.slots.own = limit.New(r.Max)
	}
	g.slots.shared = r.Limit
	rules := spawn.Rules{Name: r.Name, Grace: r.Grace}
	if g.slots.any() {
		rules.Over, rules.Next = g.over, g.next
	}
	if g.holds() || r.Timeout > 0 || r.KeepGoing {
		rules.Around = g.run
	}
	if !g.holds() { // one for all tasks, by which Go finds the group
		ctx = &holder{Context: ctx, group: g}
	}
	g.spawn = spawn.New(ctx, rules)
	return g
}

// call runs the body. If it does not return, by a panic or Goexit, the tasks
// are cancelled and waited for all the same.
func (g *Group) call(body func(*Group) error) (err error) {
	returned := false
	defer func() {
		if !returned {
			g.spawn.Cancel(errBody)
			g.join(nil)
		}
	}()
	err = body(g)
	returned = true
	return err
}

var errBody = errors.New("scoped: the body has panicked")

// join waits for the tasks.
func (g *Group) join(bodyErr error) error {
	if bodyErr != nil {
		g.spawn.Cancel(bodyErr)
	}
	g.bodyReturned()
	if g.caller != nil {
		if g.spawn.Running() > 0 {
			g.lend()
		}
		defer g.takeBack()
	}
	err := g.spawn.Wait()
	if err == nil && g.pending.len() > 0 { // they were never begun
		err = context.Cause(g.spawn.Context())
	}
	if bodyErr != nil && !errors.Is(err, bodyErr) {
		err = errors.Join(bodyErr, err)
	}
	if len(g.errs) > 0 {
		err = errors.Join(append(g.errs, err)...)
	}
	return err
}

// Context is that of the tasks.
func (g *Group) Context() context.Context { return g.spawn.Context() }

// Go starts a task, or puts it into a line of those that start as soon as there
// is a slot; when that is full it waits. When the context of the group is done
// it starts nothing. Tasks may call it too; those who do not have g use the
// function [Go].
func (g *Group) Go(f func(context.Context) error) {
	switch {
	case g.spawn.Err() != nil:
		g.skip(f)
	case g.slots.tryAcquire():
		g.start(f)
	case g.later(f):
	default:
		g.wait(f, 0)
	}
}

// TryGo starts a task if there is a slot at once, and reports whether it did.
func (g *Group) TryGo(f func(context.Context) error) bool {
	if g.spawn.Err() != nil {
		return false
	}
	if !g.slots.tryAcquire() {
		g.kick() // as in later
		return false
	}
	return g.start(f)
}

// start starts a task that has its slots.
func (g *Group) start(f func(context.Context) error) bool {
	if !g.slots.any() { // then there is nothing to count, and no line
		return g.spawn.Go(f)
	}
	g.runs(1)
	started := g.spawn.Go(f)
	if !started {
		g.over()
	}
	return started
}

// over is called when a goroutine is.
func (g *Group) over() {
	g.runs(-1)
	g.release()
}

// holds reports whether the tasks must be known as holders: of slots, or of
// none, where they are not to be taken for the task outside that holds some.
func (g *Group) holds() bool { return g.slots.any() || g.caller != nil }

// run is around every task, if anything has to be.
func (g *Group) run(ctx context.Context, f func(context.Context) error) error {
	if g.holds() {
		h := &holder{Context: ctx, group: g}
		defer h.end()
		ctx = h
	}
	if g.rules.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, g.rules.Timeout, ErrTimeout)
		defer cancel()
	}
	err := g.observed(ctx, f)
	if err != nil && g.rules.KeepGoing {
		g.keep(err)
		return nil
	}
	return err
}

// keep keeps an error for the end, unless somebody has it already.
func (g *Group) keep(err error) {
	if _, known := err.(yielded); known {
		return
	}
	g.mu.Lock()
	g.errs = append(g.errs, err)
	g.mu.Unlock()
}

// observed lets a limit that adapts learn how long the task took. Of one that
// has lent its slots that is not known, and the time until another error or the
// end of the group says nothing about the load.
func (g *Group) observed(ctx context.Context, f func(context.Context) error) error {
	l := g.rules.Limit
	if l == nil || !l.Adapts() {
		return f(ctx)
	}
	begin := time.Now()
	err := f(ctx)
	late := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout)
	if (err == nil || late && g.spawn.Err() == nil) && !holderOf(ctx).lent.Load() {
		l.Observe(time.Since(begin), late)
	}
	return err
}

// lend lends the slots of the task that has called Run, until Run returns.
func (g *Group) lend() {
	g.mu.Lock()
	first := !g.lent
	g.lent = true
	g.mu.Unlock()
	if first {
		g.caller.Lend()
	}
}

func (g *Group) takeBack() {
	if g.lent {
		g.caller.TakeBack()
	}
}
