package explain

import (
	"slices"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why/replay"
)

// maxTries is how often a replay is tried with some channels in the order of the
// recording, before all of them are.
const maxTries = 5

// pinned returns p with some channels in the order of the recording: keep, those
// at which a replay got stuck, or all of them. It also returns which they are.
func pinned(p *program.Program, keep []uint32, stuck *replay.StuckError, all bool) (*program.Program, []uint32) {
	channels := slices.Clone(keep)
	for i := range p.Objects {
		if p.Objects[i].Class != program.Channel || slices.Contains(keep, uint32(i)) {
			continue
		}
		if all || slices.ContainsFunc(stuck.Waiting, func(w replay.Waiter) bool { return w.AtChannel && int(w.Object) == i }) {
			channels = append(channels, uint32(i))
		}
	}
	if len(channels) == len(keep) && !all {
		return pinned(p, keep, stuck, true)
	}
	return p.Pinned(channels)
}
