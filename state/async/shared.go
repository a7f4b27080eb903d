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
	runs map[K]*sharedRun[V]
}

// sharedRun is a run with those who wait for it.
type sharedRun[V any] struct {
	future  Future[V]
	cancel  context.CancelCauseFunc
	step    any // to name it
	callers int // guarded by the mu of Shared
}

// ErrLeft is the cause of the context of a run that nobody waits for any more.
var ErrLeft = errors.New("async: nobody waits for the shared run any more")

// leaveGrace is how long the last caller waits for a cancelled run.
const leaveGrace = spawn.DefaultGrace

// Do returns step(ctx, key), from a run that is shared by all calls of Do with
// the same key that come while it lasts; shared tells whether this call found
// one. A result is for these callers only: nothing is kept.
//
// The run has the values of the first caller's context, and none of the
// callers' deadlines. A caller whose context is done gets its cause at once;
// the last one cancels the run and waits for its end. A panic of step is
// raised in all callers.
func (s *Shared[K, V]) Do(ctx context.Context, key K, step trivet.Step[K, V]) (v V, shared bool, err error) {
	if ctx.Err() != nil {
		return v, false, context.Cause(ctx)
	}
	run, shared := s.join(ctx, key, step)
	left := false
	defer func() {
		if !left { // by a result, or a panic
			s.leave(key, run)
		}
	}()
	v, err = run.future.Await(ctx)
	left = true
	if last := s.leave(key, run); last && !run.future.Ready() {
		err = run.end(err)
	}
	return v, shared, err
}

// Forget lets the next Do with key begin a run of its own, although another one
// is under way.
func (s *Shared[K, V]) Forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, key)
}

func (s *Shared[K, V]) join(ctx context.Context, key K, step trivet.Step[K, V]) (*sharedRun[V], bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if run := s.runs[key]; run != nil {
		run.callers++
		return run, true
	}
	if s.runs == nil {
		s.runs = map[K]*sharedRun[V]{}
	}
	run := &sharedRun[V]{step: step, callers: 1}
	s.runs[key] = run
	ctx, run.cancel = context.WithCancelCause(spawn.Detach(ctx))
	spawn.Go(ctx, "", func(ctx context.Context) error {
		value, err := step(ctx, key)
		s.remove(key, run)
		run.future.settle(value, err)
		return nil
	}, func(err error) {
		s.remove(key, run)
		if err != nil {
			run.future.fail("", err)
		}
		run.cancel(nil)
	})
	return run, false
}

// remove lets no more callers join a run.
func (s *Shared[K, V]) remove(key K, run *sharedRun[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[key] == run {
		delete(s.runs, key)
	}
}

// leave reports whether nobody waits for the run any more.
func (s *Shared[K, V]) leave(key K, run *sharedRun[V]) (last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run.callers--
	if run.callers == 0 && s.runs[key] == run {
		delete(s.runs, key)
	}
	return run.callers == 0
}

// end cancels a run and waits for it, but not for ever.
func (r *sharedRun[V]) end(cause error) error {
	r.cancel(ErrLeft)
	grace := time.NewTimer(leaveGrace)
	defer grace.Stop()
	select {
	case <-r.future.Done():
		if r.future.panic != nil {
			r.future.result()
		}
		return cause
	case <-grace.C:
		return errors.Join(cause, &trivet.StuckError{Name: "shared", Func: spawn.NameOf(r.step), After: leaveGrace})
	}
}
