package stealing

import (
	"runtime/trace"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/internal/park"
)

// A worker is a goroutine of a run: the caller of Run, or a helper. Everything
// but wanted, asked and shelf is its own alone.
type worker struct {
	team *team
	_    [120]byte

	// wanted is 1 if somebody asks for work, and when the run is cancelled.
	// The next Fork or Join answers.
	wanted uint32
	asked  int64 // when a thief asked, in ns since the start of the run; atomic
	_      [112]byte

	shelf shelf
	_     [64]byte

	frames  []frame // the Stacks in use, outermost first
	spare   any     // a Stack for later
	spot    park.Spot
	meter   *meter        // if the run is measured
	account time.Duration // see price
	naps    int           // how often in a row it was empty
	seed    uint32        // for the choice of the next victim
	counts  counts
	_       [64]byte
}

// A frame is a Stack of any type.
type frame interface {
	unpublished() int
	publish() job
	abandon()
}

// oldest makes a task of the oldest private record of the worker.
func (w *worker) oldest() job {
	for _, f := range w.frames {
		if f.unpublished() > 0 {
			w.counts.promotions.Add(1)
			return f.publish()
		}
	}
	return nil
}

// ask answers whoever asks for work, and leaves a run that is cancelled.
//
// The order matters: wanted is cleared before the offer is made, and hungry is
// read after it. See DESIGN.md.
func (w *worker) ask() {
	t := w.team
	t.arm()
	if w.meter != nil {
		w.check()
		w.meter.fork()
		return
	}
	atomic.StoreUint32(&w.wanted, 0)
	w.check()
	w.feed(w.asker())
	if t.hungry.Load() > 0 {
		atomic.StoreUint32(&w.wanted, 1)
	}
}

// feed offers a record for each free slot and wakes somebody for it. If no slot
// is free but somebody searches it offers one record, unless there is an offer.
func (w *worker) feed(searched bool) {
	t := w.team
	for !t.stopped.Load() {
		hungry := t.hungry.Load() > 0
		offered := w.shelf.count.Load() > 0
		if !hungry && (offered || !searched) {
			return
		}
		j := w.oldest()
		if j != nil {
			w.shelf.put(j)
		}
		if t.rules.half {
			w.offerHalf()
		}
		if hungry && (offered || j != nil) {
			t.wake()
		}
		if j == nil {
			return
		}
	}
}

// offerHalf offers half of the private records.
func (w *worker) offerHalf() {
	for n := w.unpublished() / 2; n > 0; n-- {
		w.shelf.put(w.oldest())
	}
}

// unpublished counts the private records.
func (w *worker) unpublished() (n int) {
	for _, f := range w.frames {
		n += f.unpublished()
	}
	return n
}

// check leaves the body if the run is cancelled.
func (w *worker) check() {
	if w.team.stopped.Load() {
		w.leave()
	}
}

// leave ends the body by a panic. Whatever the body does on its way out must
// not start anything again.
func (w *worker) leave() {
	w.team.left.Store(true)
	atomic.StoreUint32(&w.wanted, 1)
	panic(&leaving{w.team})
}

// leaving is the panic that ends the bodies of a cancelled run.
type leaving struct{ team *team }

func (*leaving) Error() string {
	return "stealing: this body ends because its run was cancelled; code that recovers panics must let this one pass"
}

func (w *worker) takeBack(j job) bool {
	if !w.shelf.takeBack(j) {
		return false
	}
	w.counts.takenBack.Add(1)
	return true
}

// leaveFrame takes the innermost frame off.
func (w *worker) leaveFrame() {
	last := len(w.frames) - 1
	w.frames[last] = nil
	w.frames = w.frames[:last]
}

// abandon ends all frames above the first depth, after a body did not return.
func (w *worker) abandon(depth int) {
	for len(w.frames) > depth {
		w.frames[len(w.frames)-1].abandon()
		w.leaveFrame()
	}
}

// execute runs a job that was taken from somebody. It reports how long that
// took; if the body did not return the run fails.
func (w *worker) execute(j job) (took time.Duration) {
	depth := len(w.frames)
	returned := false
	begin := time.Now()
	defer func() {
		if !returned {
			w.team.failed(recover())
			w.abandon(depth)
			j.head().failed = true
		}
		took = time.Since(begin)
		j.head().end()
	}()
	if w.team.hungry.Load() > 0 {
		atomic.StoreUint32(&w.wanted, 1)
	}
	if name := w.team.rules.Name; name != "" && trace.IsEnabled() {
		defer trace.StartRegion(w.team.context(), name+": part").End()
	}
	j.run(w)
	returned = true
	return
}

// Block calls f, which may wait for something else than forks of this run: a
// lock, a channel, a disk. Before, it offers all forks that others do not know
// yet, and lends its place to another worker; up to 64 workers of a run can do
// so at a time. A body that waits without Block is as correct, but its forks
// that nobody has asked for yet wait with it.
func (w *worker) Block(f func()) {
	t := w.team
	if w.meter != nil {
		f()
		return
	}
	t.arm()
	w.check()
	for j := w.oldest(); j != nil; j = w.oldest() {
		w.shelf.put(j)
	}
	w.counts.blocks.Add(1)
	if t.offers() {
		t.wake() // there may be a free slot without this one
	}
	if t.blocked.Add(1) <= maxBlocked {
		t.lend(w)
		defer t.acquire()
	}
	defer t.blocked.Add(-1)
	f()
}

// Poll answers whoever asks for work, and leaves the body if the run is
// cancelled. Fork and Join do the same: Poll is for long stretches without
// them.
func (w *worker) Poll() {
	if atomic.LoadUint32(&w.wanted) != 0 && w.meter == nil {
		w.ask()
	}
}

// Wanted reports whether somebody asks for work, so that a body can split what
// it would otherwise do itself.
func (w *worker) Wanted() bool { return atomic.LoadUint32(&w.wanted) != 0 }

// Fail ends the run, which returns err, and does not return.
func (w *worker) Fail(err error) {
	w.team.stop(err)
	w.leave()
}
