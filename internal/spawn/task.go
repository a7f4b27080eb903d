package spawn

import (
	"context"
	"runtime/pprof"
	"runtime/trace"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
)

// A task is the record of one goroutine, which calls run, then owner.ended,
// whatever run does. Two cores meet at the record, one that starts the task
// and one that runs it: it fits into one cache line.
type task struct {
	id    *identity
	run   func(context.Context) error
	owner *Group
	main  func()         // do; kept, because a go statement allocates for a call with arguments
	shown atomic.Uintptr // entry of the function that is named when it is stuck
	next  *task          // in the queue of the group

	started, returned bool
	over              atomic.Bool // set by the task's goroutine, which does not touch the record after that
}

// identity is what a task shows of itself.
type identity struct {
	ctx   context.Context
	name  string // labels are set and a region is traced if not empty
	hooks *trivet.Hooks
	end   func(error) error // Task.End

	around func(context.Context, func(context.Context) error) error // Rules.Around
	next   func() func(context.Context) error                       // Rules.Next
}

// launch is where the goroutines of the library begin.
func launch(main func()) { go main() }

// show lets the goroutine carry the name of an instance, until the function that
// it returns is called.
func show(ctx context.Context, name string) (end func()) {
	pprof.SetGoroutineLabels(ctx)
	if trace.IsEnabled() {
		return trace.StartRegion(ctx, name).End
	}
	return func() {}
}

func (t *task) do() {
	var err error
	defer func() {
		if t.started && !t.returned {
			err = Failure(recover())
		}
		t.owner.ended(t, err)
	}()
	id := t.id
	if id.name != "" {
		defer show(id.ctx, id.name)()
	}
	if id.ctx.Err() != nil {
		return
	}
	t.started = true
	err = t.runOne()
	for err == nil && t.again() {
		err = t.runOne()
	}
	t.returned = true
}

func (t *task) runOne() error {
	if watches(t.id.hooks) {
		return watch(t.id.hooks, t.id.name, t.call)
	}
	return t.call()
}

func (t *task) call() error {
	if t.id.around != nil {
		return t.id.around(t.id.ctx, t.run)
	}
	return t.run(t.id.ctx)
}

// again makes the task the next one of its group that waits for a goroutine. It
// does not inherit the labels that a function before it may have set.
func (t *task) again() bool {
	if t.id.next == nil {
		return false
	}
	f := t.id.next()
	if f == nil {
		return false
	}
	t.run = f
	t.shown.Store(entry(f))
	pprof.SetGoroutineLabels(t.id.ctx)
	return true
}

func watches(hooks *trivet.Hooks) bool { return hooks.TaskStart != nil || hooks.TaskEnd != nil }

// watch is call between the two hooks of a task.
func watch(hooks *trivet.Hooks, name string, call func() error) (err error) {
	if hooks.TaskStart != nil {
		hooks.TaskStart(trivet.TaskStartInfo{Name: name})
	}
	if hooks.TaskEnd == nil {
		return call()
	}
	begin, returned := time.Now(), false
	defer func() {
		info := trivet.TaskEndInfo{Name: name, Took: time.Since(begin), Err: err}
		if returned {
			hooks.TaskEnd(info)
			return
		}
		v := recover()
		info.Err = Failure(v)
		hooks.TaskEnd(info)
		if v != nil { // a Goexit goes on by itself
			panic(info.Err)
		}
	}()
	err = call()
	returned = true
	return err
}

// labelled returns ctx with the profiler label of an instance.
func labelled(ctx context.Context, name string) context.Context {
	if name == "" {
		return ctx
	}
	return pprof.WithLabels(ctx, pprof.Labels("trivet", name))
}
