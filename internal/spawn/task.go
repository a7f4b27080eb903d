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
	owner interface{ ended(*task, error) }
	main  func()  // do; kept, because a go statement allocates for a call with arguments
	shown uintptr // entry of the function that is named when it is stuck
	next  *task   // in the queue of the group

	started, returned bool
	over              atomic.Bool // set by the task's goroutine, which does not touch the record after that
}

// identity is what a task shows of itself.
type identity struct {
	ctx   context.Context
	name  string // labels are set and a region is traced if not empty
	hooks *trivet.Hooks
	end   func(error) error // Task.End
}

// launch is where the goroutines of the library begin.
func launch(t *task) {
	if t.main == nil {
		t.main = t.do
	}
	go t.main()
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
		pprof.SetGoroutineLabels(id.ctx)
		if trace.IsEnabled() {
			defer trace.StartRegion(id.ctx, id.name).End()
		}
	}
	if id.ctx.Err() != nil {
		return
	}
	t.started = true
	if id.hooks.TaskStart != nil || id.hooks.TaskEnd != nil {
		err = id.watch(t.run)
	} else {
		err = t.run(id.ctx)
	}
	t.returned = true
}

// watch is run between the two hooks of a task.
func (id *identity) watch(run func(context.Context) error) (err error) {
	if id.hooks.TaskStart != nil {
		id.hooks.TaskStart(trivet.TaskStartInfo{Name: id.name})
	}
	if id.hooks.TaskEnd == nil {
		return run(id.ctx)
	}
	begin, returned := time.Now(), false
	defer func() {
		info := trivet.TaskEndInfo{Name: id.name, Took: time.Since(begin), Err: err}
		if returned {
			id.hooks.TaskEnd(info)
			return
		}
		v := recover()
		info.Err = Failure(v)
		id.hooks.TaskEnd(info)
		if v != nil { // a Goexit goes on by itself
			panic(info.Err)
		}
	}()
	err = run(id.ctx)
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
