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

	// Send sends a message to a node. nil does not mean that it arrives; an error
	// means that the node is not to be reached now: a Call fails at once, and who
	// watches an actor there is told that it is down.
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

// A proxy is an actor of another node.
type proxy struct {
	node, kind, key string
	id              uint64
}

// asking is a call that another node answers.
type asking struct {
	call  *call
	op    opcode
	to    string
	node  string
	until int64 // its deadline

	stop  func() bool   // ends the timer
	waits bool          // an actor waits
	pause time.Duration // until a probe is sent again
}

func (a *asking) failed(err error) error { return &Error{To: a.to, Op: a.op.about().name, Err: err} }

// unsent is the number of a question that is to be sent.
const unsent = math.MaxUint64

// A Node is what a system is among others.
type Node struct {
	Name      string
	Network   Network
	Placement Placement // of grains; nil: all are here
	Kinds     []AnyKind // whose messages may come from other nodes
}

// lifeBits are the bits of a node's life that are drawn, beside the time.
const lifeBits = 22

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
	s.remote.life = uint64(s.world.now().UnixMilli())<<lifeBits | uint64(s.world.random(1<<lifeBits-1))
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

func (r *remote) init() {
	r.kinds = map[string]*kind{}
	r.proxies = map[proxy]weak.Pointer[cell]{}
	r.exported = map[uint64]*cell{}
	r.asked = map[uint64]*asking{}
	r.peers = map[string]*peer{}
	r.traced = map[uint64]*traced{}
	r.watches = map[uint64]*farWatch{}
	r.beating = map[string]func() bool{}
	r.watched = map[question]*farWatcher{}
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
	at, what := d.location()
	if what == 0 || d.err != nil {
		return nil
	}
	c, err := d.sys.resolve(at, what == 2)
	d.err = err
	return c
}

// location reads an address; what is 0 for that of nobody, and 2 for a grain's.
func (d *decoder) location() (at proxy, what uint64) {
	if what = d.uint(); what == 0 {
		return at, what
	}
	at = proxy{kind: d.string(), key: d.string(), id: d.uint(), node: d.string()}
	d.check(what <= 2)
	return at, what
}

