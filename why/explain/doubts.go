package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why/replay"
)

// The bounds beyond which a forecast is doubted. They were set before the
// forecasts were compared with measurements; see bench/explain/PROTOCOL.md.
const (
	maxSelfCheck  = 0.05 // replay against recording, recorded core count
	maxCrossCheck = 0.10 // replay against recording, two real cores
	maxPreempted  = 0.05 // of the time to other programs
	maxSpread     = 0.10 // between repeated recordings
	maxSensitive  = 0.10 // change of the forecast when waking and switching cost nothing
	maxUnhooked   = 0.05 // waits that nothing hooked explains, over the wall time
	maxGC         = 0.10 // of the running time in the collector
	minGrain      = 5e-6 // seconds of running between two operations, on average
)

// doubts lists every reason why the forecast may be off by more than a tenth,
// and what the recording cannot see.
func (a *analysis) doubts() {
	flag := func(rule, format string, args ...any) {
		a.r.Flags = append(a.r.Flags, Flag{rule, fmt.Sprintf(format, args...)})
	}
	if a.r.Inflation > inflated {
		flag("work-inflation", "two cores share cache lines or memory bandwidth, or collect garbage: work x %.2f", a.r.Inflation)
	}
	a.columns(flag)
	widen := func(e float64) { a.r.Doubt = max(a.r.Doubt, math.Abs(e)) }
	if e := a.r.SelfCheck; math.Abs(e) > maxSelfCheck {
		widen(e)
		flag("self-check", "the replay of the recorded run is off by %+.0f %%", 100*e)
	}
	if e := a.r.CrossCheck; math.Abs(e) > maxCrossCheck {
		widen(e)
		flag("cross-check", "the forecast for 2 cores is off by %+.0f %% from a recording on 2 cores", 100*e)
	}
	if a.r.Tier == string(record.Stock) {
		flag("stock-tier", "an ordinary trace: locks and channels that did not block are unknown")
	}
	if a.r.Truncated {
		flag("truncated-recording", "the trace was cut off; what was recorded last is missing")
	}
	if p := a.r.Preempted; p > maxPreempted {
		took := fmt.Sprintf("%.0f %% of the time", 100*p)
		if p >= tookAsMuch {
			took = "as much time as it did"
		}
		flag("os-preemption", "other programs took %s; repeat on a quieter machine", took)
	} else if m, ok := a.onTwo(); ok && disturbance(m.Run, m.Recording) > maxStolen {
		flag("os-preemption", "other programs took %.0f %% of the time on two cores: that recording was not used", 100*disturbance(m.Run, m.Recording))
	}
	if s := a.r.Spread; s > maxSpread {
		widen(s)
		flag("spread", "repeated recordings differ by %.0f %%", 100*s)
	}
	if a.rec.Work < tooShort && a.forecastable() {
		flag("too-short", "only %s of work: starting up and chance decide; give it more to do", ms(a.r.Work))
	}
	a.handOffs(flag)
	a.blindSpots(flag)
	a.unseen()
}

type flagFunc func(rule, format string, args ...any)

// columns flags what must be known to read the forecasts at all.
func (a *analysis) columns(flag flagFunc) {
	if len(a.withheld) > 0 {
		p := a.withheld[0]
		flag("self-check", "for %d cores %s came out, which no machine gives: withheld", p.Cores, times(p.Predicted))
	}
	if len(a.told) > 0 && a.forecastable() {
		flag("program-asked-cores", "it asks how many cores there are (%s): each column is a recording of its own, told so many, and compared with itself%s",
			a.r.Asked[0].Where, a.unequal())
	}
}

// handOffs flags programs whose forecast rests on what a wake-up costs, or
// whose operations are so fine that their own cost on many cores, which no
// recording on one core shows, decides.
func (a *analysis) handOffs(flag flagFunc) {
	if a.oneWorks() {
		return // nobody to hand over to
	}
	if n := hookedOps(a.p); n > 0 && a.r.Work/float64(n) < minGrain {
		flag("fine-handoff", "%s of running between two operations on locks and channels: too fine to be sure", ms(a.r.Work/float64(n)))
		return
	}
	if a.at == nil {
		return
	}
	most := a.most()
	rs, err := a.replays(replay.Options{Cores: 2, Free: true}, replay.Options{Cores: a.o.Cores, Free: true}, replay.Options{Cores: most, Free: true})
	if err != nil {
		return
	}
	for _, free := range rs {
		if d := off(a.plain[free.Cores].Wall, free.Wall); d > maxSensitive {
			flag("fine-handoff", "on %d cores %.0f %% of the time hang on what waking and switching goroutines costs",
				free.Cores, 100*d/(1+d))
			return
		}
	}
}

