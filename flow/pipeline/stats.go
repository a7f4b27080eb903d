package pipeline

import "time"

// Stats is how a stage has done so far. The workers write up their books once
// a batch, so a stage whose function takes long lags behind by one call.
type Stats struct {
	Name    string
	Workers int

	// How the workers spent their time, summed over all of them.
	Busy          time.Duration // in the stage's function
	Starved       time.Duration // waiting for input
	Backpressured time.Duration // waiting for room in the next buffer

	In     int64 // items that were begun
	Out    int64 // items that the next buffers were given
	Failed int64 // items whose error became a value or was diverted

	// The buffer in front of the stage; zero for a source.
	Dropped int64         // items lost to the overflow policy
	Depth   int           // items inside
	Limit   int           // items that fit
	Age     time.Duration // how long an item waited there, lately; sampled
}

// Shares returns Busy, Starved and Backpressured as parts of 1. They are 0 when
// nothing is known yet.
func (s Stats) Shares() (busy, starved, backpressured float64) {
	all := float64(s.Busy + s.Starved + s.Backpressured)
	if all == 0 {
		return 0, 0, 0
	}
	return float64(s.Busy) / all, float64(s.Starved) / all, float64(s.Backpressured) / all
}

func (s *stageRun) stats() Stats {
	is := Stats{
		Name:          s.Name,
		Workers:       s.workers,
		Busy:          time.Duration(s.busy.Load()),
		Starved:       time.Duration(s.starved.Load()),
		Backpressured: time.Duration(s.backpressured.Load()),
		In:            s.in.Load(),
		Out:           s.out.Load(),
		Failed:        s.failed.Load(),
	}
	for _, fill := range s.fill {
		fill(&is)
	}
	return is
}
