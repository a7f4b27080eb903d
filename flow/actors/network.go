package actors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"
	"weak"
)

// A Network carries messages between systems, which are its nodes. It may lose
// them, and deliver them twice or in another order: who needs more than that makes
// methods that may run twice, and calls again.
type Network interface {
	// Join makes a node reachable: receive gets its messages, must not be called
	// by Send of the same goroutine that holds locks of the caller, and does not
	// block. leave ends that.
	Join(node string, receive func(message []byte)) (leave func(), err error)

	// Send sends a message to a node. nil does not mean that it arrives.
	Send(from, to string, message []byte) error
}

// Placement says on which node a grain lives. It is asked for every message, and
// by every node for itself: when they do not agree, the Store's revisions keep
// a grain from having two states.
type Placement interface {
	Node(kind, key string) string
}

var (
	// ErrUnreachable is the error of a message to another node that could not be
	// sent, or was not answered.
	ErrUnreachable = errors.New("the node cannot be reached")

	errUnknown = errors.New("unknown to the node: see Node.Kinds")
)

// patience is how long a Call without a deadline waits for another node.
const patience = 30 * time.Second

// AnyKind is a Kind whose protocol does not matter.
type AnyKind interface{ untyped() *kind }

func (k *kind) untyped() *kind { return k }

// remote is what a system needs for others.
type remote struct {
	mu       sync.Mutex
	kinds    map[string]*kind
	proxies  map[proxy]weak.Pointer[cell]
	exported map[uint64]*cell // actors with a number that others know
	asked    map[uint64]*asking
	last     uint64 // number of a question
	life     uint64 // of the node: so that answers to one that was here before, under the same name, are known
	leave    func()
}

// A proxy is an actor of another node.
type proxy struct {
	node, kind, key string
	id              uint64
}

// asking is a call that another node answers.
type asking struct {
	call *call
	op   opcode
	to   string
}

// A Node is what a system is among others.
type Node struct {
	Name      string
	Network   Network
	Placement Placement // of grains; nil: all are here
	Kinds     []AnyKind // whose messages may come from other nodes
}

// Join makes the system a node. It is called before any Spawn or Ref.
func (s *System) Join(n Node) error {
	s.mu.Lock()
	used := len(s.homes) > 0
	s.mu.Unlock()
	if used || n.Name == "" || n.Network == nil {
		return errors.New("actors: Join needs a name and a Network, and comes before the first Spawn and Ref")
	}
	for _, any := range n.Kinds {
		k := any.untyped()
		s.remote.kinds[k.name] = k
	}
	s.node = n
	s.remote.life = uint64(s.world.random(math.MaxInt64 - 1))
	var err error
	s.remote.leave, err = n.Network.Join(n.Name, s.receive)
	return err
}

// forget forgets an actor of another node that nobody has a Ref to any more.
func (r *remote) forget(at proxy) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.proxies[at]; ok && p.Value() == nil {
		delete(r.proxies, at)
	}
}

// leave ends that, and answers all questions to other nodes.
func (s *System) leave() {
	r := &s.remote
	r.mu.Lock()
	leave, asked := r.leave, r.asked
	r.leave, r.asked = nil, map[uint64]*asking{}
	r.mu.Unlock()
	if leave != nil {
		leave()
	}
	for _, number := range slices.Sorted(maps.Keys(asked)) { // in order, for simulations
		a := asked[number]
		s.refuse(a.call, &Error{To: a.to, Op: a.op.about().name, Err: ErrStopped})
	}
}

func (r *remote) init() {
	r.kinds = map[string]*kind{}
	r.proxies = map[proxy]weak.Pointer[cell]{}
	r.exported = map[uint64]*cell{}
	r.asked = map[uint64]*asking{}
}

// address writes where c is.
func (e *encoder) address(c *cell) {
	if c == nil {
		e.uint(0)
		return
	}
	s := c.home.sys
	node := s.node.Name
	switch {
	case c.virtual:
		e.uint(2)
	case c.g != nil:
		e.uint(1)
		node = c.g.node
	default:
		e.uint(1)
		if c.id > 0 {
			s.remote.mu.Lock()
			s.remote.exported[c.id] = c
			c.exported.Store(true)
			s.remote.mu.Unlock()
		}
	}
	e.string(c.home.kind.name)
	e.string(c.key)
	e.uint(c.id)
	e.string(node)
}

