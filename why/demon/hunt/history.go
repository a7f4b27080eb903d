package hunt

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// history is what the goroutines of a run did, as far as the judges need it. It
// is made in one pass over the events.
type history struct {
	gs    map[uint64]*goroutine
	locks map[uint64]*lock
	chans map[uint64]*channel
	wgs   map[uint64]*group
	conds map[uint64]*cond

	edges   map[edgeKey][]*edge // an order of locks, with what is needed to judge it
	twice   []*attempt          // locks that were tried by who held them
	nested  []*attempt          // read locks that were taken by who held them
	order   order               // what surely happened before what
	vital   vital
	lost    int   // events there was no room for
	pos     int   // the number of the event
	last    int64 // time of the last event
	stackOf func(int) string
	// Places in the user's code: the innermost one, and the same if nothing but
	// the runtime and package sync stand before it. "": there is none.
	siteOf, directSite func(stack int) string

	// What the source tells, nil if it was not read: which marked loops are
	// waits for a condition, which look for work,
	// which put back what they take, the one that a stack is in, the functions that
	// receive from a channel made there, and whether a stack is in them.
	isWait    func(loop int) bool
	serves    func(loop int) bool
	requeues  func(loop int) bool
	waitLoop  func(stack int) int
	receivers func(stack int) []attempts.Span
	inSpans   func(stack int, spans []attempts.Span) bool
}

// goroutine is the past of one.
type goroutine struct {
	id, parent uint64
	test       string // that it runs itself
	held       []hold
	now        *attempt // what it has begun and not ended
	selects    []attempt
	ended      bool
	created    int // stack of the go statement

	// For the judges of livelock and starvation.
	sent, received ring // channels
	touched        ring // locks and channels
	spawned        int
	asks           *request // the channel that it made last
	streak         streak   // of TryLock
	noRoom         streak   // of sends that do not wait
	vain           streak   // of Cond.Wait
	waits          attempt  // the last Cond.Wait
	lastLock       uint64   // that it took
	went           bool     // it has done something else since it began to wait for a condition
	hungry         uint64   // what it waits for in vain, if that is told already
}

// mode is how a lock is taken.
type mode uint8

const (
	writing mode = iota
	reading
)

// hold is a lock that a goroutine holds.
type hold struct {
	lock  uint64
	mode  mode
	stack int
	pos   int
}

// attempt is something that can block.
type attempt struct {
	g     uint64
	kind  string
	obj   uint64
	mode  mode // of a lock
	stack int
	pos   int
	time  int64
	cycle uint16
	other *hold // the lock that the goroutine held already: of twice and nested
	done  bool
}

// lock is a Mutex or RWMutex.
type lock struct {
	writers []writer // attempts to write, the newest of each goroutine
}

// writer is an attempt to take a lock for writing.
type writer struct {
	place
	stack int
}

// channel is one from its making to the next of the same address.
type channel struct {
	addr           uint64
	cap            int
	senders, recvs map[uint64]int // goroutines that used it so, or tried, with their stacks
	closers        map[uint64]int
	made           int // stack
	closed         bool
	sent, received matcher
	closedAt       place
}

// group is a WaitGroup.
type group struct {
	count  int
	sure   bool           // count is known
	adders map[uint64]int // who called Add or Done, with the stack
	dones  []place        // since the last Wait returned
}

// cond is a Cond.
type cond struct {
	wakers map[uint64]int
	last   []place
}

// readHistory makes the history of a run.
func readHistory(book *overlay.Book, t trimmer, loops *attempts.Table) (*history, error) {
	h := newHistory()
	h.readSource(book, t, loops)
	h.siteOf = cached(func(stack int) string { site, _ := t.site(frames(book.Stack(stack))); return site })
	h.directSite = cached(func(stack int) string {
		site, direct := t.site(frames(book.Stack(stack)))
		if !direct {
			return ""
		}
		return site
	})
	for e, err := range book.Events() {
		if err != nil {
			return nil, err
		}
		name := ""
		if e.Kind == overlay.TestBegin || e.Kind == overlay.Progress {
			name = book.Stack(e.Stack)
		}
		h.add(e, name)
	}
	h.lost = book.Lost()
	h.finish()
	h.keepStacks(book)
	return h, nil
}

func newHistory() *history {
	return &history{
		gs: map[uint64]*goroutine{}, locks: map[uint64]*lock{}, chans: map[uint64]*channel{},
		wgs: map[uint64]*group{}, conds: map[uint64]*cond{}, edges: map[edgeKey][]*edge{},
		order: newOrder(), vital: newVital(),
		siteOf: strconv.Itoa, directSite: strconv.Itoa,
	}
}

