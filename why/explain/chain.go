package explain

import (
	"slices"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why/replay"
)

// chain copies the critical path and what happened at objects, at o.Cores.
func (a *analysis) chain() error {
	r := a.at
	a.objects = make([]replay.Object, len(a.p.Objects))
	for _, o := range r.Objects {
		a.objects[o.Obj] = o
	}
	for _, l := range r.Path {
		link := Link{
			Seconds: l.Time.Seconds(), Share: ratio(l.Time, r.Wall), Kind: l.Kind.String(),
			What: l.Kind.String(), Where: a.names.where(l.Stack),
		}
		if l.Kind == replay.Running {
			link.What = a.running(l)
		}
		a.r.Chain = append(a.r.Chain, link)
	}
	for _, o := range r.Objects {
		a.object(o.Obj, o)
	}
	slices.SortStableFunc(a.r.Locks, func(x, y Lock) int { return -compare(x.Wait+x.Hold, y.Wait+y.Hold) })
	slices.SortStableFunc(a.r.Channels, func(x, y Channel) int { return -compare(x.Full+x.Empty, y.Full+y.Empty) })
	a.r.Locks = a.r.Locks[:min(20, len(a.r.Locks))]
	a.r.Channels = a.r.Channels[:min(20, len(a.r.Channels))]
	s := r.Sched
	a.r.Sched = Sched{Steals: s.Steals, Stolen: s.Stolen, RunNext: s.RunNext, Global: s.Global, Wakes: s.Wakeups, Slices: s.Preemptions}
	return nil
}

// running tells what a stretch of running was about.
func (a *analysis) running(l replay.Link) string {
	if l.Holding >= 0 {
		if o := a.p.Objects[l.Holding]; o.Actor {
			return o.Name
		}
		return "holding " + a.names.object(uint32(l.Holding))
	}
	if f, ok := a.names.frame(l.Stack); ok {
		return "running " + function(f.Func)
	}
	return "running Go's runtime"
}

func (a *analysis) object(id uint32, o replay.Object) {
	if o.Ops == 0 {
		return
	}
	site := a.names.where(a.p.Objects[id].Site)
	switch a.p.Objects[id].Class {
	case program.Mutex, program.RWMutex:
		a.r.Locks = append(a.r.Locks, Lock{
			Name: a.names.object(id), Site: site, Count: o.Ops,
			Hold: (o.Hold + o.ReadHold).Seconds(), Wait: o.Wait.Seconds(),
		})
	case program.Channel:
		a.r.Channels = append(a.r.Channels, Channel{
			Name: a.names.object(id), Site: site, Cap: int(a.p.Objects[id].Cap), Count: o.Ops,
			Full: o.Full.Seconds(), Empty: o.Empty.Seconds(),
		})
	}
}
