package explain

import (
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
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

// actorTurns flags programs with actors: what makes the turns of one actor follow
// each other is no lock that anybody holds, so no recording has it.
func (a *analysis) actorTurns(flag flagFunc) {
	if slices.ContainsFunc(a.p.Goroutines, turnOfActor) {
		flag("actor-turns", "turns of one actor may overlap in the replay: the forecast and the bound can be too high")
	}
}
