package ingest

import "time"

// A Stage is how one part of the flow does.
type Stage struct {
	Name    string `json:"name"`
	Workers int    `json:"workers"`

	// How its workers have spent their time, as parts of 1.
	Busy          float64 `json:"busy"`
	Starved       float64 `json:"starved"`       // waiting for input
	Backpressured float64 `json:"backpressured"` // waiting for room in the next buffer

	Done  int64 `json:"done"`  // chunks of lines that it has handed on
	Depth int   `json:"depth"` // chunks in front of it
	Limit int   `json:"limit"` // that fit there
}

// Stages returns how the parts do, in the order of the flow.
func (in *Ingest) Stages() []Stage {
	var all []Stage
	if r := in.results.Load(); r != nil {
		for _, s := range r.Stats() {
			busy, starved, back := s.Shares()
			all = append(all, Stage{s.Name, s.Workers, busy, starved, back, s.Out, s.Depth, s.Limit})
		}
	}
	queue, done := in.queue.Stats(), in.consumer.Stats()
	index := Stage{Name: "index", Workers: in.rules.Workers, Done: done.Finished + done.Dead, Depth: queue.Depth, Limit: queue.Limit}
	if took := in.Took(); took > 0 {
		index.Busy = min(1, float64(in.busy.Load())/float64(took)/float64(in.rules.Workers))
		index.Starved = 1 - index.Busy
	}
	return append(all, index)
}

// Took returns how long the run has taken so far, or did.
func (in *Ingest) Took() time.Duration {
	start, end := in.started.Load(), in.ended.Load()
	switch {
	case start == 0:
		return 0
	case end == 0:
		return time.Duration(time.Now().UnixNano() - start)
	default:
		return time.Duration(end - start)
	}
}

// Ended reports whether the run is over.
func (in *Ingest) Ended() bool { return in.ended.Load() != 0 }

// Complete reports whether all that could be read is indexed, or a dead letter.
func (in *Ingest) Complete() bool { return in.complete.Load() }

// Counts returns the numbers of lines so far.
func (in *Ingest) Counts() Counts {
	c := in.counts.Load()
	c.Retries = in.consumer.Stats().Failed
	return c
}
