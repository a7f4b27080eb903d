package replay

import (
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// Result is what a replay found.
type Result struct {
	Cores int           // as asked for: a number, or Unlimited
	Wall  time.Duration // until main ended, or, when main is cut, until all recorded operations were done
	Work  time.Duration // running time of all goroutines until then

	Path     []Link   // the critical path, the largest part first; the times add up to Wall
	Average  Average  // over Wall
	Objects  []Object // those of Program.Objects at which something happened, save events
	Events   Object   // all events together
	Starts   []Start  // one for each start function, the most running first
	Procs    []Proc   // one a core; none when Unlimited
	Sched    Sched    // what the scheduler did
	GC       GC       // what the collector did
	Ops      int64    // operations done
	Left     int64    // operations not done because main ended earlier
	Cut      bool     // main has no end in the recording
	Oddities Oddities // what the recording cannot have seen so
}

// Kind is what a part of the critical path was spent on.
type Kind uint8

// The kinds of links.
const (
	Running     Kind = iota // running on a core
	WaitingCore             // ready, but all cores were busy
	Waking                  // an idle core was being woken, or a core switched goroutines
	Sleeping                // by the program's own wish
	WaitingIO               // for network or files
	InSyscall
	Collecting // the garbage collector had stopped the world
	NumKinds
)

var kindNames = [NumKinds]string{"running", "waiting for a core", "waking up", "sleeping", "waiting for I/O", "in a system call", "stopped for GC"}

func (k Kind) String() string { return kindNames[k] }

// Link is a part of the critical path: all its stretches of one kind at one
// line under one lock.
type Link struct {
	Kind    Kind
	Where   program.Frame // the user's leaf frame where the stretch ended
	Stack   uint32        // one of the stacks that end there
	Holding int           // Program.Objects index of the outermost lock held while running, or -1
	Time    time.Duration
	Count   int64
}

// Average is how many goroutines were, on the average over the wall time, in
// which state. Running is the parallelism; InProgress the concurrency.
type Average struct {
	Running, Ready, Lock, Chan, Join, Other, Sleep, IO, Syscall float64
}

// InProgress is how many goroutines lived on the average, whatever they did.
func (a Average) InProgress() float64 {
	return a.Running + a.Ready + a.Lock + a.Chan + a.Join + a.Other + a.Sleep + a.IO + a.Syscall
}

// Object is what happened at an object. Times are summed over goroutines.
type Object struct {
	Obj        uint32        // Program.Objects index
	Ops        int64         // locks taken; sends and receives; waits
	Wait       time.Duration // from asking until having it; WaitGroup, Cond, event: waiting
	Hold       time.Duration // locks: exclusively
	ReadHold   time.Duration // locks: shared
	Full       time.Duration // channels: senders waiting for room or a receiver
	Empty      time.Duration // channels: receivers waiting for a value
	MaxWaiters int
}

// Start sums up the goroutines of one start function.
type Start struct {
	Func       string
	Goroutines int
	Run, Ready time.Duration
	Lock, Chan time.Duration // waiting
	Join       time.Duration // waiting for a WaitGroup
	Other      time.Duration // waiting for a condition or an event
	Sleep, IO  time.Duration
	Syscall    time.Duration
}

// Proc is what a core did.
type Proc struct {
	Busy time.Duration // running goroutines
	GC   time.Duration // running the collector
	Runs int64         // goroutines scheduled
}

// Sched counts the scheduler's deeds.
type Sched struct {
	Steals      int64 // successful ones
	Stolen      int64 // goroutines moved by them
	NextStolen  int64 // of these, taken from a victim's runnext
	RunNext     int64 // goroutines scheduled from runnext
	Global      int64 // goroutines taken from the global queue
	Overflows   int64 // local queue full, half moved to the global one
	Wakeups     int64 // idle cores called
	InVain      int64 // looks for work that found none
	Preemptions int64
	Handoffs    int64 // mutexes handed over in starvation mode
	Spins       int64 // spells of spinning for a mutex
	SpinTime    time.Duration
}

// GC is what the garbage collector did.
type GC struct {
	Cycles int
	Work   time.Duration // on cores
	STW    time.Duration // the world was stopped
}

// Oddities counts what no complete recording of a correct program contains.
// They are tolerated: the operation is skipped.
type Oddities struct {
	Unlock     int64 // of a lock that is not held
	Negative   int64 // a WaitGroup below zero
	SendClosed int64 // send on, or close of, a closed channel
	RecvClosed int64 // a receive that got a value in the recording found the channel closed
	MissedWake int64 // waits for a condition that had been signalled before and would never be again
	Respawn    int64 // a goroutine started twice
	Items      int64 // more receives from a dealt channel than recorded items
	Blocked    int64 // goroutines of a cut recording that wait for what it does not hold
}
