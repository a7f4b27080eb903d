package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A worker is one goroutine of a stage. Its time is always one of three things:
// busy in the user's function, starved of input, or held up by the next buffer.
type worker struct {
	ctx   context.Context
	group *spawn.Group
	stage *stageRun
	order *turn     // nil unless the workers of the stage keep the order
	mark  time.Time // the time before this one is accounted for
	in    int64     // items begun since the books were written up
	out   int64     // items that the next buffers got
}

// cancelled reports whether nothing new may start.
func (w *worker) cancelled() bool { return w.group.Err() != nil }

// account adds the time since the mark to one of the stage's three shares.
func (w *worker) account(share *atomic.Int64) {
	now := time.Now()
	share.Add(int64(now.Sub(w.mark)))
	w.mark = now
}

// blocks and unblocks surround a wait.
func (w *worker) blocks()                      { w.account(&w.stage.busy) }
func (w *worker) unblocks(share *atomic.Int64) { w.account(share) }

// endBatch writes up the books.
func (w *worker) endBatch() {
	w.account(&w.stage.busy)
	w.stage.in.Add(w.in)
	w.stage.out.Add(w.out)
	w.in, w.out = 0, 0
	w.stage.sample(w.mark)
}

// A batchSize adapts how much a worker takes at once where several share a
// buffer: much while items are cheap, so that sharing costs little; few while
// they are dear, so that none waits behind another one while a worker idles.
type batchSize struct {
	now  int
	most int // 0 if the size is fixed
}

const (
	maxShared = 32 // items at most

	// A worker should come back for more after about this time.
	shortBatch = 20 * time.Microsecond
	longBatch  = 100 * time.Microsecond
)

func (b *batchSize) adapt(n int, took time.Duration) {
	switch {
	case b.most == 0:
	case took > longBatch:
		b.now = max(1, b.now/2)
	case took < shortBatch && n == b.now:
		b.now = min(b.most, b.now*2)
	}
}

// stageRun is a stage at work.
type stageRun struct {
	Stage
	workers int
	depth   int // stages before it
	hooks   *trivet.Hooks
	alive   atomic.Int64 // workers that have not ended
	order   *order
	closes  []func() // its edges; called by the last worker

	busy, starved, backpressured atomic.Int64 // nanoseconds, summed over the workers
	in, out, failed              atomic.Int64 // items
	fill                         []func(*Stats)

	sampled atomic.Int64 // when the hooks were last called, in nanoseconds since 1970
	told    Stats        // what they were told; guarded by telling
	telling atomic.Bool
}

// sampleEvery is the least time between two calls of a stage's hooks.
const sampleEvery = 100 * time.Millisecond

// sample tells the hooks how the stage does, unless they were told just now.
func (s *stageRun) sample(now time.Time) {
	if s.hooks.Stage == nil && s.hooks.Queue == nil {
		return
	}
	if now.UnixNano()-s.sampled.Load() >= int64(sampleEvery) {
		s.tell(now)
	}
}

// tell tells the hooks what is new since the last time.
func (s *stageRun) tell(now time.Time) {
	if !s.telling.CompareAndSwap(false, true) {
		return
	}
	defer s.telling.Store(false)
	s.sampled.Store(now.UnixNano())
	is, was := s.stats(), s.told
	s.told = is
	if s.hooks.Stage != nil {
		s.hooks.Stage(trivet.StageInfo{
			Name:          s.Name,
			Busy:          is.Busy - was.Busy,
			Starved:       is.Starved - was.Starved,
			Backpressured: is.Backpressured - was.Backpressured,
			Items:         int(is.In - was.In),
		})
	}
	if s.hooks.Queue != nil && is.Limit > 0 {
		s.hooks.Queue(trivet.QueueInfo{Name: s.Name, Depth: is.Depth, Limit: is.Limit, Age: is.Age})
	}
}
