// Package record obtains recordings of Go programs and reads them.
//
// A recording is an ordinary execution trace. In the full tier it was written
// by a binary built with internal/overlay and holds, beside what every trace
// holds, one user-log event for each operation on a channel, lock, WaitGroup
// or condition, blocked or not. In the stock tier it holds only operations
// that blocked, so that locks which were free and buffers which had room are
// unknown: [Recording.Unseen] says so.
//
// [Read] turns a trace into a [program.Program] while it streams by; nothing
// of the trace is kept. [Recorder] builds a target, runs it and picks the
// cleanest of several recordings.
package record

import (
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// Tier tells how much a recording can see.
type Tier string

const (
	Full  Tier = "full"  // every operation, blocked or not
	Stock Tier = "stock" // only operations that blocked
)

// Recording is what one trace told.
type Recording struct {
	Program   *program.Program
	Tier      Tier
	Wall      time.Duration // from the first to the last event of the window
	Work      time.Duration // running time of the program's goroutines in the window
	GCWork    time.Duration // running time of the collector's goroutines in the window
	System    time.Duration // running time of the runtime's other goroutines, the trace's own reader above all
	Cores     int           // most processors that ran at once
	Bytes     int64
	Events    int64 // events in the trace
	Ops       int64 // operations in Program
	Truncated bool  // the trace ends early and was read to its last whole batch
	Bench     bool  // the window is the last call of a benchmark
	Ended     bool  // main returned, or the benchmark's function did

	EventCost time.Duration // cost of one recorded operation, taken off every run before one
	Removed   time.Duration // all that was taken off

	Waits map[Reason]*Wait // how goroutines waited, by reason
	Asks  []Ask            // who asked for the number of cores
	Left  []Left           // the goroutines that had not ended when the window did
	Clock time.Time        // wall-clock time of the first event, zero if the trace has none
}

// Undisturbed is how long the window would have been without the recording: on
// one core all that recording cost stands in it, on more its share.
func (r *Recording) Undisturbed() time.Duration {
	return r.Wall - (r.Removed+r.System)/time.Duration(max(1, r.Cores))
}

// Reason tells why goroutines waited in the recording.
type Reason string

const (
	OnLock    Reason = "lock"
	OnChannel Reason = "channel"
	OnSelect  Reason = "select"
	OnJoin    Reason = "join"
	OnCond    Reason = "cond"
	OnSleep   Reason = "sleep"
	OnTimer   Reason = "timer"
	OnNetwork Reason = "network"
	OnSyscall Reason = "syscall"
	OnGC      Reason = "gc"
	OnOther   Reason = "other"
	OnForever Reason = "forever"
)

// Wait sums the waits for one reason.
type Wait struct {
	Count int64
	Time  time.Duration
	// Unhooked counts the waits whose wake-up is replayed as it was recorded,
	// since nothing hooked explains it.
	Unhooked int64
}

// Left is where a goroutine was when the window ended.
type Left struct {
	Goroutine int           // index in Program.Goroutines
	Why       Reason        // what it waited for; "" if it did not wait
	Stack     uint32        // index in Program.Stacks
	For       time.Duration // since when
}

// Ask is a place where the program asked how many cores there are.
type Ask struct {
	Stack uint32 // index in Program.Stacks
	Told  int
	Count int
}
