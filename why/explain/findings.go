package explain

import (
	"fmt"
	"maps"
	"slices"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/replay"
)

// findings names what limits the program, the heaviest first.
func (a *analysis) findings() {
	one := a.oneWorks()
	looks := []func() (why.Finding, float64){a.inflation, a.tinyTasks, a.alone, a.waitsOutside, a.collector}
	if len(a.r.Deadlock) > 0 {
		looks = []func() (why.Finding, float64){a.deadlocked}
	}
	if a.at != nil && !one && len(a.r.Deadlock) == 0 {
		looks = append(looks, a.heaviestLock, a.narrowSemaphore, a.noSlack, a.slowStage)
		if !a.shared { // else who did how much is an accident
			looks = append(looks, a.straggler, a.serialPart)
		}
	}
	for _, look := range looks {
		if f, weight := look(); weight > 0 {
			f.Saves = max(f.Saves, 0)
			a.r.Findings = append(a.r.Findings, f)
			a.weights = append(a.weights, weight)
		}
	}
	order := make([]int, len(a.weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return -compare(a.weights[x], a.weights[y]) })
	sorted := make([]why.Finding, 0, len(order))
	for _, i := range order {
		sorted = append(sorted, a.r.Findings[i])
	}
	a.r.Findings = sorted
}

const sureReplay = "replayed from one recording; gains are upper bounds"

// saves returns what the best what-if of these changes saves, in seconds.
func (a *analysis) saves(match func(WhatIf) bool) float64 {
	var best float64
	for _, w := range a.r.WhatIf {
		if match(w) {
			best = max(best, w.Before-w.After)
		}
	}
	return best
}

// heaviestLock finds a lock that is held on a good part of the critical path.
func (a *analysis) heaviestLock() (why.Finding, float64) {
	on := map[int]float64{}
	best := -1
	for _, l := range a.at.Path {
		if l.Kind == replay.Running && l.Holding >= 0 {
			on[l.Holding] += ratio(l.Time, a.at.Wall)
			if best < 0 || on[l.Holding] > on[best] {
				best = l.Holding
			}
		}
	}
	if best < 0 || on[best] < 0.10 || a.objects[best].Wait == 0 {
		return why.Finding{}, 0
	}
	if a.p.Objects[best].Actor {
		return a.busyActor(uint32(best)), on[best]
	}
	o, name := a.objects[best], a.names.object(uint32(best))
	hold := (o.Hold + o.ReadHold)
	site := a.names.where(a.p.Objects[best].Site)
	return why.Finding{
		Rule:  "lock-around-work",
		Title: fmt.Sprintf("One lock, %s, lets one goroutine at a time do %.0f %% of all the work.", name, 100*ratio(hold, a.at.Work)),
		Where: site,
		Evidence: []string{
			fmt.Sprintf("held %d times, %s in all, %s a time", o.Ops, ms(hold.Seconds()), ms(hold.Seconds()/float64(max(1, o.Ops)))),
			fmt.Sprintf("on %d cores goroutines wait %s for it, %d at once at worst", a.o.Cores, ms(o.Wait.Seconds()), o.MaxWaiters),
		},
		Try:   "hold it for less: prepare the result before taking it, or split the data it guards",
		Saves: a.saves(func(w WhatIf) bool { return w.Where == site }),
		Sure:  sureReplay,
	}, on[best]
}

// narrowSemaphore finds a channel that goroutines both fill and empty to limit
// how many work at once.
func (a *analysis) narrowSemaphore() (why.Finding, float64) {
	for _, o := range a.at.Objects {
		i, obj := o.Obj, a.p.Objects[o.Obj]
		if obj.Class != program.Channel || obj.Cap == 0 || int(obj.Cap) >= a.o.Cores || ratio(o.Full, a.at.Wall) < 0.5 || !a.semaphore(i) {
			continue
		}
		name, site := a.names.object(i), a.names.where(obj.Site)
		return why.Finding{
			Rule:     "semaphore-too-narrow",
			Title:    fmt.Sprintf("%s lets only %d at a time work.", name, obj.Cap),
			Where:    site,
			Evidence: []string{fmt.Sprintf("on %d cores goroutines wait %s to be let in", a.o.Cores, ms(o.Full.Seconds()))},
			Why:      fmt.Sprintf("On more than %d cores the others stay idle.", obj.Cap),
			Try:      "make it as wide as the resource behind it bears, or as there are cores",
			Saves:    a.saves(func(w WhatIf) bool { return w.Where == site }),
			Sure:     sureReplay,
		}, 0.8
	}
	return why.Finding{}, 0
}

