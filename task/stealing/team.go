package stealing

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A team is one run: its workers and what they have in common. It begins as the
// caller alone; everything else is made by arm, when there is a fork.
type team struct {
	rules Rules
	user  context.Context // that Run got
	main  any             // the user's function
	begin time.Time

	// hungry is the number of slots that nobody uses: work that is offered then
	// finds a goroutine. It is written under mu.
	hungry  atomic.Int32
	stopped atomic.Bool // the run is cancelled or has failed
	left    atomic.Bool // a body was left because of that
	over    atomic.Bool // helpers go home
	armed   atomic.Bool
	blocked atomic.Int32              // workers inside of Block
	workers atomic.Pointer[[]*worker] // all that there ever were; written under mu

	mu       sync.Mutex         // held for a few instructions
	limit    int                // slots
	active   int                // slots in use
	parked   []*worker          // helpers without a slot
	napping  []*worker          // helpers that have one, but wait before they search again
	failures []error            // the first is the cause
	raised   *spawn.Unclaimed   // the first panic
	panic    *trivet.PanicError // the same

	group  *spawn.Group // of the helpers; made by arm
	last   context.Context
	giveUp context.CancelFunc
	unhook func() bool
	grace  *time.Timer // until giveUp; made by stop
	beat   *time.Timer
	pause  time.Duration // until the next beat

	first worker // the caller
}

// maxFailures bounds what a run keeps beside its first cause.
const maxFailures = 32

// firstBeat is when a run first looks for a change of GOMAXPROCS. It looks
// again whenever it is twice as old as the time before, so a run of an hour
// looks twenty times.
const firstBeat = 10 * time.Millisecond

func newTeam(ctx context.Context, main any) *team {
	t := &team{rules: rulesOf(ctx), user: ctx, main: main, begin: time.Now()}
	t.first.team = t
	t.first.wanted = 1 // so that the first fork calls arm
	t.first.meter = meterOf(ctx)
	t.first.account = credit
	t.active = 1
	workers := make([]*worker, 1, 4)
	workers[0] = &t.first
	t.workers.Store(&workers)
	return t
}

// arm prepares the run for company: from now on it can be cancelled, and there
// are slots for helpers.
func (t *team) arm() {
	if !t.armed.Load() {
		t.prepare()
	}
}

func (t *team) prepare() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.armed.Load() {
		return
	}
	t.group = spawn.New(t.user, spawn.Rules{Name: t.rules.Name, Grace: t.rules.Grace / 2})
	t.last, t.giveUp = context.WithCancel(context.WithoutCancel(t.user))
	t.unhook = context.AfterFunc(t.group.Context(), t.cancelled)
	t.resize()
	t.pause = firstBeat
	t.beat = time.AfterFunc(t.pause, t.onBeat)
	t.armed.Store(true)
}

// context is that of the run. It is done when the run is cancelled.
func (t *team) context() context.Context {
	t.arm()
	return t.group.Context()
}

// resize looks how many slots there are. mu is held.
func (t *team) resize() {
	t.limit = t.rules.Workers
	if procs := runtime.GOMAXPROCS(0); t.limit <= 0 || t.limit > procs {
		t.limit = procs
	}
	if t.first.meter != nil {
		t.limit = 1
	}
	t.count()
}

// count makes hungry what it should be. mu is held.
func (t *team) count() { t.hungry.Store(int32(max(0, t.limit-t.active))) }

func (t *team) onBeat() {
	t.mu.Lock()
	if t.over.Load() {
		t.mu.Unlock()
		return
	}
	t.resize()
	t.beat.Reset(t.pause)
	t.pause *= 2
	t.mu.Unlock()
	if t.hungry.Load() > 0 {
		t.askAll(nil)
	}
}

// askAll asks all workers but one for work.
func (t *team) askAll(but *worker) {
	now := t.now()
	for _, w := range *t.workers.Load() {
		if w != but {
			w.wantedAt(now)
		}
	}
}

// now is the time since the beginning of the run, and not 0.
func (t *team) now() int64 { return int64(time.Since(t.begin)) + 1 }

// wantedAt asks w. It looks before it writes, because w reads all the time.
func (w *worker) wantedAt(now int64) {
	if atomic.LoadUint32(&w.wanted) == 0 {
		atomic.StoreInt64(&w.asked, now)
		atomic.StoreUint32(&w.wanted, 1)
	}
}

// offers reports whether anybody offers a task.
func (t *team) offers() bool {
	return slices.ContainsFunc(*t.workers.Load(), func(w *worker) bool { return w.shelf.count.Load() > 0 })
}

