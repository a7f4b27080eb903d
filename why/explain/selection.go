package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/inventory"
	"github.com/trivet-go/trivet/why/replay"
)

// Usual values of what handing work over costs, for recordings from elsewhere.
const (
	defaultStart   = 400 * time.Nanosecond
	defaultMessage = 250 * time.Nanosecond
)

const (
	manyGoroutines = 200  // of one place, before their median says something
	manyMessages   = 1000 // through channels of one place
)

// tinyGoroutines finds places that start goroutines for less than it takes to
// start one and have another core take it.
func (a *analysis) tinyGoroutines() verdictOf {
	start, wake := cmp.Or(a.o.Start, defaultStart), cmp.Or(a.o.Costs.Wake, replay.DefaultWake)
	runs, at := map[string][]int64{}, map[string]program.Goroutine{}
	for i, g := range a.p.Goroutines {
		if g.Parent < 0 || g.Site == 0 || turnOfActor(g) {
			continue
		}
		if f, ok := a.names.frame(g.Site); ok && !a.names.std(f) {
			w := place(f)
			runs[w], at[w] = append(runs[w], a.runs()[i]), g
		}
	}
	var v verdictOf
	most := 0
	for _, where := range slices.Sorted(maps.Keys(runs)) {
		n, mid := len(runs[where]), median(runs[where])
		most = max(most, n)
		if n < manyGoroutines || mid > start+wake {
			continue
		}
		v.findings = append(v.findings, why.Finding{
			Rule:  "tiny-tasks",
			Title: fmt.Sprintf("%d goroutines are started for %s of work each.", n, ms(mid.Seconds())),
			Where: where,
			Evidence: []string{
				fmt.Sprintf("half of them run for %s or less: %s", ms(mid.Seconds()), function(at[where].Start)),
				fmt.Sprintf("starting and ending one costs %s, and it takes %s until another core has it", ms(start.Seconds()), ms(wake.Seconds())),
			},
			Why:  "Such an item is done before another core has begun it.",
			Try:  "give each goroutine a batch of items",
			Sure: "counted in the recording; costs " + a.costsFrom(),
		})
	}
	v.looked = fmt.Sprintf("no place starts %d goroutines or more for less than %s each; the most are %d", manyGoroutines, ms((start + wake).Seconds()), most)
	return v
}

func (a *analysis) costsFrom() string {
	if a.o.Start > 0 {
		return "measured on this machine"
	}
	return "as usual elsewhere"
}

func median(ns []int64) time.Duration {
	slices.Sort(ns)
	return time.Duration(ns[len(ns)/2])
}

// tinyMessages finds channels whose receivers do less with a value than it costs
// to send it.
func (a *analysis) tinyMessages() verdictOf {
	if a.r.Tier == string(record.Stock) {
		return notLooked("an ordinary trace has only the receives that blocked")
	}
	cost := cmp.Or(a.o.Message, defaultMessage)
	items, channel := a.items()
	var v verdictOf
	most := 0
	for _, where := range slices.Sorted(maps.Keys(items)) {
		n, mid := len(items[where]), median(items[where])
		ch := channel[where]
		if f, ok := a.names.frame(a.p.Objects[ch].Site); !ok || a.names.std(f) || a.semaphore(ch) {
			continue
		}
		most = max(most, n)
		if n < manyMessages || mid > cost {
			continue
		}
		v.findings = append(v.findings, why.Finding{
			Rule:     "tiny-messages",
			Title:    fmt.Sprintf("%d values pass %s one by one, for %s of work each.", n, a.names.object(ch), ms(mid.Seconds())),
			Where:    where,
			Evidence: []string{fmt.Sprintf("half of them are done within %s; handing one over costs %s", ms(mid.Seconds()), ms(cost.Seconds()))},
			Why:      "Sending costs more than what is sent for.",
			Try:      "send slices of values, or do the work where the value is made",
			Sure:     "counted in the recording; costs " + a.costsFrom(),
		})
	}
	v.looked = fmt.Sprintf("no channel passes %d values or more for less than %s each; the most are %d", manyMessages, ms(cost.Seconds()), most)
	return v
}

