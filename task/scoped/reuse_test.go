package scoped_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// goroutine is the name of the one that calls it: "goroutine 7".
func goroutine() string {
	stack := make([]byte, 64)
	name, _, _ := bytes.Cut(stack[:runtime.Stack(stack, false)], []byte(" ["))
	return string(name)
}

// oneAfterTheOther runs the tasks on one goroutine, and says so if it was not
// one.
func oneAfterTheOther(t *testing.T, ctx context.Context, rules scoped.Rules, tasks ...func(context.Context) error) error {
	rules.Max = 1
	var on string
	return rules.Run(ctx, func(g *scoped.Group) error {
		begin := make(chan struct{})
		g.Go(func(context.Context) error {
			<-begin
			on = goroutine()
			return nil
		})
		for _, task := range tasks {
			g.Go(func(ctx context.Context) error {
				if now := goroutine(); now != on {
					t.Errorf("on %s, the task before on %s: this tests nothing", now, on)
				}
				return task(ctx)
			})
		}
		close(begin)
		return nil
	})
}

func labels() string {
	var profile strings.Builder
	pprof.Lookup("goroutine").WriteTo(&profile, 1)
	return profile.String()
}

// A goroutine that takes the next task shows the labels of the group, and none
// that the task before has set.
func TestLabelsAreNotPassedOn(t *testing.T) {
	outer := pprof.WithLabels(ctx, pprof.Labels("who", "caller"))
	for _, name := range []string{"", "soup"} {
		err := oneAfterTheOther(t, outer, scoped.Rules{Name: name},
			func(ctx context.Context) error {
				pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("salt", "too much")))
				if !strings.Contains(labels(), "too much") {
					t.Error("the labels of a goroutine are not seen: this tests nothing")
				}
				return nil
			},
			func(context.Context) error {
				now := labels()
				if strings.Contains(now, "too much") {
					t.Error("the labels of the task before are there")
				}
				if !strings.Contains(now, `"who":"caller"`) || strings.Contains(now, `"trivet":"soup"`) != (name != "") {
					t.Errorf("group %q: %s", name, now)
				}
				return nil
			})
		if err != nil {
			t.Error(err)
		}
	}
}

// What goes wrong in a task that came from the line is told as that of any other.
func TestTheNextTaskFails(t *testing.T) {
	nothing := func(context.Context) error { return nil }
	synctest.Test(t, func(t *testing.T) {
		err := oneAfterTheOther(t, ctx, scoped.Rules{}, nothing, func(context.Context) error { runtime.Goexit(); return nil })
		if !errors.Is(err, trivet.ErrGoexit) {
			t.Errorf("got %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			p, ok := recover().(*trivet.PanicError)
			if !ok || p.Value != errA || !strings.Contains(string(p.Stack), "scoped_test.burn") {
				t.Errorf("recovered %v", p)
			}
		}()
		err := oneAfterTheOther(t, ctx, scoped.Rules{Limit: limit.New(1)}, nothing, burn)
		t.Errorf("a panic came as %v", err)
	})
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		short, cancel := context.WithCancel(ctx)
		err := scoped.Rules{Max: 1}.Run(short, func(g *scoped.Group) error {
			begin := make(chan struct{})
			g.Go(func(context.Context) error { <-begin; return nil })
			g.Go(deaf(free))
			close(begin)
			synctest.Wait()
			cancel()
			return nil
		})
		var stuck *trivet.StuckError
		if !errors.As(err, &stuck) || !strings.Contains(stuck.Func, "deaf") {
			t.Errorf("got %v", err)
		}
		close(free)
	})
}

func burn(context.Context) error { panic(errA) }

func deaf(free chan struct{}) func(context.Context) error {
	return func(context.Context) error { <-free; return nil }
}

// Hooks are told of every task, also of those that share a goroutine.
func TestHooksSeeEachTask(t *testing.T) {
	var begun, ended int
	hooked := trivet.WithHooks(ctx, &trivet.Hooks{
		TaskStart: func(trivet.TaskStartInfo) { begun++ },
		TaskEnd:   func(trivet.TaskEndInfo) { ended++ },
	})
	none := func(context.Context) error { return nil }
	if err := oneAfterTheOther(t, hooked, scoped.Rules{Name: "soup"}, none, none, none); err != nil || begun != 4 || ended != 4 {
		t.Errorf("%v, %d begun, %d ended", err, begun, ended)
	}
}
