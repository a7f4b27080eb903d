package explain

import (
	"time"

	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why/replay"
)

// onCores replays the program as it is on each of these numbers of cores, and
// remembers the results.
func (a *analysis) onCores(cores ...int) error {
	var missing []replay.Options
	for _, n := range cores {
		if a.plain[n] == nil {
			missing = append(missing, replay.Options{Cores: n})
		}
	}
	rs, err := a.replays(missing...)
	for i, r := range rs {
		if r != nil {
			a.plain[missing[i].Cores] = r
		}
	}
	return err
}

// check replays the recorded number of cores, and compares with the recording.
func (a *analysis) check() error {
	if err := a.onCores(a.rec.Cores, 1, 2); err != nil {
		return err
	}
	a.one = a.plain[1]
	if a.rec.Ended && a.set.Stop == "" {
		a.r.SelfCheck = off(a.plain[a.rec.Cores].Wall, a.rec.Undisturbed())
	}
	a.compareWithTwo()
	return nil
}

// tooShort is the running time below which a program tells little.
const tooShort = 20 * time.Millisecond

// maxStolen is the share of a run that the operating system may give to others
// before comparing two core counts makes no sense: what it takes from a thread
// looks like running, and can only be taken off roughly.
const maxStolen = 0.15

// stolen is how much core time of a recording's window went to other programs
// although a thread was ready: what the kernel tells, sampled, or what ran by
// the trace beyond the processor time that the process got, whichever is more.
func stolen(run record.Run, rec *record.Recording) time.Duration {
	s := run.Stolen(rec.Wall)
	if run.CPU > 0 && !rec.Bench { // a benchmark's window is only a part of the process
		s = max(s, rec.Work+rec.Removed+rec.GCWork+rec.System-run.CPU)
	}
	return s
}

func disturbance(run record.Run, rec *record.Recording) float64 {
	return min(1, ratio(stolen(run, rec), rec.Wall*time.Duration(max(1, rec.Cores))))
}

// compareWithTwo compares work and wall time with the recording on two cores,
// if that was not disturbed too much.
func (a *analysis) compareWithTwo() {
	m, ok := a.onTwo()
	if !ok || !a.rec.Ended || a.set.Stop != "" {
		return // what was stopped after a time did as much as it could, not the same
	}
	one, two := a.rec, m.Recording
	if one.Work < tooShort {
		return // what starting up costs would decide
	}
	stolen1, stolen2 := stolen(a.set.Run, one), stolen(m.Run, two)
	disturbed := disturbance(m.Run, two) > maxStolen || a.r.Preempted > maxStolen
	if disturbed {
		return
	}
	a.r.Inflation = ratio(two.Work-stolen2, one.Work-stolen1)
	a.r.CrossCheck = off(a.plain[2].Wall, two.Undisturbed()-stolen2/2)
}

// onTwo returns the recording on two cores, if there is one.
func (a *analysis) onTwo() (record.Recorded, bool) {
	for _, m := range a.set.More {
		if m.Recording.Cores == 2 && a.rec.Cores == 1 {
			return m, true
		}
	}
	return record.Recorded{}, false
}

// off is how far a forecast lies from a measurement, as a share of it.
func off(predicted, measured time.Duration) float64 {
	return ratio(predicted-measured, measured)
}

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}