func (s *System) resolve(at proxy, virtual bool) (*cell, error) {
	r := &s.remote
	k := s.kindNamed(at.kind)
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

// kindNamed returns the kind with this name, if the system knows it.
func (s *System) kindNamed(name string) *kind {
	s.remote.mu.Lock()
	k := s.remote.kinds[name]
	s.remote.mu.Unlock()
	if k != nil {
		return k
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.homes {
		if k.name == name {
			return k
		}
	}
	return nil
}

// whereabouts is the node to which messages to c go.
func (c *cell) whereabouts() string {
	node := &c.home.sys.node
	switch {
	case c.virtual && node.Placement != nil:
		return node.Placement.Node(c.home.kind.name, c.key)
	case c.g != nil && !c.virtual:
		return c.g.node
	}
	return node.Name
}

// route sends a message whose way is not settled: to a grain or an actor of another
// node, or, in a system that encodes everything, to one of its own. It returns
// local if the message, perhaps another one by now, is for this node.
func (c *cell) route(ctx context.Context, m *message) (local bool, err error) {
	s := c.home.sys
	node := ""
	if m.reply != nil {
		node = m.reply.node
	}
	if node == "" {
		node = c.whereabouts()
	}
	if node != s.node.Name {
		return false, s.sendAway(node, c, m)
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
)

// sendAway sends a message to another node.
func (s *System) sendAway(node string, c *cell, m *message) error {
	body := &encoder{sys: s}
	m.op.encode(body, m)
	if body.err != nil {
		return failed(c, m.op, body.err)
	}
	a := (*asking)(nil)
	if m.reply != nil {
		if m.deadline == 0 {
			m.deadline = s.now() + int64(patience)
		}
		a = &asking{call: m.reply, op: m.op, to: c.name(), node: node, until: m.deadline}
	}
	left := int64(0)
	if m.deadline != 0 {
		left = max(1, m.deadline-s.now())
	}
	e := &encoder{sys: s}
	e.uint(wireAsk)
	e.string(s.node.Name)
	e.address(c)
	e.string(m.op.about().name)
	e.int(left)
	number := uint64(0)
	if a == nil {
		e.uint(0)
	} else {
		number = s.ask(a)
		e.uint(number)
		e.uint(s.remote.life)
		e.bool(a.waits)
	}
	e.buf = append(e.buf, body.buf...)
	err := s.send(node, e)
	if err == nil || number != 0 && s.remote.answered(number) == nil { // it may have been answered all the same
		return nil
	}
	return failed(c, m.op, fmt.Errorf("node %q: %w: %w", node, ErrUnreachable, err))
}

// send sends what was encoded to another node.
func (s *System) send(node string, e *encoder) error {
	if s.node.Network == nil {
		return errors.New("the system has no Network")
	}
	return s.node.Network.Send(s.node.Name, node, e.buf)
}

// ask puts a question into the list, until it is answered or its time is over.
func (s *System) ask(a *asking) uint64 {
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	number := r.last
	r.asked[number] = a
	a.waits = a.call.number.Load() == unsent
	a.call.number.Store(number)
	a.pause = firstPause
	s.look(number, a)
	return number
}

// look lets the time of a question be looked at again, after a pause at most. The
// mutex of remote is held.
func (s *System) look(number uint64, a *asking) {
	after := time.Duration(a.until - s.now())
	if a.waits {
		after = min(after, s.jitter(a.pause))
	}
	a.stop = s.world.after(after, func() { s.looked(number) })
}

// looked ends a question whose time is over, and sends a probe for others.
func (s *System) looked(number uint64) {
	r := &s.remote
	r.mu.Lock()
	a := r.asked[number]
	if a == nil {
		r.mu.Unlock()
		return
	}
	if a.until-s.now() < int64(time.Microsecond) { // the clock begins with 1
		delete(r.asked, number)
		r.mu.Unlock()
		s.refuse(a.call, a.failed(fmt.Errorf("node %q did not answer: %w: %w", a.node, ErrUnreachable, context.DeadlineExceeded)))
		return
	}
	a.pause = min(2*a.pause, longestPause)
	s.look(number, a)
	r.mu.Unlock()
	s.chase(number)
}

// jitter is half of a pause at least.
func (s *System) jitter(pause time.Duration) time.Duration {
	return pause/2 + s.world.random(pause/2)
}

// answered takes a question out of the list: whoever gets it answers the call.
func (r *remote) answered(number uint64) *asking {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.asked[number]
	if a != nil {
		delete(r.asked, number)
		a.stop()
	}
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
	}
}

func (s *System) receiveAsk(d *decoder) {
	from := d.string()
	at, what := d.location()
	name, left, number := d.string(), d.int(), d.uint()
	q := question{node: from, number: number}
	waits := false
	if number != 0 {
		q.life = d.uint()
		waits = d.bool()
	}
	if d.check(what != 0); d.err != nil {
		s.lost(nil, name, nil, d.err)
		return
	}
	c, err := s.resolve(at, what == 2)
	var m message
	if number != 0 {
		m.reply = s.replyTo(c, q, waits)
	}
	if left > 0 {
		m.deadline = s.now() + left
	}
	if err == nil {
		if err = d.message(c.home.kind, name, &m); err == nil {
			err = c.accept(m)
		}
	}
	switch {
	case err != nil && m.reply != nil:
		s.refuse(m.reply, err)
	case err != nil:
		s.lost(c, name, &m, err)
	case waits:
		s.pursue(&probe{round: search, origin: q}, q) // a question is a probe too
	}
}

// message reads the op and the argument of a message.
func (d *decoder) message(k *kind, name string, m *message) error {
	for _, op := range k.declared() {
		if op.about().name == name {
			m.op = op
			op.decode(d, m)
			return d.err
		}
	}
	return fmt.Errorf("actors: kind %q has no method %q on this node", k.name, name)
}

// lost makes a message a dead letter that nobody waits for.
func (s *System) lost(c *cell, op string, m *message, why error) {
	if c != nil && m.op != nil {
		c.letter(m, 0, why)
		return
	}
	kind, to := "", "an actor that is not known here"
	if c != nil {
		kind, to = c.home.kind.name, c.name()
		c.home.letters.Add(1)
	}
	s.lay(kind, 0, DeadLetter{To: to, Op: op, Err: why})
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
func (s *System) replyTo(c *cell, q question, waits bool) *call {
	k := s.newCall(c)
	k.toNode, k.contested = true, waits
	var held *inquiry
	if waits && c != nil {
		held = s.remote.hold(q, c, k)
	}
	k.then = func(k *call) {
		if !k.begin() {
			return // it has been refused
		}
		e := &encoder{sys: s}
		e.answer(q)
		e.error(k.err, c.knownErrors())
		if k.op != nil {
			k.op.encodeAnswer(e, k)
		}
		if err := e.err; err != nil {
			e = &encoder{sys: s}
			e.answer(q)
			e.error(err, nil)
		}
		s.remote.release(held, k)
		s.freeCall(k)
		// If it is lost the caller's deadline ends the call.
		_ = s.send(q.node, e)
	}
	return k
}

func (e *encoder) answer(q question) {
	e.uint(wireAnswer)
	e.uint(q.life)
	e.uint(q.number)
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
