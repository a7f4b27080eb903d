package async

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// Shared lets calls that want the same thing at the same time share one run of
// the work. The zero value is ready. It must not be copied after use.
//
// It is what golang.org/x/sync/singleflight does, with contexts (which
// golang/go#53427 asks for): a caller whose context ends leaves alone, and the
// run is cancelled when nobody waits for it any more.
type Shared[K comparable, V any] struct {
	mu   sync.Mutex // held for a few instructions
	runs map[K]*sharedRun[K, V]
}

var (
	// ErrLeft is the cause of the context of a run that nobody waits for any
	// more.
	ErrLeft = errors.New("async: nobody waits for the shared run any more")

	// ErrOwnRun is returned by Do if it would wait for the run that it is called
	// from, which would wait for Do.
	ErrOwnRun = errors.New("async: Do was called from the run of the same key: it would wait for itself")
)

// leaveGrace is how long the last caller waits for a cancelled run.
const leaveGrace = spawn.DefaultGrace

// Do returns step(ctx, key), from a run that is shared by all calls of Do with
// the same key that come while it lasts; shared tells whether this call found
// one. A result is for these callers only: nothing is kept.
//
// The run has the values of the first caller's context, and none of the
// callers' deadlines. A caller whose context is done gets its cause at once;
// the last one cancels the run and waits for its end, ten seconds at most: then
// a *trivet.StuckError that names step is joined to the cause. A panic of step
// is raised in all callers. A step that calls Do with its own key, under the
// context that it got, gets [ErrOwnRun].
func (s *Shared[K, V]) Do(ctx context.Context, key K, step trivet.Step[K, V]) (v V, shared bool, err error) {
	if ctx.Err() != nil {
		return v, false, context.Cause(ctx)
	}
	run, shared, err := s.join(ctx, key, step)
	if err != nil {
		return v, shared, err
	}
	defer func() {
		if last := run.leave(); last && !run.future.Ready() {
			err = run.end(err)
		}
	}()
	v, err = run.future.Await(ctx)
	return v, shared, err
}

// Forget lets the next Do with key begin a run of its own, although another one
// is under way.
func (s *Shared[K, V]) Forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, key)
}

// join joins the run that is under way, or starts one.
func (s *Shared[K, V]) join(ctx context.Context, key K, step trivet.Step[K, V]) (run *sharedRun[K, V], shared bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if run := s.runs[key]; run != nil {
		if run.ctx.holds(ctx) {
			return nil, true, ErrOwnRun
		}
		run.callers++
		return run, true, nil
	}
	if s.runs == nil {
		s.runs = map[K]*sharedRun[K, V]{}
	}
	run = &sharedRun[K, V]{owner: s, key: key, step: step, callers: 1}
	s.runs[key] = run
	run.ctx.outer = runOf(ctx)
	run.ctx.Context, run.cancel = context.WithCancelCause(spawn.Detach(ctx))
	spawn.Go(&run.ctx, "", run)
	return run, false, nil
}

// sharedRun is a run with those who wait for it.
type sharedRun[K comparable, V any] struct {
	future Future[V]
	ctx    runContext
	cancel context.CancelCauseFunc
	owner  *Shared[K, V]
	key    K
	step   trivet.Step[K, V]
	ran    bool // step has returned

	callers int // guarded by the mu of the owner
}

// Run is for the goroutine of the run.
func (r *sharedRun[K, V]) Run(ctx context.Context) error {
	r.future.value, r.future.err = r.step(ctx, r.key)
	r.ran = true
	return r.future.err
}

// End lets nobody join any more, then gives the callers the result.
func (r *sharedRun[K, V]) End(err error) {
	r.owner.mu.Lock()
	r.remove()
	r.owner.mu.Unlock()
	r.cancel(nil)
	if r.ran {
		r.future.publish()
	} else {
		r.future.fail(err)
	}
}

// remove lets no more callers join. It is called with the mu of the owner held.
func (r *sharedRun[K, V]) remove() {
	if r.owner.runs[r.key] == r {
		delete(r.owner.runs, r.key)
	}
}

// leave reports whether nobody waits for the run any more.
func (r *sharedRun[K, V]) leave() (last bool) {
	r.owner.mu.Lock()
	defer r.owner.mu.Unlock()
	r.callers--
	if r.callers == 0 {
		r.remove()
	}
	return r.callers == 0
}

// end cancels a run and waits for it, but not for ever.
func (r *sharedRun[K, V]) end(cause error) error {
	r.cancel(ErrLeft)
	grace := time.NewTimer(leaveGrace)
	defer grace.Stop()
	select {
	case <-r.future.Done():
	case <-grace.C:
		if !r.future.Ready() {
			return errors.Join(cause, &trivet.StuckError{Name: "async.Shared", Func: spawn.NameOf(r.step), After: leaveGrace})
		}
	}
	raise([]*Future[V]{&r.future})
	return cause
}

// runContext is the context of a run, which knows the run, so that a call below
// can tell that it would wait for itself.
type runContext struct {
	context.Context
	outer *runContext // of the run whose step has started this one
}

type runKey struct{}

func (c *runContext) Value(key any) any {
	if key == (runKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func runOf(ctx context.Context) *runContext {
	c, _ := ctx.Value(runKey{}).(*runContext)
	return c
}

// holds reports whether ctx belongs to the run of c, or to one that was started
// below it.
func (c *runContext) holds(ctx context.Context) bool {
	inner := runOf(ctx)
	for inner != nil && inner != c {
		inner = inner.outer
	}
	return inner != nil
}