// wake fills a slot, if one is free.
func (t *team) wake() {
	t.mu.Lock()
	t.resize()
	if t.active >= t.limit || t.over.Load() {
		t.mu.Unlock()
		return
	}
	t.active++
	t.count()
	var w *worker
	if last := len(t.parked) - 1; last >= 0 {
		w = t.parked[last]
		t.parked = t.parked[:last]
		t.mu.Unlock()
		w.spot.Unpark()
		return
	}
	w = t.hire()
	t.mu.Unlock()
	if !t.group.Start(spawn.Task{Func: t.main, Run: w.work}) {
		t.release() // the run is cancelled
	}
}

// hire makes another worker. mu is held.
func (t *team) hire() *worker {
	workers := *t.workers.Load()
	w := newWorker(t, uint32(len(workers)))
	workers = append(slices.Clone(workers), w)
	t.workers.Store(&workers)
	return w
}

// acquire and release count the slot of a worker that goes on, or stops. One
// that goes on does not wait for a slot: the next that has nothing to do gives
// up his.
func (t *team) acquire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active++
	t.count()
}

func (t *team) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active--
	t.resize()
}

// maxBlocked is how many workers may lend their slots in Block at a time. It
// bounds the goroutines of a run; joiners that wait are bounded by the depth of
// the recursion.
const maxBlocked = 64

// lend gives the slot of w to somebody else. If there is nothing to do yet all
// others are asked; see DESIGN.md for the order.
func (t *team) lend(w *worker) {
	t.release()
	if t.offers() {
		t.wake()
	}
	if t.hungry.Load() > 0 {
		t.askAll(w)
	}
}

// cancelled is called when the context of the run is done.
func (t *team) cancelled() { t.stop(context.Cause(t.group.Context())) }

// failed notes that a body did not return, from what recover gave.
func (t *team) failed(recovered any) {
	if _, ok := recovered.(*leaving); ok && t.stopped.Load() {
		return // the failure is known
	}
	err := spawn.Failure(recovered)
	if p, ok := err.(*trivet.PanicError); ok {
		t.keep(p)
	}
	t.stop(err)
}

// keep lets a panic crash the process if the caller of Run cannot take it over
// in time.
func (t *team) keep(p *trivet.PanicError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.raised == nil {
		t.raised, t.panic = spawn.Keep(t.rules.Name, p), p
	}
}

// stop cancels the run.
func (t *team) stop(err error) {
	t.arm()
	t.mu.Lock()
	if len(t.failures) == 0 || len(t.failures) < maxFailures && !errors.Is(err, t.failures[0]) {
		t.failures = append(t.failures, err)
	}
	first := !t.stopped.Swap(true)
	t.mu.Unlock()
	if !first {
		return
	}
	t.group.Cancel(err)
	t.askAll(nil) // after stopped: whoever answers sees it
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over.Load() {
		t.grace = time.AfterFunc(t.rules.Grace/2, t.giveUp)
	}
}

// end waits for the helpers, and says how the run ended.
func (t *team) end(returned bool) error {
	var joined error
	if t.armed.Load() {
		t.dismiss()
		t.unhook()
		joined = t.group.Wait()
		t.giveUp()
	}
	if t.first.meter != nil {
		t.first.meter.mu.Unlock()
	}
	if t.rules.Report != nil {
		t.rules.Report(t.stats())
	}
	return t.verdict(returned, joined)
}

// dismiss sends the helpers home.
func (t *team) dismiss() {
	t.mu.Lock()
	t.over.Store(true)
	idle := append(t.parked, t.napping...)
	t.parked, t.napping = nil, nil
	t.beat.Stop()
	if t.grace != nil {
		t.grace.Stop()
	}
	t.mu.Unlock()
	for _, w := range idle {
		w.spot.Unpark()
	}
}

// verdict is nil if the run has its result: since each fork was joined, all
// bodies have come to their end.
func (t *team) verdict(returned bool, joined error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if returned && !t.left.Load() && t.raised == nil {
		return nil
	}
	errs := append(t.failures, stuckIn(joined)...)
	if t.raised == nil {
		return joinErrors(errs)
	}
	raised := *t.raised.Claim() // a copy: the original may be in other hands too
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == error(t.panic) })
	raised.Also = joinErrors(append(errs, raised.Also))
	panic(&raised)
}

func joinErrors(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// stuckIn returns what err says of functions that ignore their context.
func stuckIn(err error) (stuck []error) {
	switch e := err.(type) {
	case *trivet.StuckError:
		return []error{e}
	case interface{ Unwrap() []error }:
		for _, branch := range e.Unwrap() {
			stuck = append(stuck, stuckIn(branch)...)
		}
	}
	return stuck
}