// semaphore tells whether a channel is used to count who works: never closed,
// and either filled and emptied by the same goroutines, or emptied once by each
// of those that were started when there was room.
func (a *analysis) semaphore(ch uint32) bool {
	u := a.uses()[ch]
	return u != nil && !u.closed && u.users > 1 && (u.both == u.users || u.once == u.users-1)
}

// noSlack finds a channel between stages whose buffer is too small for items
// that take unequally long.
func (a *analysis) noSlack() (why.Finding, float64) {
	gain := 1 - ratio(a.slack.after, a.at.Wall)
	if a.slack.channel < 0 || gain < 0.10 || a.semaphore(uint32(a.slack.channel)) {
		return why.Finding{}, 0
	}
	obj, o := a.p.Objects[a.slack.channel], a.objects[a.slack.channel]
	return why.Finding{
		Rule:  "unbuffered-stage",
		Title: fmt.Sprintf("%s holds %d values: both its sides wait for each other in turn.", a.names.object(uint32(a.slack.channel)), obj.Cap),
		Where: a.names.where(obj.Site),
		Evidence: []string{fmt.Sprintf("on %d cores senders wait %s for room, receivers %s for values",
			a.o.Cores, ms(o.Full.Seconds()), ms(o.Empty.Seconds()))},
		Why:   fmt.Sprintf("With room for more, the run would be %.0f %% shorter.", 100*gain),
		Try:   "give it a buffer for a few dozen values",
		Saves: (a.at.Wall - a.slack.after).Seconds(),
		Sure:  sureReplay,
	}, 0.78
}

// busy is the share of the time that goroutines run from which they are the ones
// that the others wait for.
const busy = 0.7

// slowStage finds a channel whose senders wait because the goroutines that
// take from it are busy nearly all the time.
func (a *analysis) slowStage() (why.Finding, float64) {
	for _, o := range a.at.Objects {
		i, obj := o.Obj, a.p.Objects[o.Obj]
		if obj.Class != program.Channel || ratio(o.Full, a.at.Wall) < 0.3 || a.semaphore(i) {
			continue
		}
		for _, start := range slices.Sorted(maps.Keys(a.uses()[i].takers)) {
			n := a.uses()[i].takers[start]
			run := a.runOf(start)
			share := run / (float64(n) * a.at.Wall.Seconds())
			if share < busy || n >= a.o.Cores {
				continue
			}
			name, site := a.names.object(i), a.names.where(obj.Site)
			return why.Finding{
				Rule:  "slow-stage",
				Title: fmt.Sprintf("The stage that takes from %s, %s, is the slowest: busy %.0f %% of the time.", name, function(start), 100*min(share, 1)),
				Where: site,
				Evidence: []string{
					fmt.Sprintf("its senders wait %s for it on %d cores", ms(o.Full.Seconds()), a.o.Cores),
					fmt.Sprintf("%d goroutine(s) run it", n),
				},
				Why:   "The whole pipeline goes at the speed of its slowest stage.",
				Try:   "give the stage more workers, or move work out of it",
				Saves: a.saves(func(w WhatIf) bool { return w.Where == site }),
				Sure:  sureReplay,
			}, 0.75
		}
	}
	return why.Finding{}, 0
}

func (a *analysis) runOf(start string) float64 {
	for _, s := range a.at.Starts {
		if s.Func == start {
			return s.Run.Seconds()
		}
	}
	return 0
}

