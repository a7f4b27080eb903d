package actors

import (
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A DeadLetter is a message that was not handled, or not to the end, and whose
// sender does not know: one that nobody waited for, or that made its method
// panic.
type DeadLetter struct {
	To      string // the actor, as Ref.Name names it
	Op      string // the name of the method
	Message any    // its argument
	Err     error  // why; a *trivet.PanicError has the stack
}

// String says what became of which message, and of a panic where it was; Err has the
// stack.
func (l DeadLetter) String() string { return fmt.Sprintf("%s to %s: %s", l.Op, l.To, short(l.Err)) }

// letter makes m, a message to c, a dead letter. tries is how often its method has begun.
func (c *cell) letter(m *message, tries int, why error) {
	c.home.letters.Add(1)
	l := DeadLetter{Err: why}
	if c.home.sys.rules.DeadLetters != nil {
		l.To, l.Op, l.Message = c.name(), m.op.about().name, m.op.question(m)
	}
	c.home.sys.lay(c, tries, l)
}

// lay shows a dead letter to whoever wants to see it. c is nil if it is not known here.
func (s *System) lay(c *cell, tries int, l DeadLetter) {
	if s.hooks.DeadLetter != nil {
		name := ""
		if c != nil {
			name = c.name()
		}
		s.hooks.DeadLetter(trivet.DeadLetterInfo{Name: name, Tries: tries, Err: l.Err})
	}
	if s.rules.DeadLetters == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil { // nobody waits for it, and it must not be swallowed
			spawn.Keep(s.rules.Name, spawn.Failure(v).(*trivet.PanicError))
		}
	}()
	s.rules.DeadLetters(l)
}
