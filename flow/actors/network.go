package actors

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"weak"
)

// A Network carries messages between systems, which are its nodes. It may lose
// them, and deliver them twice or in another order: who needs more than that makes
// methods that may run twice, and calls again.
type Network interface {
	// Join makes a node reachable: receive gets its messages, from any number of
	// goroutines, also from Send itself. It does not block, keeps nothing of the
	// message, and may call Send: so no lock that Send needs may be held. leave ends
	// that.
	Join(node string, receive func(message []byte)) (leave func(), err error)

	// Send sends a message to a node, and must not block for long: methods and timers
	// call it. The message belongs to the Network. nil does not mean that it arrives;
	// an error means that the node is not to be reached now: a Call fails at once, and
	// who watches an actor there is told that it is down.
	Send(from, to string, message []byte) error
}

// Placement says on which node a grain lives. It is asked for every message, by
// several goroutines at once, and by every node for itself: when they do not agree,
// the Store's revisions keep a grain from having two states.
type Placement interface {
	Node(kind, key string) string
}

var (
	// ErrUnreachable is the error of a message to another node that could not be
	// sent, or that was not answered by a node that gave no other sign of life.
	ErrUnreachable = errors.New("the node cannot be reached")

	errNoName    = errors.New("actors: Join needs a name: Node.Name is empty")
	errNoNetwork = errors.New("actors: Join needs a Network: Node.Network is nil")
	errUsed      = errors.New("actors: Join comes before the first Spawn and Ref: what is there already would have no node")
)

// AnyKind is a Kind whose protocol does not matter.
type AnyKind interface{ untyped() *kind }

func (k *kind) untyped() *kind { return k }

// A Node is what a system is among others.
type Node struct {
	Name      string
	Network   Network
	Placement Placement // of grains; nil: all are here
	Kinds     []AnyKind // whose messages may come from other nodes
}

// lifeBits are the bits of a node's life that are drawn, beside the time.
const lifeBits = 22

// Join makes the system a node, until it is closed. It is called once, before any Spawn
// or Ref, and no two of its kinds have one name; an error that is not about that is the
// Network's.
func (s *System) Join(n Node) error {
	s.mu.Lock()
	used := len(s.homes) > 0
	s.mu.Unlock()
	switch {
	case n.Name == "":
		return errNoName
	case n.Network == nil:
		return errNoNetwork
	case s.node.Network != nil:
		return fmt.Errorf("actors: the system is a node already, %q: Join is called once", s.node.Name)
	case used:
		return errUsed
	}
	kinds := map[string]*kind{}
	for _, any := range n.Kinds {
		k := any.untyped()
		if kinds[k.name] != nil {
			return fmt.Errorf("actors: Node.Kinds has two kinds %q: other nodes could not tell which is meant", k.name)
		}
		kinds[k.name] = k
	}
	s.remote.kinds = kinds
	s.node = n
	s.remote.life = uint64(s.world.now().UnixMilli())<<lifeBits | uint64(s.world.random(1<<lifeBits-1))
	var err error
	s.remote.leave, err = n.Network.Join(n.Name, s.receive)
	return err
}

// remote is what a system needs for others.
type remote struct {
	mu       sync.Mutex
	kinds    map[string]*kind
	away     map[location]weak.Pointer[cell] // actors of other nodes
	exported map[uint64]*cell                // actors with a number that others know
	asked    map[uint64]*asking
	last     uint64 // the last number that a question, a traced wait or a watch was given
	life     uint64 // of the node: so that answers to one that was here before, under the same name, are known; a later one is greater
	leave    func()

	peers   map[string]*peer   // by name: the nodes that have asked
	holding int                // questions of others for whose answer an actor waits
	traced  map[uint64]*traced // waits within the node that lead to other nodes

	watches map[uint64]*farWatch     // over actors of other nodes
	beating map[string]func() bool   // by node: ends the timer of the watches over its actors
	watched map[question]*farWatcher // by other nodes
	lapsing func() bool              // ends the timer of watched; nil while there is none
}

func (r *remote) init() {
	r.kinds = map[string]*kind{}
	r.away = map[location]weak.Pointer[cell]{}
	r.exported = map[uint64]*cell{}
	r.asked = map[uint64]*asking{}
	r.peers = map[string]*peer{}
	r.traced = map[uint64]*traced{}
	r.watches = map[uint64]*farWatch{}
	r.beating = map[string]func() bool{}
	r.watched = map[question]*farWatcher{}
}

// leave ends what Join has begun, and answers all questions to other nodes.
func (s *System) leave() {
	r := &s.remote
	r.mu.Lock()
	leave, asked := r.leave, r.asked
	r.leave, r.asked = nil, map[uint64]*asking{}
	for _, t := range r.traced {
		t.stop()
	}
	clear(r.traced)
	r.mu.Unlock()
	if leave != nil {
		leave()
	}
	s.leaveWatches()
	for _, number := range slices.Sorted(maps.Keys(asked)) { // in order, for simulations
		a := asked[number]
		a.stop()
		s.refuse(a.call, a.failed(ErrStopped))
	}
}

// What a message between nodes is. A question is asked by an outsider, or with Go,
// or by an actor that waits for the answer.
const (
	wireAsk = iota + 1
	wireAnswer
	wireProbe
	wireCircle
	wireWatch
	wireUnwatch
	wireDown
	wireThere
	wireHere
)

// send sends what was encoded to another node.
func (s *System) send(node string, e *encoder) error {
	if s.node.Network == nil {
		return errors.New("the system has no Network")
	}
	return s.node.Network.Send(s.node.Name, node, e.buf)
}

// receive takes a message from another node. It does not block: a mailbox whose
// kind would let the sender wait refuses.
func (s *System) receive(frame []byte) {
	d := &decoder{sys: s, buf: slices.Clone(frame)}
	switch d.uint() {
	case wireAsk:
		s.receiveAsk(d)
	case wireAnswer:
		s.receiveAnswer(d)
	case wireProbe:
		s.receiveProbe(d)
	case wireCircle:
		s.receiveCircle(d)
	case wireWatch:
		s.receiveWatch(d)
	case wireUnwatch:
		s.receiveUnwatch(d)
	case wireDown:
		s.receiveDown(d)
	case wireThere:
		s.receiveThere(d)
	case wireHere:
		s.receiveHere(d)
	}
}