// address finds what address has written, in the system of the decoder.
func (d *decoder) address() *cell {
	what := d.uint()
	if what == 0 {
		return nil
	}
	at := proxy{kind: d.string(), key: d.string(), id: d.uint(), node: d.string()}
	if d.check(what <= 2); d.err != nil {
		return nil
	}
	c, err := d.sys.resolve(at, what == 2)
	d.err = err
	return c
}

func (s *System) resolve(at proxy, virtual bool) (*cell, error) {
	r := &s.remote
	r.mu.Lock()
	k := r.kinds[at.kind]
	r.mu.Unlock()
	if k == nil {
		k = s.usedKind(at.kind)
	}
	if k == nil {
		return nil, fmt.Errorf("actors: kind %q: %w", at.kind, errUnknown)
	}
	if virtual {
		return s.grain(k, at.key), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	var c *cell
	local := at.node == s.node.Name
	switch {
	case local && at.id > 0:
		c = r.exported[at.id]
	case local:
		c = s.names[address{k, at.key}]
	default:
		c = r.proxies[at].Value()
	}
	if c == nil {
		c = s.homeOf(k).newCell(at.key)
		c.id = at.id
		c.life = dead
		if !local {
			c.life, c.routed, c.g = away, true, &grain{node: at.node}
			r.proxies[at] = weak.Make(c)
			runtime.AddCleanup(c, r.forget, at)
		}
	}
	return c, nil
}

func (s *System) usedKind(name string) *kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.homes {
		if k.name == name {
			return k
		}
	}
	return nil
}

// route sends a message whose way is not settled: to a grain or an actor of another
// node, or, in a system that encodes everything, to one of its own. It returns
// local if the message, perhaps another one by now, is for this node.
func (c *cell) route(ctx context.Context, m *message) (local bool, err error) {
	s := c.home.sys
	node := s.node.Name
	switch {
	case c.virtual && s.node.Placement != nil:
		node = s.node.Placement.Node(c.home.kind.name, c.key)
	case c.g != nil && !c.virtual:
		node = c.g.node
	}
	if node != s.node.Name {
		return false, s.sendAway(ctx, node, c, m)
	}
	if s.rules.Encode {
		e := &encoder{sys: s}
		m.op.encode(e, m)
		d := &decoder{sys: s, buf: e.buf}
		m.op.decode(d, m)
		if err := errors.Join(e.err, d.err); err != nil {
			return false, failed(c, m.op, err)
		}
	}
	return true, nil
}

const (
	wireAsk = iota + 1
	wireAnswer
)

// sendAway sends a message to another node.
func (s *System) sendAway(ctx context.Context, node string, c *cell, m *message) error {
	if s.node.Network == nil {
		return failed(c, m.op, fmt.Errorf("node %q: %w: the system has no Network", node, ErrUnreachable))
	}
	e := &encoder{sys: s}
	e.uint(wireAsk)
	e.string(s.node.Name)
	e.address(c)
	e.string(m.op.about().name)
	number := uint64(0)
	if m.reply != nil {
		if m.reply.chain == nil {
			m.reply.chain = contextOf(ctx).chain()
		}
		if m.deadline == 0 {
			m.deadline = s.now() + int64(patience)
		}
		number = s.remote.ask(&asking{m.reply, m.op, c.name()})
	}
	left := int64(0)
	if m.deadline != 0 {
		left = max(1, m.deadline-s.now())
	}
	e.int(left)
	e.uint(number)
	if m.reply != nil {
		e.uint(s.remote.life)
		e.strings(m.reply.chain)
	}
	m.op.encode(e, m)
	err := e.err
	if err == nil {
		err = s.node.Network.Send(s.node.Name, node, e.buf)
	}
	if err != nil {
		if number != 0 && s.remote.answered(number) == nil {
			return nil // it has been answered all the same
		}
		return failed(c, m.op, fmt.Errorf("node %q: %w: %w", node, ErrUnreachable, err))
	}
	if number != 0 {
		s.world.after(time.Duration(left), func() {
			if a := s.remote.answered(number); a != nil {
				s.refuse(a.call, failed(c, a.op, fmt.Errorf("node %q did not answer: %w: %w", node, ErrUnreachable, context.DeadlineExceeded)))
			}
		})
	}
	return nil
}

