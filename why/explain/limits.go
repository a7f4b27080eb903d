package explain

import (
	"fmt"
	"slices"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/inventory"
	"github.com/trivet-go/trivet/why/replay"
)

// idleWorkers finds pools of whose workers half or fewer can have work at once.
func (a *analysis) idleWorkers() verdictOf {
	_, ran := a.count(inventory.Pool)
	switch {
	case a.o.Source.Missing != "":
		return notLooked(noSource)
	case ran == 0:
		return looked("no worker pool ran")
	case a.at == nil || len(a.r.Speedup) == 0:
		return notLooked("there is no forecast")
	case a.shared:
		return notLooked("atomics deal the work out: who gets how much on many cores is not known")
	}
	var v verdictOf
	pools, outside := 0, 0
	var busiest string
	for i, p := range a.o.Source.Patterns {
		n := a.workers(p, a.joined[i])
		if n < 2 {
			continue
		}
		pools++
		if a.waitsMostly(a.joined[i].goroutines) {
			outside++
			continue
		}
		usable, err := a.usable(n)
		if err != nil {
			return notLooked("the replay got stuck")
		}
		if 2*usable > n {
			busiest = fmt.Sprintf("of %d workers %d can work at once", n, usable)
			continue
		}
		v.findings = append(v.findings, a.idle(p, n, usable))
	}
	switch {
	case pools == 0:
		v.looked = "each worker pool that ran has one worker"
	case outside == pools:
		return notLooked("the workers mostly wait for time, files or network, where more than cores make sense")
	default:
		v.looked, v.short = fmt.Sprintf("%s; worker pools that ran: %d", busiest, pools), busiest
	}
	return v
}

func (a *analysis) idle(p inventory.Pattern, n, usable int) why.Finding {
	few, all := a.speed(usable), a.speed(n)
	f := why.Finding{
		Rule:     "idle-workers",
		Title:    fmt.Sprintf("Of %d workers no more than %d can work at once; the rest wait.", n, usable),
		Where:    p.Where.String(),
		Evidence: []string{fmt.Sprintf("replayed: %s faster with %d at work at once, %s with all %d", times(few), usable, times(all), n)},
		Why:      "What they cannot do at the same time caps the speed-up, whatever their number.",
		Try:      "make the serial part smaller (see TRY); more workers change nothing",
		Sure:     sureReplay,
	}
	if l := a.r.Laws; l != nil && l.AmdahlSerial > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("by Amdahl's law %.0f %% of the work is serial: no more than %s", 100*l.AmdahlSerial, times(1/l.AmdahlSerial)))
	}
	return f
}

// workers is how many goroutines of a pool take from the same channel, or were
// started by the same goroutine when it is no channel that they take from.
func (a *analysis) workers(p inventory.Pattern, j joined) (n int) {
	if p.Kind != inventory.Pool {
		return 0
	}
	takers := map[uint32]map[int]bool{}
	started := map[int32]int{}
	for _, i := range j.goroutines {
		g := a.p.Goroutines[i]
		started[g.Parent]++
		for _, op := range g.Ops {
			if (op.Kind == program.Recv || op.Kind == program.RecvClosed) && slices.Contains(j.objects, op.Obj) {
				if takers[op.Obj] == nil {
					takers[op.Obj] = map[int]bool{}
				}
				takers[op.Obj][i] = true
			}
		}
	}
	for _, t := range takers {
		n = max(n, len(t))
	}
	if len(takers) == 0 {
		for _, s := range started {
			n = max(n, s)
		}
	}
	return n
}

// waitsMostly tells whether goroutines spend less time running than waiting
// for time, files and network.
func (a *analysis) waitsMostly(goroutines []int) bool {
	var run, outside int64
	for _, i := range goroutines {
		w := a.p.Goroutines[i].Waited
		run += w.Run
		outside += w.Sleep + w.IO + w.Syscall
	}
	return outside > run
}

// enough is the share of the speed-up with all workers that counts as all of
// it.
const enough = 0.95

// usable is the least number of cores that gives nearly the speed-up that n
// give.
func (a *analysis) usable(n int) (int, error) {
	if err := a.onCores(n); err != nil {
		return 0, err
	}
	low, high := 1, n // the speed-up of high is enough
	for low < high {
		mid := (low + high) / 2
		if err := a.onCores(mid); err != nil {
			return 0, err
		}
		if a.speed(mid) >= enough*a.speed(n) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return high, nil
}

func (a *analysis) speed(n int) float64 { return ratio(a.one.Wall, a.plain[n].Wall) }

// queueHidesStage finds buffers that are full most of the time and change
// nothing.
func (a *analysis) queueHidesStage() verdictOf {
	if a.at == nil || !a.forecastable() {
		return notLooked("nothing was replayed")
	}
	const deep, full = 4, 0.3
	var v verdictOf
	looked := 0
	for _, o := range a.at.Objects {
		obj := a.p.Objects[o.Obj]
		if obj.Class != program.Channel || obj.Cap < deep || a.semaphore(o.Obj) {
			continue
		}
		f, ok := a.names.frame(obj.Site)
		if !ok || a.names.std(f) {
			continue
		}
		looked++
		if ratio(o.Full, a.at.Wall) < full || !a.fewAreBusy(o.Obj) {
			continue
		}
		rs, err := a.replays(
			replay.Options{Cores: a.o.Cores, Changes: replay.Changes{Capacity: map[uint32]int{o.Obj: 1}}},
			replay.Options{Cores: a.o.Cores, Changes: replay.Changes{Capacity: map[uint32]int{o.Obj: 2 * int(obj.Cap)}}},
		)
		if err != nil {
			return notLooked("the replay got stuck")
		}
		less, more := off(rs[0].Wall, a.at.Wall), off(rs[1].Wall, a.at.Wall)
		if less > 0.05 || more < -0.05 {
			continue // it evens something out
		}
		name := a.names.object(o.Obj)
		v.findings = append(v.findings, why.Finding{
			Rule:  "queue-hides-stage",
			Title: fmt.Sprintf("The buffer of %s only hides that what takes from it is too slow.", name),
			Where: a.names.where(obj.Site),
			Evidence: []string{
				fmt.Sprintf("on %d cores senders wait %s for room, although there is room for %d", a.o.Cores, ms(o.Full.Seconds()), obj.Cap),
				fmt.Sprintf("with room for 1 the run takes %s, for %d %s, for %d %s", ms(rs[0].Wall.Seconds()), obj.Cap, ms(a.at.Wall.Seconds()), 2*obj.Cap, ms(rs[1].Wall.Seconds())),
			},
			Why:  "It is full nearly all the time: every value waits in it, and none comes out sooner.",
			Try:  "give the side that takes more workers or less work; then keep the buffer short",
			Sure: sureReplay,
		})
	}
	v.looked = fmt.Sprintf("no buffer is full and of no use; channels with room for %d or more: %d", deep, looked)
	return v
}

// fewAreBusy tells whether those who take from a channel run nearly all the time,
// and are few: fewer than cores, and than would empty its buffer in a moment.
func (a *analysis) fewAreBusy(ch uint32) bool {
	var run int64
	n := 0
	for i, g := range a.p.Goroutines {
		if slices.ContainsFunc(g.Ops, func(op program.Op) bool { return op.Kind == program.Recv && op.Obj == ch }) {
			run += a.runs()[i]
			n++
		}
	}
	return n > 0 && n < a.o.Cores && 4*n < int(a.p.Objects[ch].Cap) && float64(run) > busy*float64(n)*float64(a.at.Wall)
}
