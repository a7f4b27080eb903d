package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why"
)

const actorsPackage = "github.com/trivet-go/trivet/flow/actors"

// ofActors tells whether a frame is of Trivet's actors.
func ofActors(f program.Frame) bool { return f.Package() == actorsPackage }

// turnOfActor tells whether a goroutine works for actors: who sent a message did not
// start it.
func turnOfActor(g program.Goroutine) bool { return strings.HasPrefix(g.Start, actorsPackage+".") }

// inActors tells whether what stands at a stack was done by the package of the
// actors itself, as with the lock of a mailbox.
func (n *names) inActors(stack uint32) bool {
	frames := n.p.Stacks[stack]
	i := slices.IndexFunc(frames, func(f program.Frame) bool { return !waitsForOthers(f) })
	return i >= 0 && ofActors(frames[i])
}

// actorTurns flags what the recording does not have of actors: what makes the turns of
// one follow each other, if they were no locks, and which messages were there when.
func (a *analysis) actorTurns(flag flagFunc) {
	switch {
	case !slices.ContainsFunc(a.p.Goroutines, turnOfActor):
	case a.overlap || !slices.ContainsFunc(a.p.Objects, isActor):
		flag("actor-turns", "turns of one actor may overlap in the replay: the forecast and the bound can be too high")
	case slices.ContainsFunc(a.p.Goroutines, a.handlesSeveral):
		flag("actor-turns", "an actor that handles several messages in a row is replayed as if they had all been there: the forecast and the bound can be too high")
	}
}

func isActor(o program.Object) bool { return o.Actor }

// handlesSeveral tells whether a goroutine handles more than one message.
func (a *analysis) handlesSeveral(g program.Goroutine) bool {
	n := 0
	for _, op := range g.Ops {
		if op.Kind == program.Lock && a.p.Objects[op.Obj].Actor {
			n++
		}
	}
	return n > 1
}

// letActorsOverlap takes away what keeps the turns of one actor apart, when a replay
// got stuck: actors that call each other now and then, and never at the same time,
// may do that at the same time where the order of messages is another. It reports
// whether there was anything.
func (a *analysis) letActorsOverlap() bool {
	free := withoutActors(a.p)
	if free == a.p {
		return false
	}
	a.p, a.overlap = free, true
	a.sim, a.pinned = free, nil
	a.names.p = free
	return true
}

// withoutActors is the program without the locks that actors are, or p itself if it
// has none.
func withoutActors(p *program.Program) *program.Program {
	if !slices.ContainsFunc(p.Objects, isActor) {
		return p
	}
	q := *p
	q.Objects = slices.Clone(p.Objects)
	q.Goroutines = slices.Clone(p.Goroutines)
	for i := range q.Goroutines {
		ops := slices.Clone(q.Goroutines[i].Ops)
		for j, op := range ops {
			if (op.Kind == program.Lock || op.Kind == program.Unlock) && p.Objects[op.Obj].Actor {
				ops[j] = program.Op{Run: op.Run, Stack: op.Stack, Kind: program.Nop}
			}
		}
		q.Goroutines[i].Ops = ops
	}
	for i := range q.Objects {
		q.Objects[i].Actor = false
	}
	return &q
}

// busyActors finds actors that compute for half of the time while others wait for
// them.
func (a *analysis) busyActors() (v verdictOf) {
	if a.at == nil {
		return v
	}
	for id, o := range a.p.Objects {
		if o.Actor && a.objects[id].Wait > 0 && ratio(a.objects[id].Hold, a.at.Wall) >= 0.5 {
			v.findings = append(v.findings, a.busyActor(uint32(id)))
		}
	}
	return v
}

func (a *analysis) busyActor(id uint32) why.Finding {
	o, obj := a.objects[id], a.p.Objects[id]
	site := a.names.where(obj.Site)
	return why.Finding{
		Rule: "actor-computes",
		Title: fmt.Sprintf("One actor, %s, does %.0f %% of all the work, one message after the other.",
			strings.TrimPrefix(obj.Name, "actor "), 100*ratio(o.Hold, a.at.Work)),
		Where: site,
		Evidence: []string{
			fmt.Sprintf("it handles %d messages, %s in all, %s a message", o.Ops, ms(o.Hold.Seconds()), ms(o.Hold.Seconds()/float64(max(1, o.Ops)))),
			fmt.Sprintf("on %d cores messages wait %s for it, %d at once at worst", a.o.Cores, ms(o.Wait.Seconds()), o.MaxWaiters),
		},
		Why:   "An actor does one thing at a time: its work cannot be shared out.",
		Try:   "let it keep the state only, and compute before sending; or make several actors of it",
		Saves: a.saves(func(w WhatIf) bool { return w.Where == site }),
		Sure:  sureReplay,
	}
}
