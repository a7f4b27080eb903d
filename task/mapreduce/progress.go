package mapreduce

import (
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet"
)

// progress counts what has been mapped, and tells the hooks now and then.
type progress struct {
	hook    func(trivet.ProgressInfo)
	name    string
	unit    string
	total   int64
	begin   time.Time
	done    atomic.Int64
	skipped atomic.Int64
	told    atomic.Int64 // when, since begin
}

// often is the time between two calls of the hook.
const often = 100 * time.Millisecond

func newProgress(hooks *trivet.Hooks, name string, feed interface{ total() (int64, string) }) *progress {
	p := &progress{hook: hooks.Progress, name: name, begin: time.Now()}
	p.total, p.unit = feed.total()
	return p
}

func (p *progress) add(n, skipped int64) {
	done := p.done.Add(n)
	if skipped > 0 {
		p.skipped.Add(skipped)
	}
	if p.hook == nil {
		return
	}
	now, told := int64(time.Since(p.begin)), p.told.Load()
	if now-told >= int64(often) && p.told.CompareAndSwap(told, now) {
		p.tell(done)
	}
}

// end tells the hook how far it is when it is over.
func (p *progress) end() {
	if p.hook != nil {
		p.tell(p.done.Load())
	}
}

func (p *progress) tell(done int64) {
	p.hook(trivet.ProgressInfo{Name: p.name, Done: done, Total: p.total, Unit: p.unit, Elapsed: time.Since(p.begin)})
}