// straggler finds one goroutine that has much more to do than the others of
// its kind and that everything waits for.
func (a *analysis) straggler() (why.Finding, float64) {
	type group struct {
		n        int
		sum, max int64
	}
	groups := map[string]*group{}
	for _, g := range a.p.Goroutines {
		x := groups[g.Start]
		if x == nil {
			x = &group{}
			groups[g.Start] = x
		}
		var run int64
		for _, op := range g.Ops {
			run += int64(op.Run)
		}
		x.n++
		x.sum += run
		x.max = max(x.max, run)
	}
	for _, start := range slices.Sorted(maps.Keys(groups)) {
		x := groups[start]
		mean := float64(x.sum) / float64(x.n)
		share := float64(x.max) / float64(a.at.Wall)
		if x.n < 3 || float64(x.max) < 2*mean || share < 0.5 || a.dealtTo(start) {
			continue
		}
		return why.Finding{
			Rule:     "straggler",
			Title:    fmt.Sprintf("One goroutine, %s, has %.1f times the work of the average of its kind, and all wait for it.", function(start), float64(x.max)/mean),
			Evidence: []string{fmt.Sprintf("%d goroutines, %s on average, the longest %s", x.n, ms(mean/1e9), ms(float64(x.max)/1e9))},
			Why:      "Whatever the number of cores, the end waits for the longest.",
			Try:      "cut the work into more, smaller shares and deal them out on demand",
			Sure:     sureReplay,
		}, share * 0.9
	}
	return why.Finding{}, 0
}

// dealtTo tells whether the goroutines of a start function take items from a
// dealt channel; how many each took is then an accident.
func (a *analysis) dealtTo(start string) bool {
	for _, workers := range a.crews() {
		if a.p.Goroutines[workers[0]].Start == start {
			return true
		}
	}
	return false
}

// serialPart finds a stretch of the path that one goroutine runs without a lock
// while nothing else can.
func (a *analysis) serialPart() (why.Finding, float64) {
	for _, l := range a.at.Path {
		share := ratio(l.Time, a.at.Wall)
		if share < 0.15 {
			break
		}
		if l.Kind != replay.Running || l.Holding >= 0 || l.Count > 64 {
			continue
		}
		f, ok := a.names.frame(l.Stack)
		if !ok {
			continue
		}
		rule, title := "serial-part", fmt.Sprintf("%s runs %s that nothing else overlaps enough.", function(f.Func), ms(l.Time.Seconds()))
		try := "start the others earlier, or split this part"
		if a.afterJoin(l.Stack) {
			rule, title = "serial-merge", fmt.Sprintf("%s puts the parts together alone, for %s.", function(f.Func), ms(l.Time.Seconds()))
			try = "combine the parts in pairs as they are ready, in parallel"
		}
		where := place(f)
		return why.Finding{
			Rule: rule, Title: title, Where: where,
			Evidence: []string{fmt.Sprintf("%.0f %% of the time on %d cores", 100*share, a.o.Cores)},
			Why:      fmt.Sprintf("By Amdahl's law this part alone caps the speed-up at %s.", times(a.one.Wall.Seconds()/l.Time.Seconds())),
			Try:      try,
			Saves:    a.saves(func(w WhatIf) bool { return w.Where == where }),
			Sure:     sureReplay,
		}, share * 0.6
	}
	return why.Finding{}, 0
}

// afterJoin tells whether most stretches that end at a stack begin at a Join.
func (a *analysis) afterJoin(stack uint32) bool {
	after, total := 0, 0
	for _, g := range a.p.Goroutines {
		for i, op := range g.Ops {
			if op.Stack != stack || op.Run == 0 {
				continue
			}
			total++
			if i > 0 && g.Ops[i-1].Kind == program.Join {
				after++
			}
		}
	}
	return 2*after > total
}

// tinyTasks finds goroutines that are started for less work than they cost.
func (a *analysis) tinyTasks() (why.Finding, float64) {
	const tiny, many = 10e3, 500 // ns of running; goroutines
	count, run := map[string]int{}, map[string]int64{}
	site := map[string]uint32{}
	for _, g := range a.p.Goroutines {
		if g.Parent < 0 || turnOfActor(g) {
			continue
		}
		count[g.Start]++
		site[g.Start] = g.Site
		for _, op := range g.Ops {
			run[g.Start] += int64(op.Run)
		}
	}
	for _, start := range slices.Sorted(maps.Keys(count)) {
		n := count[start]
		mean := float64(run[start]) / float64(n)
		if f, ok := a.names.frame(site[start]); n < many || mean > tiny || ok && a.names.std(f) {
			continue
		}
		return why.Finding{
			Rule:     "tiny-tasks",
			Title:    fmt.Sprintf("%d goroutines are started for %s of work each.", n, ms(mean/1e9)),
			Where:    a.names.where(site[start]),
			Evidence: []string{function(start)},
			Why:      "Starting, waking and joining a goroutine costs about as much as it does.",
			Try:      "give each goroutine a batch of items",
			Sure:     "counted in the recording",
		}, 0.5
	}
	return why.Finding{}, 0
}