// items are the running times of what follows each receive, up to the next one of
// the same goroutine from the same channel; by the place where the channel was
// made. Which channel is there stands for all of that place.
func (a *analysis) items() (times map[string][]int64, channel map[string]uint32) {
	times, channel = map[string][]int64{}, map[string]uint32{}
	where := map[uint32]string{}
	for _, g := range a.p.Goroutines {
		var run int64
		var since map[uint32]int64 // what had run at the last receive from a channel
		for _, op := range g.Ops {
			run += int64(op.Run)
			if op.Kind != program.Recv {
				continue
			}
			w, ok := where[op.Obj]
			if !ok {
				w = a.names.where(a.p.Objects[op.Obj].Site)
				where[op.Obj] = w
			}
			if since == nil {
				since = map[uint32]int64{}
			}
			if before, ok := since[op.Obj]; ok {
				times[w], channel[w] = append(times[w], run-before), op.Obj
			}
			since[op.Obj] = run
		}
	}
	return times, channel
}

// actorComputes finds actor loops that calculate while others wait for them.
func (a *analysis) actorComputes() verdictOf {
	if v := a.busyActors(); len(v.findings) > 0 {
		return v
	}
	if a.o.Source.Missing != "" {
		return notLooked(noSource)
	}
	actors, ran := a.count(inventory.Actor)
	if actors == 0 {
		return looked("no actor loop in the source")
	}
	if a.at == nil {
		return notLooked("nothing was replayed")
	}
	var v verdictOf
	for i, p := range a.o.Source.Patterns {
		if p.Kind != inventory.Actor {
			continue
		}
		j := a.joined[i]
		for _, n := range j.goroutines {
			w, run := a.p.Goroutines[n].Waited, a.runs()[n]
			share := float64(run) / float64(a.at.Wall)
			outside := w.Sleep + w.IO + w.Syscall
			senders, wait := a.sendersOf(j.objects)
			if share < 0.5 || outside > run || senders < 2 {
				continue
			}
			v.findings = append(v.findings, why.Finding{
				Rule:  "actor-computes",
				Title: fmt.Sprintf("The actor loop of %s computes for %s, one message after the other.", p.Name, ms(time.Duration(run).Seconds())),
				Where: p.Where.String(),
				Evidence: []string{
					fmt.Sprintf("that is %.0f %% of the time on %d cores", 100*min(share, 1), a.o.Cores),
					fmt.Sprintf("%d goroutines send to it, and wait %s", senders, ms(wait)),
				},
				Why:  "An actor is one goroutine: its work cannot be shared out.",
				Try:  "let it keep the state only, and compute before sending or on a pool behind it",
				Sure: sureReplay,
			})
		}
	}
	v.looked = fmt.Sprintf("no actor loop computes for half of the time while others wait; %d in the source, %d ran", actors, ran)
	return v
}

// count is how many patterns of a kind the source has, and how many of them ran.
func (a *analysis) count(kind inventory.Kind) (all, ran int) {
	for i, p := range a.o.Source.Patterns {
		if p.Kind == kind {
			all++
			if len(a.joined[i].goroutines) > 0 {
				ran++
			}
		}
	}
	return all, ran
}

// sendersOf counts the goroutines that send to channels, and how long they and
// those who wait for an answer wait on the cores of the chain.
func (a *analysis) sendersOf(channels []uint32) (n int, wait float64) {
	for _, g := range a.p.Goroutines {
		if slices.ContainsFunc(g.Ops, func(op program.Op) bool { return op.Kind == program.Send && slices.Contains(channels, op.Obj) }) {
			n++
		}
	}
	for _, ch := range channels {
		wait += a.objects[ch].Full.Seconds()
	}
	return n, wait
}