func (r *remote) ask(a *asking) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.asked[r.last] = a
	a.call.number = r.last
	return r.last
}

// answered takes a question out of the list: whoever gets it answers the call.
func (r *remote) answered(number uint64) *asking {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.asked[number]
	delete(r.asked, number)
	return a
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
	}
}

func (s *System) receiveAsk(d *decoder) {
	from := d.string()
	c := d.address()
	name, left, number := d.string(), d.int(), d.uint()
	var m message
	if number != 0 {
		m.reply = s.replyTo(c, from, number, d.uint(), d.strings())
	}
	if left > 0 {
		m.deadline = s.now() + left
	}
	if d.err == nil && c != nil {
		for _, op := range c.home.kind.declared() {
			if op.about().name == name {
				m.op = op
			}
		}
		d.check(m.op != nil)
	}
	if d.err == nil && c != nil {
		m.op.decode(d, &m)
	}
	switch {
	case d.err != nil || c == nil:
		if m.reply != nil {
			s.refuse(m.reply, errors.Join(d.err))
		}
	default:
		if err := c.accept(m); err != nil {
			if m.reply != nil {
				s.refuse(m.reply, err)
			} else {
				c.letter(&m, err, nil)
			}
		}
	}
}

// accept puts a message from another node into the mailbox.
func (c *cell) accept(m message) error {
	if c.home.sys.refusing.Load() {
		return failed(c, m.op, ErrStopped)
	}
	c.mu.Lock()
	switch {
	case c.life != alive:
		c.mu.Unlock()
		return failed(c, m.op, ErrStopped)
	case c.place(nil, m):
		return nil
	}
	return c.spill(m)
}

// replyTo makes a call whose answer goes to another node.
func (s *System) replyTo(c *cell, node string, number, life uint64, chain []string) *call {
	k := s.newCall(c)
	k.chain, k.toNode = chain, true
	k.then = func(k *call) {
		e := &encoder{sys: s}
		e.uint(wireAnswer)
		e.uint(life)
		e.uint(number)
		e.error(k.err, c.knownErrors())
		if k.op != nil {
			k.op.encodeAnswer(e, k)
		}
		if e.err != nil {
			e = &encoder{sys: s}
			e.uint(wireAnswer)
			e.uint(life)
			e.uint(number)
			e.error(e.err, nil)
		}
		s.freeCall(k)
		// If it is lost the caller's deadline ends the call.
		_ = s.node.Network.Send(s.node.Name, node, e.buf)
	}
	return k
}

func (s *System) receiveAnswer(d *decoder) {
	if d.uint() != s.remote.life {
		return // it was for the node that was here before
	}
	a := s.remote.answered(d.uint())
	if a == nil { // given up, or the answer came twice
		return
	}
	k := a.call
	k.err = d.error(a.op.about().kind.traits.Errors)
	if d.err == nil && len(d.buf) > 0 {
		a.op.decodeAnswer(d, k)
	}
	if d.err != nil {
		k.err = d.err
	}
	s.answer(k)
}

func (c *cell) knownErrors() []error {
	if c == nil {
		return nil
	}
	return c.home.kind.traits.Errors
}

// Loopback is a Network within the process. The zero value has no nodes.
type Loopback struct {
	mu    sync.Mutex
	nodes map[string]func([]byte)
}

// Join implements Network.
func (l *Loopback) Join(node string, receive func([]byte)) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nodes[node] != nil {
		return nil, fmt.Errorf("actors: there is a node %q already", node)
	}
	if l.nodes == nil {
		l.nodes = map[string]func([]byte){}
	}
	l.nodes[node] = receive
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.nodes, node)
	}, nil
}

// Send implements Network.
func (l *Loopback) Send(_, to string, message []byte) error {
	l.mu.Lock()
	receive := l.nodes[to]
	l.mu.Unlock()
	if receive == nil {
		return fmt.Errorf("actors: no node %q", to)
	}
	receive(message)
	return nil
}