// readSource lets the history ask what the source tells.
func (h *history) readSource(book *overlay.Book, t trimmer, loops *attempts.Table) {
	inner := func(stack int) (demon.Frame, bool) {
		for _, f := range frames(book.Stack(stack)) {
			if t.user(f) {
				return f, true
			}
		}
		return demon.Frame{}, false
	}
	h.isWait = func(id int) bool { l, ok := loops.Loop(id); return ok && l.Waits }
	h.serves = func(id int) bool { l, ok := loops.Loop(id); return ok && l.Serves }
	h.requeues = func(id int) bool { l, ok := loops.Loop(id); return ok && l.Requeues }
	h.waitLoop = func(stack int) int { f, _ := inner(stack); return loops.Waits(f.File, f.Line) }
	h.receivers = func(stack int) []attempts.Span { f, _ := inner(stack); return loops.Receivers(f.File, f.Line) }
	h.inSpans = func(stack int, spans []attempts.Span) bool {
		return slices.ContainsFunc(frames(book.Stack(stack)), func(f demon.Frame) bool {
			return slices.ContainsFunc(spans, func(s attempts.Span) bool { return s.Has(f.File, f.Line) })
		})
	}
}

// cached remembers what f told of each stack.
func cached(f func(int) string) func(int) string {
	known := map[int]string{0: ""}
	return func(stack int) string {
		site, ok := known[stack]
		if !ok {
			site = f(stack)
			known[stack] = site
		}
		return site
	}
}

// keepStacks reads the stacks that a judge may ask for, since the book goes
// with the run.
func (h *history) keepStacks(book *overlay.Book) {
	kept := map[int]string{}
	keep := func(stack int) {
		if _, ok := kept[stack]; !ok && stack != 0 {
			kept[stack] = book.Stack(stack)
		}
	}
	for _, g := range h.gs {
		keep(g.created)
		if g.now != nil {
			keep(g.now.stack)
		}
		for _, held := range g.held {
			keep(held.stack)
		}
	}
	for _, es := range h.edges {
		for _, e := range es {
			keep(e.from.stack)
			keep(e.to.stack)
		}
	}
	for _, a := range slices.Concat(h.twice, h.nested) {
		keep(a.stack)
		keep(a.other.stack)
	}
	for _, l := range h.locks {
		for _, w := range l.writers {
			keep(w.stack)
		}
	}
	for _, c := range h.chans {
		keepAll(keep, c.senders, c.recvs, c.closers)
	}
	for _, x := range h.vital.hungry {
		keep(x.stack)
		keep(x.by)
	}
	for _, r := range h.vital.vain {
		keep(r.stack)
		for _, t := range h.gs[r.g].touched.turns {
			keep(t.stack)
		}
	}
	for _, s := range h.vital.livelock {
		for _, r := range s.of {
			keep(r.stack)
		}
	}
	for _, w := range h.wgs {
		keepAll(keep, w.adders)
	}
	for _, c := range h.conds {
		keepAll(keep, c.wakers)
	}
	h.stackOf = func(stack int) string { return kept[stack] }
}

func keepAll(keep func(int), users ...map[uint64]int) {
	for _, m := range users {
		for _, stack := range m {
			keep(stack)
		}
	}
}

func (h *history) g(id uint64) *goroutine {
	g := h.gs[id]
	if g == nil {
		g = &goroutine{id: id}
		h.gs[id] = g
	}
	return g
}

func (h *history) channel(addr uint64) *channel {
	c := h.chans[addr]
	if c == nil {
		c = &channel{addr: addr, cap: -1, senders: map[uint64]int{}, recvs: map[uint64]int{}, closers: map[uint64]int{}}
		h.chans[addr] = c
	}
	return c
}

func (h *history) lock(addr uint64) *lock {
	l := h.locks[addr]
	if l == nil {
		l = &lock{}
		h.locks[addr] = l
	}
	return l
}

func (h *history) group(addr uint64) *group {
	w := h.wgs[addr]
	if w == nil {
		w = &group{sure: true, adders: map[uint64]int{}}
		h.wgs[addr] = w
	}
	return w
}

func (h *history) cond(addr uint64) *cond {
	c := h.conds[addr]
	if c == nil {
		c = &cond{wakers: map[uint64]int{}}
		h.conds[addr] = c
	}
	return c
}

// runner is the nearest ancestor of a goroutine that runs a test, or nil.
func (h *history) runner(id uint64) *goroutine {
	for range 1000 {
		g := h.gs[id]
		if g == nil || g.test != "" {
			return g
		}
		id = g.parent
	}
	return nil
}

// testOf is the test that a goroutine belongs to, or "".
func (h *history) testOf(id uint64) string {
	if g := h.runner(id); g != nil {
		return g.test
	}
	return ""
}

// tests are the names of the tests that began.
func (h *history) tests() map[string]bool {
	names := map[string]bool{}
	for _, g := range h.gs {
		if g.test != "" {
			names[g.test] = true
		}
	}
	return names
}

