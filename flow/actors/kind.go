package actors

import (
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/trivet-go/trivet"
)

// DefaultMailbox is how many messages a mailbox holds if nothing else is said.
const DefaultMailbox = 1000

// A Kind is a sort of actors: S is their protocol, an interface whose methods
// are what others may send them. Kinds are made once, as package variables, and
// used in any number of systems.
type Kind[S any] struct{ kind }

// Traits are what the actors of a kind have in common. The zero value is good.
type Traits struct {
	// Mailbox is how many messages wait at most, up to a million; 0 means
	// [DefaultMailbox]. An actor takes up to 32 of them into its hand at once, of
	// a Mailbox below 256 an eighth or one; those do not count any more.
	Mailbox int

	// Overflow is what a full mailbox does with one more message. Block lets the
	// sender wait; if that is an actor, it alone waits; on another node nobody can,
	// and gets [ErrFull]. So does the sender with Refuse, and of a Call with
	// DropNewest. With DropOldest the one who waits for the oldest gets
	// [ErrDropped]. Divert makes the message a dead letter.
	Overflow trivet.Overflow

	// Supervision is what happens when a child of such an actor fails.
	Supervision Supervision

	// Idle is after how long without a message a grain is passivated; 0 means
	// [DefaultIdle]. A grain that has children is not.
	Idle time.Duration

	// Errors are those that errors.Is finds in the errors of methods also when they
	// come from another node.
	Errors []error
}

// kind is what does not depend on the protocol.
type kind struct {
	name     string
	traits   Traits
	protocol reflect.Type  // S
	fresh    func() any    // *held[S]
	user     func(any) any // the user's value in it

	mu  sync.Mutex // while methods are declared
	ops []opcode
}

// held is a state, wrapped so that it is found by one comparison.
type held[S any] struct{ s S }

// NewKind makes a kind. The name stands in errors, hooks, traces and profiles,
// and on the wire; no two kinds of a system have the same one, or Spawn and Ref
// panic. state makes the state of one actor, whenever one begins or
// begins anew; work belongs into a Start method, see the package comment.
//
// It panics if the traits make no sense.
func NewKind[S any](name string, state func() S, traits Traits) *Kind[S] {
	if name == "" || traits.Mailbox < 0 || traits.Mailbox > 1e6 {
		panic(fmt.Sprintf("actors: kind %q with Mailbox %d: a kind has a name, and a Mailbox of 0 to a million", name, traits.Mailbox))
	}
	if traits.Mailbox == 0 {
		traits.Mailbox = DefaultMailbox
	}
	if traits.Idle == 0 {
		traits.Idle = DefaultIdle
	}
	traits.Supervision.fill()
	return &Kind[S]{kind{
		name:     name,
		traits:   traits,
		protocol: reflect.TypeFor[S](),
		fresh:    func() any { return &held[S]{state()} },
		user:     func(state any) any { return state.(*held[S]).s },
	}}
}

// Name is the name of the kind.
func (k *Kind[S]) Name() string { return k.name }

// declare gives a method its number.
func (k *kind) declare(op opcode) {
	k.mu.Lock()
	defer k.mu.Unlock()
	what := op.about()
	for _, known := range k.ops {
		if known.about().name == what.name {
			panic(fmt.Sprintf("actors: kind %q has two methods %q: names are the wire's, each stands once", k.name, what.name))
		}
	}
	what.index = len(k.ops)
	k.ops = append(k.ops, op)
}

func (k *kind) declared() []opcode {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ops
}
