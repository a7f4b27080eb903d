// Package program holds what a recorded program did, as operations that a
// replay can decide anew.
//
// A [Program] is a list of goroutines, each a list of 16-byte operations. An
// operation means "run for so long, then do this to that object, at this
// stack". Nothing in it says when a lock was granted or who was woken: those
// are the recording's accidents, and a replay on another number of cores must
// reach its own. What is kept of them is statistics ([Goroutine.Waited]).
//
// internal/record makes Programs from execution traces, tests make them by
// hand with [Builder], and why/replay runs them. The package imports nothing
// of Trivet.
package program

import (
	"fmt"
	"strings"
)

// Kind tells what an operation does once its running time is over.
type Kind uint8

const (
	Nop           Kind = iota // nothing: the goroutine goes on; used to split runs longer than MaxRun
	Spawn                     // starts goroutine Obj
	End                       // the goroutine is over; always the last operation
	Cut                       // the recording ends while the goroutine still lives; always the last operation
	Lock                      // acquires Obj exclusively (Mutex.Lock, RWMutex.Lock)
	Unlock                    // releases it
	RLock                     // acquires Obj shared (RWMutex.RLock)
	RUnlock                   // releases it
	Send                      // sends to channel Obj
	Recv                      // receives a value from channel Obj
	RecvClosed                // receives the zero value of the closed channel Obj
	Close                     // closes channel Obj
	Add                       // adds Delta() to the counter of WaitGroup Obj
	Join                      // waits until the counter of WaitGroup Obj is zero or less
	CondWait                  // waits for a Signal or Broadcast of condition Obj (its Unlock and Lock are operations of their own)
	CondSignal                // wakes the longest waiting goroutine of condition Obj
	CondBroadcast             // wakes all
	Signal                    // makes event Obj happen: a wake-up that no hooked object explains
	Wait                      // waits until event Obj has happened (at once when it already has)
	Sleep                     // off the core for Delay(), by the program's own wish (timers)
	IO                        // off the core for Delay(), waiting for network or files
	Syscall                   // off the core for Delay(), in a system call that lost its processor
	NumKinds
)

var kindNames = [NumKinds]string{"nop", "spawn", "end", "cut", "lock", "unlock", "rlock", "runlock",
	"send", "recv", "recv-closed", "close", "add", "join", "cond-wait", "cond-signal", "cond-broadcast",
	"signal", "wait", "sleep", "io", "syscall"}

func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Flags of an operation.
const (
	FromSelect uint8 = 1 << iota // the recording chose this case in a select
	FromTry                      // acquired by TryLock or TryRLock
	Item                         // this receive begins an item: see Program.Dealt
)

// MaxRun is the longest running time that one operation can carry, in
// nanoseconds. Longer runs are preceded by Nop operations.
const MaxRun = 1<<32 - 1

// MaxDelay is the longest Delay of one operation, in nanoseconds (78 hours).
const MaxDelay = 1<<48 - 1

// Op is one operation, 16 bytes.
type Op struct {
	Run   uint32 // nanoseconds of running before the operation
	Stack uint32 // index in Program.Stacks: where the goroutine stood at the end of that run
	Obj   uint32 // goroutine, object or event; the low 32 bits of a delay
	Kind  Kind
	Flags uint8
	Arg   uint16 // Add: delta + 32768; Sleep, IO, Syscall: the high 16 bits of the delay
}

// Delta is the argument of an Add operation.
func (o Op) Delta() int { return int(o.Arg) - 32768 }

// Delay is the time off the core of a Sleep, IO or Syscall operation, in
// nanoseconds.
func (o Op) Delay() int64 { return int64(o.Obj) | int64(o.Arg)<<32 }

// Class tells what an object is.
type Class uint8

const (
	Mutex Class = iota
	RWMutex
	Channel
	WaitGroup
	Cond
	Event // the Obj of Signal and Wait
)

// Object is a thing that goroutines meet at.
type Object struct {
	Class Class
	Cap   uint32 // channel: buffer capacity, 0 = unbuffered
	Init  int32  // at the start: values in a channel's buffer, or a WaitGroup's counter
	Actor bool   // a Mutex that is an actor: what it does, it does holding that
	Name  string // "" unless known; reports fall back to the place of use
	Site  uint32 // Program.Stacks index: where it was made if known, else where it was first used
}

// Frame is one line of a stack.
type Frame struct {
	Func string
	File string
	Line int
}

// Package is the import path of the frame's function.
func (f Frame) Package() string {
	slash := strings.LastIndexByte(f.Func, '/')
	if dot := strings.IndexByte(f.Func[slash+1:], '.'); dot >= 0 {
		return f.Func[:slash+1+dot]
	}
	return f.Func
}

// Goroutine is one recorded goroutine.
type Goroutine struct {
	ID     uint64 // the number that Go gave it
	Start  string // the function that it was started with; "" if unknown
	Parent int32  // index in Program.Goroutines; -1 for roots
	Site   uint32 // Program.Stacks index of the go statement; 0 if unknown
	Ops    []Op
	Waited Waited // of the recording
}

// Waited is where a goroutine's time went in the recording, in nanoseconds.
type Waited struct {
	Run, Ready, Lock, Chan, Join, Sleep, IO, Syscall, Other int64
}

// GC is one garbage collection of the recording.
type GC struct {
	At   int64 // mutator running time of the whole program when it began, ns
	Work int64 // running time of the collector's own goroutines, ns
	STW  int64 // time the world was stopped, ns
}

// Program is a recorded program.
type Program struct {
	Goroutines []Goroutine
	Main       int // index in Goroutines: the replay ends when it does
	Objects    []Object
	Stacks     [][]Frame // leaf first; Stacks[0] is the empty stack
	GCs        []GC
	// Dealt names the channels whose receivers are interchangeable workers: all
	// of them were started with the same function and saw the channel closed.
	// What follows a receive flagged Item, up to the goroutine's next such
	// receive, is an item, and the k-th receive of a replay takes the k-th item
	// whoever performs it. After the close a worker runs its own tail: what
	// followed its RecvClosed.
	Dealt []uint32
	// DealtOrder gives for a dealt channel the goroutines that took its items, in
	// the order of the recording: the k-th item is what the k-th of them did with
	// its next one. Without it the items are ordered by how long their goroutines
	// had run when they took them.
	DealtOrder map[uint32][]int32

	// Met gives for each channel, by its index in Objects, who sent to it and who
	// received from it, in the order of the recording: the index of a sender, and
	// of a receiver its complement (^i). It is not there for all Programs.
	Met [][]int32
}
