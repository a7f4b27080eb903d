package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// StuckError tells that the replayed program could not go on: all goroutines
// waited for each other. Then there is no forecast. Either the program can
// deadlock, or it has a constraint that the recording does not contain.
type StuckError struct {
	After   time.Duration // replayed until then
	Left    int64         // operations not done
	Waiting []Waiter      // main first, then in the order of their numbers
}

// Waiter is a goroutine that waits for ever.
type Waiter struct {
	Goroutine int // Program.Goroutines index
	ID        uint64
	Start     string
	Op        program.Kind
	Object    uint32
	AtChannel bool   // Object is one
	Name      string // of the object, or the place where it was made
	Where     program.Frame
	Holder    int // Program.Goroutines index of the owner of a lock, or -1
	HolderID  uint64
}

func (w Waiter) String() string {
	s := fmt.Sprintf("goroutine %d (%s) in %v", w.ID, w.Start, w.Op)
	if w.Name != "" {
		s += " of " + w.Name
	}
	if w.Where.File != "" {
		s += fmt.Sprintf(" at %s:%d", w.Where.File, w.Where.Line)
	}
	if w.Holder >= 0 {
		s += fmt.Sprintf(", held by goroutine %d", w.HolderID)
	}
	return s
}

func (e *StuckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the replay is stuck after %v with %d operations left: ", e.After, e.Left)
	for i, w := range e.Waiting {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more", len(e.Waiting)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(w.String())
	}
	return b.String()
}

// halt is called when nothing can happen any more. That is the end when main
// is cut, and little of the recording is left: its last operations may wait
// for others that came too late to be recorded.
func (s *sim) halt() error {
	left := s.totalOps() - s.ops
	if s.mainIsCut() && s.gs[s.prog.Main].state == over && left*100 <= s.totalOps() {
		s.now = s.gs[s.last].since
		s.odd.Blocked = int64(s.running)
		s.ended = true
		return nil
	}
	err := &StuckError{After: nanos(s.now), Left: left}
	if g := &s.gs[s.prog.Main]; g.state != over {
		err.Waiting = append(err.Waiting, s.waiter(s.prog.Main))
	}
	for i := range s.gs {
		if g := &s.gs[i]; g.state >= inLock && g.state != over && i != s.prog.Main {
			err.Waiting = append(err.Waiting, s.waiter(i))
		}
	}
	return err
}

func (s *sim) waiter(i int) Waiter {
	own := s.programIndex(i)
	op := s.op(&s.gs[i])
	w := Waiter{
		Goroutine: own,
		ID:        s.prog.Goroutines[own].ID,
		Start:     s.prog.Goroutines[own].Start,
		Op:        op.Kind,
		Object:    op.Obj,
		Where:     UserFrame(s.prog.Stacks[op.Stack]),
		Holder:    none,
	}
	if int(op.Obj) >= len(s.prog.Objects) {
		return w
	}
	o := &s.prog.Objects[op.Obj]
	w.Name = o.Name
	w.AtChannel = o.Class == program.Channel
	if f := UserFrame(s.prog.Stacks[o.Site]); w.Name == "" && f.File != "" {
		w.Name = fmt.Sprintf("the one of %s:%d", f.File, f.Line)
	}
	if o.Class == program.Mutex || o.Class == program.RWMutex {
		if m := s.mutexOf(int32(i), op.Obj); m != nil && m.owner != none {
			w.Holder = s.programIndex(int(m.owner))
			w.HolderID = s.prog.Goroutines[w.Holder].ID
		}
	}
	return w
}

// programIndex is i, or, for an additional worker, the one that it copies.
func (s *sim) programIndex(i int) int {
	if s.gs[i].extra {
		return int(s.gs[i].src)
	}
	return i
}
