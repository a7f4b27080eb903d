package stealing

import (
	"context"
	"runtime/pprof"
	"runtime/trace"
	"time"

	"github.com/trivet-go/trivet/internal/spawn"
)

// Rules are the settings of runs; zero is good.
type Rules struct {
	// Name stands in traces, profiles and errors.
	Name string

	// Workers is how many bodies run at the same time at most; 0, and anything
	// above, means GOMAXPROCS, also when that changes during the run.
	Workers int

	// Grace is how long a cancelled run waits for bodies that neither fork nor
	// join; 0 means ten seconds.
	Grace time.Duration

	// Report, if not nil, is called at the end of each run, by its caller.
	Report func(Stats)

	half bool // who asks gets half of the records at once; see DESIGN.md
}

type rulesKey struct{}

// With returns a context under which runs obey the rules.
func With(ctx context.Context, rules Rules) context.Context {
	return context.WithValue(ctx, rulesKey{}, rules)
}

// Named returns a context under which runs have a name, and otherwise the rules
// that they have under ctx. It returns a Stack as it is: what it begins is a
// part of a run that has its name.
func Named(ctx context.Context, name string) context.Context {
	if _, ok := ctx.(insider); ok {
		return ctx
	}
	rules, _ := ctx.Value(rulesKey{}).(Rules)
	rules.Name = name
	return With(ctx, rules)
}

func rulesOf(ctx context.Context) Rules {
	rules, _ := ctx.Value(rulesKey{}).(Rules)
	if rules.Grace <= 0 {
		rules.Grace = spawn.DefaultGrace
	}
	return rules
}

// Run calls body with a Stack and arg, and returns what it returns. The body
// calls itself, and forks. The caller works as any helper does; helpers come
// when somebody forks, and are gone when Run returns.
//
// If ctx is a [Stack], the call is a part of that Stack's run, and returns no
// error: a run that is cancelled ends at its outermost Run.
//
// Run returns the cause of ctx if it is done before body has returned; always
// if it is done before it begins. If a body panics Run panics with a
// *trivet.PanicError.
func Run[A, R any](ctx context.Context, body func(*Stack[A, R], A) R, arg A) (R, error) {
	if inside, ok := ctx.(insider); ok {
		return within(inside.self(), body, arg), nil
	}
	if ctx.Err() != nil {
		var none R
		return none, context.Cause(ctx)
	}
	t := newTeam(ctx, body)
	if t.rules.Name != "" {
		return named(t, body, arg)
	}
	return begin(t, body, arg)
}

// An insider is a Stack of any type.
type insider interface{ self() *worker }

func (w *worker) self() *worker { return w }

// named is begin with profiler labels and a region of the trace.
func named[A, R any](t *team, body func(*Stack[A, R], A) R, arg A) (r R, err error) {
	pprof.Do(t.user, pprof.Labels("trivet", t.rules.Name), func(ctx context.Context) {
		if trace.IsEnabled() {
			defer trace.StartRegion(ctx, t.rules.Name).End()
		}
		r, err = begin(t, body, arg)
	})
	return r, err
}

// begin runs the body on the first worker.
func begin[A, R any](t *team, body func(*Stack[A, R], A) R, arg A) (r R, err error) {
	w := &t.first
	returned := false
	defer func() {
		if !returned {
			foreign := recover()
			if !t.isForeign(foreign) {
				t.failed(foreign)
				foreign = nil
			} else {
				t.stop(foreign.(error))
			}
			w.abandon(0)
			if foreign != nil {
				defer panic(foreign)
			}
		}
		err = t.end(returned)
	}()
	s := enter(w, body)
	r = body(s, arg)
	s.exit()
	returned = true
	return r, nil
}

// isForeign tells the panic of a cancelled run around this one.
func (t *team) isForeign(recovered any) bool {
	l, ok := recovered.(*leaving)
	return ok && l.team != t
}

// within runs the body as a part of the run that w works for.
func within[A, R any](w *worker, body func(*Stack[A, R], A) R, arg A) R {
	w.check()
	depth := len(w.frames)
	returned := false
	defer func() {
		if !returned { // the panic goes on
			w.abandon(depth)
		}
	}()
	s := enter(w, body)
	r := body(s, arg)
	s.exit()
	returned = true
	return r
}
