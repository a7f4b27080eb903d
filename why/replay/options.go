package replay

import (
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// Unlimited as Options.Cores gives every goroutine a core of its own.
const Unlimited = -1

// Defaults of Costs, typical of Linux on hardware of its own. A virtual machine
// whose idle cores are halted may need ten times as long to wake one.
const (
	DefaultWake   = 5 * time.Microsecond
	DefaultCall   = time.Microsecond
	DefaultSwitch = 200 * time.Nanosecond
	DefaultSteal  = 3 * time.Microsecond
	DefaultSpin   = 500 * time.Nanosecond
	DefaultLinger = 2 * time.Microsecond
	DefaultSlice  = 10 * time.Millisecond
)

// Options say on what machine to replay, and what to change in the program.
// The zero value is one core with the default costs.
type Options struct {
	Cores int // 0 = 1; or Unlimited
	Costs
	Free  bool          // scheduling costs nothing: all Costs are none
	Scale float64       // scales all Costs; 0 = 1
	Slice time.Duration // running time after which a goroutine makes way for others; 0 = DefaultSlice
	Seed  uint64        // of the choice of victims
	Changes
}

// Costs are the costs of scheduling. Zero means the default, a negative value
// none.
type Costs struct {
	Wake   time.Duration // from calling an idle core until it looks for work
	Call   time.Duration // running time that the call takes from the core which makes it
	Switch time.Duration // from one goroutine to the next on a core
	Steal  time.Duration // a thief waits so long before it takes what its victim is about to run
	Spin   time.Duration // the longest that a goroutine spins for a mutex before it blocks
	Linger time.Duration // a core without work looks on for so long; until then it need not be woken
}

// Changes are the what-ifs: the program as if it were written differently.
// Maps and lists hold indices of Program.Objects. The zero value changes
// nothing.
type Changes struct {
	Speed    []Speed        // faster or slower runs
	NoLocks  bool           // all mutexes are free at any time
	Drop     []uint32       // these mutexes are free at any time
	Shard    map[uint32]int // this mutex becomes so many; goroutine i uses the i-th, modulo
	Capacity map[uint32]int // this channel has so large a buffer
	Workers  map[uint32]int // so many more workers for this dealt channel
	NoGC     bool           // no garbage collections
}

// Speed scales running time: Factor 0.5 halves it. It applies to the runs that
// fit all the fields that are set.
type Speed struct {
	Factor  float64
	File    string   // of the user's leaf frame, see UserFrame
	Line    int      // the same; 0 = all lines of File
	Stacks  []uint32 // Program.Stacks indices
	Holding []uint32 // while one of these objects is held
}

// costs are Options' durations with the defaults applied, in nanoseconds.
type costs struct {
	wake, toCall, swtch, toSteal, toSpin, linger, slice int64
}

func (o *Options) costs() costs {
	c := costs{slice: int64(orDefault(o.Slice, DefaultSlice))}
	if o.Free {
		return c
	}
	scale := o.Scale
	if scale == 0 {
		scale = 1
	}
	scaled := func(d, def time.Duration) int64 {
		return int64(float64(max(0, orDefault(d, def))) * scale)
	}
	c.wake = scaled(o.Wake, DefaultWake)
	c.toCall = scaled(o.Call, DefaultCall)
	c.swtch = scaled(o.Switch, DefaultSwitch)
	c.toSteal = scaled(o.Steal, DefaultSteal)
	c.toSpin = scaled(o.Spin, DefaultSpin)
	c.linger = scaled(o.Linger, DefaultLinger)
	return c
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

func (o *Options) check(p *program.Program) error {
	if o.Cores < Unlimited {
		return fmt.Errorf("replay on %d cores", o.Cores)
	}
	for _, sp := range o.Speed {
		if sp.Factor < 0 {
			return fmt.Errorf("speed factor %v is negative", sp.Factor)
		}
		for _, id := range sp.Stacks {
			if int(id) >= len(p.Stacks) {
				return fmt.Errorf("speed of stack %d of %d", id, len(p.Stacks))
			}
		}
	}
	is := func(obj uint32, classes ...program.Class) bool {
		return int(obj) < len(p.Objects) && slices.Contains(classes, p.Objects[obj].Class)
	}
	for _, obj := range o.Drop {
		if !is(obj, program.Mutex, program.RWMutex) {
			return fmt.Errorf("cannot drop object %d: not a mutex", obj)
		}
	}
	for obj, k := range o.Shard {
		if !is(obj, program.Mutex, program.RWMutex) || k < 1 {
			return fmt.Errorf("cannot split object %d in %d: not a mutex, or no shards", obj, k)
		}
	}
	for obj, c := range o.Capacity {
		if !is(obj, program.Channel) || c < 0 {
			return fmt.Errorf("cannot give object %d the capacity %d: not a channel, or negative", obj, c)
		}
	}
	for obj := range o.Workers {
		if !slices.Contains(p.Dealt, obj) {
			return fmt.Errorf("cannot add workers to object %d: not a dealt channel", obj)
		}
	}
	return nil
}