func hookedOps(p *program.Program) (n int64) {
	for _, g := range p.Goroutines {
		for _, op := range g.Ops {
			if op.Kind >= program.Lock && op.Kind <= program.Join {
				n++
			}
		}
	}
	return n
}

// blindSpots flags what the hooks do not see.
func (a *analysis) blindSpots(flag flagFunc) {
	if at := a.atomics; len(at) > 0 {
		flag("order-in-atomics", "atomics decide who does what (%s); the share-out of one core is replayed", strings.Join(at[:min(2, len(at))], ", "))
	}
	if f := a.handMade(); f != "" {
		flag("order-in-atomics", "%s lets goroutines in by rules of its own; what it did on one core is replayed", f)
	}
	a.actorTurns(flag)
	wall := a.rec.Wall.Seconds()
	share := func(reasons ...record.Reason) (s float64) {
		for _, reason := range reasons {
			if w := a.rec.Waits[reason]; w != nil {
				s += w.Time.Seconds() / wall
			}
		}
		return s
	}
	if len(a.told) == 0 && len(a.r.Asked) > 0 && !a.set.ToldSame && a.forecastable() {
		flag("program-asked-cores", "it asks how many cores there are (%s) and was told %d: it may do otherwise where there are more or fewer", a.r.Asked[0].Where, a.r.Told)
	}
	if s := share(record.OnSleep, record.OnTimer); s > maxUnhooked {
		flag("timers", "goroutines slept for %s in all: sleeping is replayed as long as it was", ms(s*wall))
	}
	if s := share(record.OnNetwork); s > maxUnhooked {
		flag("network-inside", "goroutines waited for the network for %s in all: replayed as long as it was", ms(s*wall))
	}
	if a.at != nil && a.r.Tier == string(record.Full) {
		if w := a.at.Events.Wait; ratio(w, a.at.Wall) > maxUnhooked {
			flag("order-as-recorded", "conditions and the like wake goroutines in the recorded order; on %d cores they wait %s for that", a.o.Cores, ms(w.Seconds()))
		}
	}
	if n := len(a.pinned); n > 0 {
		first := a.p.Objects[a.pinned[0]]
		flag("hand-over-as-recorded", "something that the recording does not hold decides who gets what from %d of the channels, the first that of %s: they keep the recorded order, and the share-out of one core",
			n, a.names.where(first.Site))
	}
	if s := ratio(a.rec.GCWork, a.rec.GCWork+a.rec.Work); s > maxGC {
		flag("gc-heavy", "the garbage collector took %.0f %% of the running time", 100*s)
	}
}

// unequal tells which columns' recordings hold more or less work than one core's,
// and which fall.
func (a *analysis) unequal() string {
	var parts, falls []string
	for _, p := range a.r.Speedup {
		if p.Falls {
			falls = append(falls, fmt.Sprint(p.Cores))
		}
		if p.Work != 0 {
			parts = append(parts, fmt.Sprintf("%.1f times at %d", p.Work, p.Cores))
		}
	}
	text := ""
	if len(parts) > 0 {
		text = fmt.Sprintf(". Their work differs from that of 1 (%s): the machine's load, or it does other work", strings.Join(parts, ", "))
	}
	if len(falls) > 0 {
		text += fmt.Sprintf(". For %s cores it is slower than for fewer: it is so, or was disturbed", strings.Join(falls, ", "))
	}
	return text
}

// handMade returns a semaphore that is built of a lock and a list, so that on
// one core, where it seldom fills, nothing shows that it limits anybody.
func (a *analysis) handMade() string {
	for _, frames := range a.p.Stacks {
		for _, f := range frames {
			if strings.HasSuffix(f.Func, "golang.org/x/sync/semaphore.(*Weighted).Acquire") { // vendored too
				return "semaphore.Weighted"
			}
		}
	}
	return ""
}

// unseen says what no check of this report looked for.
func (a *analysis) unseen() {
	say := func(s string) { a.r.Unseen = append(a.r.Unseen, s) }
	say("atomics")
	if a.r.Tier == string(record.Stock) {
		say("uncontended locks and channels")
	}
	if _, recorded := a.onTwo(); a.r.Inflation == 0 && recorded {
		say("memory bandwidth and false sharing (the recordings on 2 cores do not tell)")
	} else if a.r.Inflation == 0 {
		say("memory bandwidth and false sharing (needs a recording on 2 cores)")
	} else {
		say("memory bandwidth beyond 2 cores")
	}
	if len(a.r.Speedup) == 0 && a.set.Stop == "" && !a.rec.Ended {
		say("the end of the program")
	}
}