// add takes in one event.
func (h *history) add(e overlay.BookEvent, name string) {
	h.pos++
	if e.Kind != overlay.Rounds { // which go on when others are not kept any more
		h.last = e.Time
	}
	g := h.g(e.Goroutine)
	h.measure(g, e, name)
	switch e.Kind {
	case overlay.Spawn:
		child := &goroutine{id: e.Address, parent: g.id} // numbers are not used again
		h.gs[child.id] = child
		g.spawned++
		h.order.add(place{g.id, h.pos}, place{child.id, h.pos})
	case overlay.SpawnedAt:
		h.g(e.Address).created = e.Stack
	case overlay.TestBegin:
		g.test = name
	case overlay.GoEnd:
		g.ended, g.now = true, nil
		g.selects = nil

	case overlay.LockBegin, overlay.WLockBegin, overlay.RLockBegin:
		h.tries(g, e)
	case overlay.Lock, overlay.WLock, overlay.RLock:
		h.takes(g, e)
	case overlay.Unlock, overlay.WUnlock, overlay.RUnlock:
		h.releases(g, e)

	case overlay.MakeChan:
		delete(h.chans, e.Address)
		c := h.channel(e.Address)
		c.cap, c.made = int(e.Argument), e.Stack
	case overlay.SelectSend, overlay.SelectRecv:
		if e.Address != 0 { // a nil channel is never chosen
			g.selects = append(g.selects, h.attempt(e))
		}
	case overlay.SelectBegin:
		h.begins(g, e)
		for i := range g.selects {
			g.selects[i].stack = e.Stack
			h.uses(g, g.selects[i].kind == overlay.SelectSend, g.selects[i].obj, e.Stack)
		}
	case overlay.SendBegin, overlay.RecvBegin:
		h.begins(g, e)
		h.uses(g, e.Kind == overlay.SendBegin, e.Address, e.Stack)
	case overlay.Send, overlay.Recv, overlay.RecvClosed, overlay.CloseChan:
		h.moves(g, e)

	case overlay.WaitGroupAdd:
		h.adds(g, e)
	case overlay.WaitBegin:
		h.begins(g, e)
	case overlay.WaitGroupWait:
		w := h.group(e.Address)
		for _, d := range w.dones {
			h.order.add(d, place{g.id, h.pos})
		}
		g.now = nil
	case overlay.CondWait:
		h.begins(g, e)
	case overlay.CondWoken:
		for _, p := range h.cond(e.Address).last {
			h.order.add(p, place{g.id, h.pos})
		}
		g.now = nil
	case overlay.CondOne, overlay.CondAll:
		c := h.cond(e.Address)
		c.wakers[g.id] = e.Stack
		c.last = append(c.last, place{g.id, h.pos})
		if len(c.last) > 64 {
			c.last = c.last[32:]
		}
	}
}

// uses notes that a goroutine sends to a channel, or receives from it.
func (h *history) uses(g *goroutine, sends bool, addr uint64, stack int) {
	c := h.channel(addr)
	if sends {
		note(c.senders, g.id, stack)
	} else {
		note(c.recvs, g.id, stack)
	}
}

func note(users map[uint64]int, g uint64, stack int) {
	if old := users[g]; old == 0 || stack != 0 {
		users[g] = cmp.Or(stack, old)
	}
}

func (h *history) attempt(e overlay.BookEvent) attempt {
	return attempt{g: e.Goroutine, kind: e.Kind, obj: e.Address, stack: e.Stack, pos: h.pos, time: e.Time, cycle: e.Cycle}
}

func (h *history) begins(g *goroutine, e overlay.BookEvent) {
	if e.Kind != overlay.SelectBegin {
		g.selects = nil
	}
	a := h.attempt(e)
	g.now = &a
}

// moves takes in a channel operation that took place.
func (h *history) moves(g *goroutine, e overlay.BookEvent) {
	c := h.channel(e.Address)
	at, began := place{g.id, h.pos}, h.pos
	if g.now != nil && (g.now.obj == e.Address || g.now.kind == overlay.SelectBegin) {
		began = g.now.pos
	}
	before := place{g.id, began}
	switch e.Kind {
	case overlay.Send:
		note(c.senders, g.id, e.Stack)
		c.sent.next(h, c.received.pair, before, at, true)
	case overlay.Recv:
		note(c.recvs, g.id, e.Stack)
		c.received.next(h, c.sent.pair, before, at, false)
	case overlay.CloseChan:
		c.closers[g.id] = e.Stack
		c.closed, c.closedAt = true, at
	case overlay.RecvClosed:
		note(c.recvs, g.id, e.Stack)
		if c.closed {
			h.order.add(c.closedAt, at)
		}
	}
	if e.Kind != overlay.CloseChan {
		g.now, g.selects = nil, nil
	}
}

// adds takes in WaitGroup.Add and Done.
func (h *history) adds(g *goroutine, e overlay.BookEvent) {
	w := h.group(e.Address)
	delta := int(e.Argument) - 32768
	if e.Argument == 65535 {
		w.sure = false
	}
	w.count += delta
	if delta > 0 {
		if w.count == delta {
			w.dones = nil // a new round
		}
	} else if len(w.dones) < 10_000 {
		w.dones = append(w.dones, place{g.id, h.pos})
	}
	w.adders[g.id] = e.Stack
}
