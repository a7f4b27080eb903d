package record

import "github.com/trivet-go/trivet/internal/program"

// objects gives the things that goroutines meet at an identity that survives
// the reuse of their addresses.
//
//   - A channel begins a new life at the event of its making.
//   - A WaitGroup begins a new life at the first Add after a Wait returned.
//     Without this, two uses that followed each other on one core would be
//     forced to follow each other in a replay on many.
//   - A lock keeps its address for life: nothing tells when it is made. Two
//     locks that had one address in turn are taken for one.
type objects struct {
	all     []program.Object
	takers  [][]int32 // of each channel: the goroutines that took a value from it, in order
	met     [][]int32 // of each channel: see program.Program.Met
	leavers [][]int32 // of each channel: the goroutines that saw it closed
	byAddr  map[objKey]*objState
	byName  map[string]*objState // actors
}

type objKey struct {
	addr  uint64
	class program.Class
}

type objState struct {
	id     uint32 // index in all, valid when known
	known  bool
	cap    uint32
	site   uint32
	filled int  // channel: values in its buffer, or so
	joined bool // WaitGroup: a Wait has returned since the last Add
	count  int  // WaitGroup: its counter, relative to the start of the window
}

func newObjects() *objects {
	return &objects{byAddr: map[objKey]*objState{}, byName: map[string]*objState{}}
}

// forget drops the objects of an abandoned window; capacities are kept.
func (o *objects) forget() {
	o.all, o.takers, o.met, o.leavers = nil, nil, nil, nil
	for _, s := range o.byAddr {
		s.known, s.count = false, 0
	}
	clear(o.byName)
}

func (o *objects) state(addr uint64, class program.Class) *objState {
	k := objKey{addr, class}
	s := o.byAddr[k]
	if s == nil {
		s = &objState{}
		o.byAddr[k] = s
	}
	return s
}

func (o *objects) id(s *objState, class program.Class) uint32 {
	if !s.known {
		s.known = true
		s.id = uint32(len(o.all))
		o.takers = append(o.takers, nil)
		o.met = append(o.met, nil)
		o.leavers = append(o.leavers, nil)
		o.all = append(o.all, program.Object{Class: class, Cap: s.cap, Site: s.site})
	}
	return s.id
}

// event returns a new event.
func (o *objects) event() uint32 { return o.id(&objState{}, program.Event) }

func (o *objects) made(addr uint64, capacity uint16, site uint32) {
	s := o.state(addr, program.Channel)
	*s = objState{cap: uint32(capacity), site: site}
}

func (o *objects) channel(addr uint64, capacity uint16) uint32 {
	s := o.state(addr, program.Channel)
	if s.known {
		return s.id
	}
	s.cap = uint32(capacity)
	id := o.id(s, program.Channel)
	o.all[id].Init = int32(min(max(s.filled, 0), int(capacity)))
	return id
}

// flow keeps count of the values in a channel, also outside of windows: a
// window may begin with some of them in it.
func (o *objects) flow(kind string, addr uint64) {
	switch kind {
	case "S":
		o.state(addr, program.Channel).filled++
	case "R":
		o.state(addr, program.Channel).filled--
	}
}

// passed notes that goroutine g sent to a channel or received from it.
func (o *objects) passed(op program.Op, g int32) {
	switch op.Kind {
	case program.Send:
		o.met[op.Obj] = append(o.met[op.Obj], g)
	case program.Recv:
		o.met[op.Obj] = append(o.met[op.Obj], ^g)
		o.takers[op.Obj] = append(o.takers[op.Obj], g)
	case program.RecvClosed:
		if l := o.leavers[op.Obj]; len(l) == 0 || l[len(l)-1] != g {
			o.leavers[op.Obj] = append(l, g)
		}
	}
}

func (o *objects) lock(addr uint64, class program.Class) uint32 {
	return o.id(o.state(addr, class), class)
}

func (o *objects) waitGroup(addr uint64, delta int) uint32 {
	s := o.state(addr, program.WaitGroup)
	if s.joined && delta > 0 {
		*s = objState{}
	}
	id := o.id(s, program.WaitGroup)
	s.count += delta
	if s.count < 0 { // it stood higher when the window began
		o.all[id].Init -= int32(s.count)
		s.count = 0
	}
	return id
}

func (o *objects) joined(addr uint64) uint32 {
	s := o.state(addr, program.WaitGroup)
	s.joined = true
	return o.id(s, program.WaitGroup)
}

// placed remembers where an object was first used, if its making was not seen.
func (o *objects) placed(op program.Op) {
	if op.Kind < program.Lock || op.Kind > program.Join || int(op.Obj) >= len(o.all) {
		return
	}
	if obj := &o.all[op.Obj]; obj.Site == 0 {
		obj.Site = op.Stack
	}
}
