package stealing

import (
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/internal/spawn"
)

// Stats tell what happened in a run.
type Stats struct {
	Workers    int   // goroutines that took part, the caller included
	Forks      int64 // most of them are known to their worker alone, from fork to join
	Promotions int64 // forks that became tasks, because somebody asked or Block was called
	TakenBack  int64 // of these, by the one who forked
	Steals     int64 // by workers with nothing to do
	Leapfrogs  int64 // by joiners, from the one they waited for
	Parks      int64 // of workers with nothing to do, until somebody had work
	Naps       int64 // of workers that stole too little to be worth it
	Waits      int64 // of joiners
	Blocks     int64 // calls of Block

	// Silent is the longest time that a body let others wait for forks that it
	// had made: it neither forked nor joined, because it computed, or waited
	// without Block. SilentFunc names the function of the run.
	Silent     time.Duration
	SilentFunc string
}

// counts are those of one worker. They are written on the slow paths only.
type counts struct {
	forks, promotions, takenBack, steals, leapfrogs, parks, naps, waits, blocks atomic.Int64
	silent                                                                      atomic.Int64
}

// bearable is how long thieves may wait for an answer until it is worth a word.
const bearable = time.Millisecond

// asker reports whether a thief has asked. It notes how long that was ago, if
// there was something to give: more than the record that was made just now.
func (w *worker) asker() bool {
	asked := atomic.SwapInt64(&w.asked, 0)
	if asked == 0 {
		return false
	}
	waited := w.team.now() - asked
	if w.unpublished() > 1 && waited > max(int64(bearable), w.counts.silent.Load()) {
		w.counts.silent.Store(waited)
	}
	return true
}

func (t *team) stats() (s Stats) {
	for _, w := range *t.workers.Load() {
		c := &w.counts
		s.Workers++
		s.Forks += c.forks.Load()
		s.Promotions += c.promotions.Load()
		s.TakenBack += c.takenBack.Load()
		s.Steals += c.steals.Load()
		s.Leapfrogs += c.leapfrogs.Load()
		s.Parks += c.parks.Load()
		s.Naps += c.naps.Load()
		s.Waits += c.waits.Load()
		s.Blocks += c.blocks.Load()
		s.Silent = max(s.Silent, time.Duration(c.silent.Load()))
	}
	if s.Silent > 0 {
		s.SilentFunc = spawn.NameOf(t.main)
	}
	return s
}
