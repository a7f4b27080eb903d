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
	// takes 1 of it.
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
	caller *holder // the task that has called Run, if it is one that holds slots

	awaiting atomic.Bool // a goroutine waits for slots, to take what is in the line

	mu      sync.Mutex // held for a few instructions
	pending backlog    // tasks for which there was no slot
	room    park.Line  // calls of Go that wait for a place there
	lent    bool       // the caller's slots are
	waiting bool       // the body has returned
	blocked int        // calls of the method Go that wait for a slot
	lends   int        // slots lent for those of them that are surely made by tasks
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
	g := &Group{rules: r, caller: holderOf(ctx)}
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
	g.wait()
	if g.caller != nil {
		if g.spawn.Running() > 0 {
			g.lend()
		}
		defer g.takeBack()
	}
	err := g.spawn.Wait()
	if err == nil && g.pending.n > 0 { // they were never begun
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

// Go starts a task, or puts it into a short line of those that start as soon as
// there is a slot; when that is full it waits. When the context of the group is
// done it starts nothing. It is for the body: a task that starts others beside
// itself should use the function [Go].
func (g *Group) Go(f func(context.Context) error) {
	switch {
	case g.spawn.Err() != nil:
		g.skip(f)
	case g.slots.tryAcquire():
		g.start(f)
	case g.later(f):
	default:
		g.startLater(f)
	}
}

// TryGo starts a task if there is a slot at once, and reports whether it did.
func (g *Group) TryGo(f func(context.Context) error) bool {
	return g.spawn.Err() == nil && g.slots.tryAcquire() && g.start(f)
}

// start starts a task that has its slots.
func (g *Group) start(f func(context.Context) error) bool {
	started := g.spawn.Go(f)
	if !started && g.slots.any() {
		g.over()
	}
	return started
}

// holds reports whether the tasks must be known as holders: of slots, or of
// none, where they are not to be taken for the task outside that holds some.
func (g *Group) holds() bool { return g.slots.any() || g.caller != nil }

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
	err := f(ctx)
	if err != nil && g.rules.KeepGoing {
		g.mu.Lock()
		g.errs = append(g.errs, err)
		g.mu.Unlock()
		return nil
	}
	return err
}

// skip is for a task that cannot start any more: Run returns the reason.
func (g *Group) skip(f func(context.Context) error) { g.spawn.Go(f) }

// startLater waits for a place in the line, or for slots.
func (g *Group) startLater(f func(context.Context) error) {
	g.block()
	defer g.unblock()
	done := false
	err := g.room.Wait(g.spawn.Context(), func() bool {
		if g.slots.tryAcquire() {
			done = g.start(f)
		} else {
			done = g.later(f)
		}
		return done || g.slots.own == nil || !g.slots.own.Full()
	})
	if !done && err == nil {
		err = g.slots.acquire(g.spawn.Context())
		done = err == nil && g.start(f)
	}
	if !done {
		g.skip(f)
	}
}

// block is for a call of Go that has to wait. The body makes one such call at
// most; the others are made by tasks, which hold slots that they do not use.
func (g *Group) block() {
	g.mu.Lock()
	g.blocked++
	lend := g.lends < g.surelyTasks()
	if lend {
		g.lends++
	}
	g.mu.Unlock()
	switch {
	case lend:
		g.release()
	case g.caller != nil:
		g.lend()
	}
}

// unblock takes a slot back for a task, if more are lent than wait.
func (g *Group) unblock() {
	g.mu.Lock()
	g.blocked--
	back := g.lends > g.surelyTasks()
	if back {
		g.lends--
	}
	g.mu.Unlock()
	if back && g.slots.reacquire(g.spawn.Context()) != nil {
		g.slots.lost.Add(1)
	}
}

// wait is called when the body has returned: whoever is blocked now is a task.
func (g *Group) wait() {
	g.mu.Lock()
	g.waiting = true
	lend := g.lends < g.surelyTasks()
	if lend {
		g.lends++
	}
	g.mu.Unlock()
	if lend {
		g.release()
	}
}

// surelyTasks is how many of the blocked calls were made by tasks, at least.
func (g *Group) surelyTasks() int {
	if g.waiting {
		return g.blocked
	}
	return max(0, g.blocked-1)
}

// lend lends the slots of the task that has called Run, until Run returns.
func (g *Group) lend() {
	g.mu.Lock()
	first := !g.lent
	g.lent = true
	g.mu.Unlock()
	if first {
		g.caller.lend()
	}
}

func (g *Group) takeBack() {
	if g.lent {
		g.caller.takeBack()
	}
}
