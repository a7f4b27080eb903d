package explain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/inventory"
)

// crossing is a line that uses a channel while a lock is held, and where that
// was taken.
type crossing struct {
	lock, channel uint32
	locked, used  string
}

// lockAcrossChannel finds channel operations that may wait while a lock is held.
func (a *analysis) lockAcrossChannel() verdictOf {
	if a.r.Tier == string(record.Stock) {
		return notLooked("an ordinary trace has only the locks that blocked")
	}
	count, at := map[crossing]int{}, map[crossing]string{}
	for _, g := range a.p.Goroutines {
		var held map[uint32]uint32 // lock to the stack that took it
		for _, op := range g.Ops {
			switch op.Kind {
			case program.Lock, program.RLock:
				if a.p.Objects[op.Obj].Actor {
					continue // it may wait: nobody needs it meanwhile but who sends to it
				}
				if held == nil {
					held = map[uint32]uint32{}
				}
				held[op.Obj] = op.Stack
			case program.Unlock, program.RUnlock:
				delete(held, op.Obj)
			case program.Send, program.Recv:
				for lock, stack := range held {
					locked, ok1 := a.names.direct(stack)
					used, ok2 := a.names.direct(op.Stack)
					if ok1 && ok2 {
						c := crossing{lock, op.Obj, place(locked), place(used)}
						count[c]++
						at[c] = op.Kind.String()
					}
				}
			}
		}
	}
	return a.crossings(count, at)
}

// direct is the frame of the user's own code that works on a lock or channel
// itself, not through a library.
func (n *names) direct(stack uint32) (program.Frame, bool) {
	for _, f := range n.p.Stacks[stack] {
		if f.Package() == "runtime" || f.Package() == "sync" || f.Package() == "internal/sync" {
			continue
		}
		return f, !n.std(f) && !n.library(f)
	}
	return program.Frame{}, false
}

func (a *analysis) crossings(count map[crossing]int, kind map[crossing]string) verdictOf {
	var v verdictOf
	harmless := 0
	told := map[[2]string]bool{} // several locks of one line are one finding
	keys := make([]crossing, 0, len(count))
	for c := range count {
		keys = append(keys, c)
	}
	slices.SortFunc(keys, func(x, y crossing) int {
		return cmp.Or(cmp.Compare(count[y], count[x]), cmp.Compare(x.used, y.used), cmp.Compare(x.lock, y.lock), cmp.Compare(x.channel, y.channel))
	})
	for _, c := range keys {
		if !a.mayWait(c.channel, kind[c]) {
			harmless += count[c]
			continue
		}
		if told[[2]string{c.locked, c.used}] {
			continue
		}
		told[[2]string{c.locked, c.used}] = true
		lock, ch := a.names.object(c.lock), a.names.object(c.channel)
		f := why.Finding{
			Rule:  "lock-across-channel",
			Title: fmt.Sprintf("%s is held across a %s on %s, %s.", lock, map[string]string{"send": "send", "recv": "receive"}[kind[c]], ch, plural(count[c], "time")),
			Where: c.used,
			Evidence: []string{
				fmt.Sprintf("locked at %s, %s at %s", c.locked, kind[c], c.used),
				fmt.Sprintf("%s has room for %d", ch, a.p.Objects[c.channel].Cap),
			},
			Why:  "Who waits for the lock waits for the other side of the channel too; if that needs the lock, both wait for ever.",
			Try:  "copy what is needed under the lock, unlock, then send",
			Sure: "counted in the recording",
		}
		if a.at != nil {
			f.Evidence = append(f.Evidence, fmt.Sprintf("on %d cores goroutines wait %s for %s", a.o.Cores, ms(a.objects[c.lock].Wait.Seconds()), lock))
		}
		v.findings = append(v.findings, f)
	}
	v.looked = "no lock is held across a channel operation"
	if harmless > 0 {
		v.looked = fmt.Sprintf("a lock is held across %d channel operations, none of which waits", harmless)
	}
	return v
}

// mayWait tells whether who uses a channel waits: it has no room, or somebody
// does wait in the replay.
func (a *analysis) mayWait(ch uint32, kind string) bool {
	if a.p.Objects[ch].Cap == 0 {
		return true
	}
	if a.at == nil {
		return false
	}
	if kind == program.Send.String() {
		return a.objects[ch].Full > 0
	}
	return a.objects[ch].Empty > 0
}

// lockInStage finds locks that stages of a pipeline share, and locks that the
// workers of one stage wait for.
func (a *analysis) lockInStage() verdictOf {
	if a.o.Source.Missing != "" {
		return notLooked(noSource)
	}
	if _, ran := a.count(inventory.Pipeline); ran == 0 {
		return looked("no pipeline ran")
	}
	if a.r.Tier == string(record.Stock) {
		return notLooked("an ordinary trace has only the locks that blocked")
	}
	ran := 0
	var v verdictOf
	for i, p := range a.o.Source.Patterns {
		if p.Kind != inventory.Pipeline || len(a.joined[i].goroutines) == 0 {
			continue
		}
		ran++
		v.findings = append(v.findings, a.locksOf(p, a.joined[i].goroutines)...)
	}
	v.looked = fmt.Sprintf("no lock is shared by stages or waited for inside one; pipelines that ran: %d", ran)
	return v
}

// locksOf looks which locks the goroutines of a pipeline take themselves.
func (a *analysis) locksOf(p inventory.Pattern, goroutines []int) (found []why.Finding) {
	stages, taken := map[uint32][]string{}, map[uint32]int{}
	at := map[uint32]string{}
	for _, i := range goroutines {
		g := a.p.Goroutines[i]
		for _, op := range g.Ops {
			if op.Kind != program.Lock && op.Kind != program.RLock || a.p.Objects[op.Obj].Actor {
				continue
			}
			f, ok := a.names.direct(op.Stack)
			if !ok {
				continue
			}
			taken[op.Obj]++
			at[op.Obj] = place(f)
			if !slices.Contains(stages[op.Obj], g.Start) {
				stages[op.Obj] = append(stages[op.Obj], g.Start)
			}
		}
	}
	locks := make([]uint32, 0, len(taken))
	for id := range taken {
		locks = append(locks, id)
	}
	slices.Sort(locks)
	for _, id := range locks {
		wait := 0.0
		if a.at != nil {
			wait = a.objects[id].Wait.Seconds()
		}
		waited := a.at != nil && wait > worth*a.at.Wall.Seconds()
		if len(stages[id]) < 2 && !waited {
			continue
		}
		name := a.names.object(id)
		title := fmt.Sprintf("The workers of a stage take one lock, %s, %d times.", name, taken[id])
		if len(stages[id]) > 1 {
			title = fmt.Sprintf("%d stages of the pipeline share what %s guards, and take it %d times.", len(stages[id]), name, taken[id])
		}
		f := why.Finding{
			Rule: "lock-in-stage", Title: title, Where: at[id],
			Evidence: []string{fmt.Sprintf("the pipeline of %s", p.Where)},
			Why:      "A stage hands values on, so that it need not share: the lock joins again what the channels keep apart.",
			Try:      "let one stage own the state, and send it what the others know",
			Sure:     "counted in the recording",
		}
		if a.at != nil {
			f.Evidence = append(f.Evidence, fmt.Sprintf("on %d cores goroutines wait %s for it", a.o.Cores, ms(wait)))
		}
		found = append(found, f)
	}
	return found
}
