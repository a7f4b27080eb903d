// Package explain tells from recordings why a Go program is or is not fast,
// and what would help.
//
// It begins where internal/record ends: with a program as operations, and
// replays it (why/replay) on other numbers of cores, with a lock removed, a
// line made faster, a worker added. What comes out is one [Report]; terminal
// text and JSON are views of it.
//
// The words: work is the running time of all goroutines, added up. Span is the
// longest chain of running that must happen in order, however many cores there
// are. The limit is work over span: no machine gives more. A flag is a reason
// why a forecast may be off by more than a tenth; a report with flags says so
// before it says anything else. What the recording cannot see stands under
// unseen; a check that did not run never looks passed.
package explain

import (
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// Report is everything that is told about one program. Its JSON form is stable:
// fields may be added, none changes its meaning.
type Report struct {
	Target        string  `json:"target"`
	Tier          string  `json:"tier"` // "full" or "stock"
	RecordedCores []int   `json:"recorded_cores"`
	Work          float64 `json:"work_s"`          // running time of all goroutines
	Span          float64 `json:"span_s"`          // longest chain with the locks as they are
	SpanUnlocked  float64 `json:"span_no_locks_s"` // the same, if no lock were needed
	SpanBurdened  float64 `json:"span_burdened_s"` // the same with wake-ups and switches charged
	Wall          float64 `json:"wall_s"`          // of the recorded window
	SelfCheck     float64 `json:"selfcheck_error"` // replay against recording at the recorded core count, as a share
	CrossCheck    float64 `json:"crosscheck_error,omitempty"`
	Inflation     float64 `json:"inflation,omitempty"` // work on two cores over work on one; absent if not recorded

	Parallelism float64 `json:"parallelism"` // goroutines running at once, on average, of the recording
	Concurrency float64 `json:"concurrency"` // goroutines in progress: running, ready, or waiting for time, files and network
	Waiting     Waiting `json:"waiting"`

	Doubt float64 `json:"doubt,omitempty"` // how far the forecasts may be off by the failed checks, a share; 0 if none failed

	Speedup []Point  `json:"speedup"`
	Limit   float64  `json:"limit,omitempty"`
	Spread  float64  `json:"spread,omitempty"` // largest difference between the repeated recordings' forecasts, as a share
	Laws    *Laws    `json:"laws,omitempty"`
	Chain   []Link   `json:"chain"`
	ChainAt int      `json:"chain_cores"` // cores that the chain and the what-ifs are for
	WhatIf  []WhatIf `json:"whatif"`

	Locks    []Lock    `json:"locks"`
	Channels []Channel `json:"channels"`
	Kinds    []Kind    `json:"goroutines"`
	Sched    Sched     `json:"scheduler"`

	Findings []why.Finding `json:"findings"`
	Flags    []Flag        `json:"flags"`
	Unseen   []string      `json:"unseen"`

	Layers        []Standing `json:"layers"`
	LayersMissing string     `json:"layers_missing,omitempty"` // why layers were not looked for
	Review        []Question `json:"review"`

	Demons *Demons `json:"demons,omitempty"` // nil: not looked for

	LostEvents bool    `json:"lost_events"` // the trace was cut off
	Truncated  bool    `json:"truncated"`
	Preempted  float64 `json:"preempted"` // share of the time that the operating system ran something else
	Runs       []Run   `json:"runs"`
	Told       int     `json:"told_cores,omitempty"`
	Asked      []Ask   `json:"asked_cores,omitempty"`
	ToldRuns   int     `json:"told_recordings,omitempty"` // recordings in which it was told other numbers
	ToldSame   bool    `json:"told_makes_no_difference,omitempty"`
	Stopped    string  `json:"stopped,omitempty"`
	Deadlock   []Stuck `json:"deadlock,omitempty"` // who waits where, if all goroutines wait for each other
	Window     string  `json:"window,omitempty"`   // closed or open, if the caller said so
	Fallback   string  `json:"fallback,omitempty"`
	Events     int64   `json:"events"`
	Operations int64   `json:"operations"`
	Bytes      int64   `json:"trace_bytes"`
	Iterations int     `json:"iterations,omitempty"`
	EventCost  float64 `json:"event_cost_s"`
	Cost       float64 `json:"recording_cost_s"` // part of wall_s that went into recording

	Costs     Costs      `json:"costs"`
	Threshold *Threshold `json:"threshold,omitempty"`
}

// Demons is what a short hunt found (why/demon/hunt).
type Demons struct {
	Verdict  string           `json:"verdict,omitempty"` // "nothing found", "1 seen, 2 predicted"
	Findings []*demon.Finding `json:"findings"`
	Runs     int              `json:"runs"`
	Seconds  float64          `json:"seconds"`
	Unseen   []string         `json:"unseen,omitempty"`  // what was not looked for, and why
	Missing  string           `json:"missing,omitempty"` // why nothing was looked for at all
}

// Costs are what scheduling was taken to cost: measured when the recording was
// made on this machine just before, else usual values.
type Costs struct {
	Wake   float64 `json:"wake_s"`   // until an idle core looks for work
	Call   float64 `json:"call_s"`   // running time that calling it takes
	Switch float64 `json:"switch_s"` // from one goroutine to the next
}

// Point is the forecast for one number of cores: how many times faster than on
// one. A withheld forecast has no Point.
type Point struct {
	Cores     int     `json:"cores"`
	Predicted float64 `json:"predicted"`
	Amdahl    float64 `json:"amdahl,omitempty"`
	USL       float64 `json:"usl,omitempty"`
	Seconds   float64 `json:"seconds"`

	// Work is, of a program that asks how many cores there are, the work of this
	// number's own recording over that of one core's, where they differ by more
	// than a tenth: the machine was busier, or the program does more.
	Work float64 `json:"work_ratio,omitempty"`

	// Falls is set, of such a program, if the forecast is below that for fewer
	// cores, and by more than recordings differ.
	Falls bool `json:"falls,omitempty"`
}

// Laws are the parameters of the laws that fit the replayed curve best. They
// are names for people; the replay is the forecast.
type Laws struct {
	AmdahlSerial    float64  `json:"amdahl_serial"`
	USL             *USL     `json:"usl,omitempty"`
	GustafsonSerial *float64 `json:"gustafson_serial,omitempty"`
}

// USL is Gunther's Universal Scalability Law.
type USL struct {
	Contention float64 `json:"contention"`
	Coherence  float64 `json:"coherence"`
	Peak       float64 `json:"peak,omitempty"` // only when the replay itself declines
}

// Waiting is how long goroutines waited in the recording, in goroutine-seconds.
type Waiting struct {
	Ready   float64 `json:"core_s"`
	Lock    float64 `json:"lock_s"`
	Chan    float64 `json:"channel_s"`
	Join    float64 `json:"join_s"`
	Sleep   float64 `json:"sleep_s"`
	IO      float64 `json:"io_s"`
	Syscall float64 `json:"syscall_s"`
	Other   float64 `json:"other_s"`
}

// Link is a part of the critical path.
type Link struct {
	Seconds float64 `json:"seconds"`
	Share   float64 `json:"share"`
	Kind    string  `json:"kind"`  // running, waiting for a core, waking, sleep, io, syscall, gc
	Where   string  `json:"where"` // the line at which the stretch ended
	What    string  `json:"what"`
}

// WhatIf is the result of one changed replay.
type WhatIf struct {
	Change string  `json:"change"`
	Where  string  `json:"where"`
	Cores  int     `json:"cores"`
	Before float64 `json:"before_s"`
	After  float64 `json:"after_s"`
}

// Lock is how one lock was used.
type Lock struct {
	Name  string  `json:"name"`
	Site  string  `json:"site"`
	Count int64   `json:"count"`
	Hold  float64 `json:"hold_s"`
	Wait  float64 `json:"wait_s"` // at ChainAt cores
}

// Channel is how one channel was used, at ChainAt cores.
type Channel struct {
	Name  string  `json:"name"`
	Site  string  `json:"site"`
	Cap   int     `json:"cap"`
	Count int64   `json:"count"`
	Full  float64 `json:"full_s"`  // senders waited for room
	Empty float64 `json:"empty_s"` // receivers waited for values
}

// Kind sums the goroutines that were started with one function.
type Kind struct {
	Func  string  `json:"func"`
	Count int     `json:"count"`
	Run   float64 `json:"run_s"`
	Max   float64 `json:"max_run_s"`
}

// Sched counts what the replayed scheduler did at ChainAt cores.
type Sched struct {
	Steals  int64 `json:"steals"`
	Stolen  int64 `json:"stolen"`
	RunNext int64 `json:"runnext"`
	Global  int64 `json:"global"`
	Wakes   int64 `json:"wakes"`
	Slices  int64 `json:"preemptions"`
}

// Flag is a reason why the forecast may be off by more than a tenth.
type Flag struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

// Run is one run of the program.
type Run struct {
	Cores     int     `json:"cores"`
	Seconds   float64 `json:"seconds"`
	Preempted float64 `json:"preempted"`
	Switches  int64   `json:"involuntary_switches"`
	Chosen    bool    `json:"chosen"`
}

// Stuck are goroutines that wait at the same place for what never comes.
type Stuck struct {
	Func  string `json:"func"`
	Why   string `json:"why"` // channel, select, lock, join, cond, forever
	Where string `json:"where"`
	Count int    `json:"count"`
}

// Ask is a place of the program that asked for the number of cores.
type Ask struct {
	Where string `json:"where"`
	Count int    `json:"count"`
}

// Threshold is the outcome of -min-speedup.
type Threshold struct {
	Cores   int     `json:"cores"`
	Want    float64 `json:"want"`
	Got     float64 `json:"got"`             // 0 when the forecast was withheld
	Least   float64 `json:"least,omitempty"` // what is left of it if Point.Work is the program's own
	Reached bool    `json:"reached"`
}

// Require sets the threshold that the report is held to; cores 0 sets none. A
// core count without a forecast does not reach it, nor does a forecast that is
// enough only if the program does no more work when told that it has more cores.
func (r *Report) Require(cores int, want float64) {
	if cores == 0 {
		return
	}
	r.Threshold = &Threshold{Cores: cores, Want: want}
	for _, p := range r.Speedup {
		if p.Cores == cores {
			r.Threshold.Got = p.Predicted
			least := p.Predicted
			if p.Work > 1 {
				least /= p.Work
				r.Threshold.Least = least
			}
			r.Threshold.Reached = least >= want
		}
	}
}