// alone finds a program that does nothing beside its main goroutine.
func (a *analysis) alone() (why.Finding, float64) {
	if !a.oneWorks() || a.r.Parallelism < 0.5 {
		return why.Finding{}, 0
	}
	return why.Finding{
		Rule:     "single-goroutine",
		Title:    "One goroutine does all the work; nothing runs beside it.",
		Evidence: []string{"19 parts in 20 of all running time, or more, are its own"},
		Why:      "More cores change nothing.",
		Try:      "look for parts that do not need each other's results",
		Sure:     "counted in the recording",
	}, 2
}

// oneWorks tells whether one goroutine does all the work, and not by an
// accident of one core.
func (a *analysis) oneWorks() bool {
	var most, sum int64
	for _, g := range a.p.Goroutines {
		most = max(most, g.Waited.Run)
		sum += g.Waited.Run
	}
	return sum > 0 && float64(most) >= 0.95*float64(sum) && !a.shared
}

// waitsOutside finds a program that mostly waits for time, files or network.
func (a *analysis) waitsOutside() (why.Finding, float64) {
	if a.r.Parallelism >= 0.5 || a.r.Wall == 0 {
		return why.Finding{}, 0
	}
	w := a.r.Waiting
	return why.Finding{
		Rule:  "io-bound",
		Title: fmt.Sprintf("The program runs for only %.0f %% of the time; else it waits.", 100*a.r.Parallelism),
		Evidence: []string{fmt.Sprintf("waiting in goroutine-seconds: time %s, network %s, system calls %s, channels %s, locks %s",
			ms(w.Sleep), ms(w.IO), ms(w.Syscall), ms(w.Chan), ms(w.Lock))},
		Why:  "More cores do not make waiting shorter; more of it at once may.",
		Try:  "overlap the waits: more requests in flight",
		Sure: "counted in the recording",
	}, 1.5
}

func (a *analysis) inflation() (why.Finding, float64) {
	if a.r.Inflation <= inflated {
		return why.Finding{}, 0
	}
	return why.Finding{
		Rule:     "work-inflation",
		Title:    fmt.Sprintf("On two cores the same work takes %.2f times as long as on one.", a.r.Inflation),
		Where:    a.inflatedMost(),
		Evidence: []string{fmt.Sprintf("work %s on one core, %s on two", ms(a.r.Work), ms(a.r.Work*a.r.Inflation))},
		Why:      "The cores get in each other's way: counters on one cache line, memory bandwidth, or garbage.",
		Try:      "keep what each goroutine writes on cache lines of its own, and touch less memory",
		Sure:     "measured on two cores",
	}, 3
}

// inflatedMost names the line whose running time grew most from one to two
// cores.
func (a *analysis) inflatedMost() string {
	m, ok := a.onTwo()
	if !ok {
		return ""
	}
	one := runByPlace(a.names, a.p)
	two := runByPlace(newNames(m.Recording.Program, a.names.own), m.Recording.Program)
	best, most := "", int64(0)
	for where, ns := range two {
		if d := ns - one[where]; d > most {
			best, most = where, d
		}
	}
	return best
}

func runByPlace(n *names, p *program.Program) map[string]int64 {
	sum := map[uint32]int64{}
	for _, g := range p.Goroutines {
		for _, op := range g.Ops {
			sum[op.Stack] += int64(op.Run)
		}
	}
	out := map[string]int64{}
	for stack, ns := range sum {
		out[n.where(stack)] += ns
	}
	return out
}

func (a *analysis) collector() (why.Finding, float64) {
	s := ratio(a.rec.GCWork, a.rec.GCWork+a.rec.Work)
	if s <= maxGC {
		return why.Finding{}, 0
	}
	return why.Finding{
		Rule:     "gc-heavy",
		Title:    fmt.Sprintf("The garbage collector takes %.0f %% of the running time.", 100*s),
		Evidence: []string{fmt.Sprintf("%d collections", len(a.p.GCs))},
		Why:      "It competes with the program for cores and stops it briefly each time.",
		Try:      "allocate less on the hot path, or raise GOGC",
		Sure:     "counted in the recording",
	}, s
}
