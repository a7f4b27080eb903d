package a

import (
	"sync"
	"sync/atomic"
	"time"
)

type counter struct {
	mu    sync.Mutex
	n     int
	names map[string]int
	in    chan string
	quit  chan struct{}
}

func (c *counter) Start() { go c.loop() }

func (c *counter) loop() {
	for s := range c.in {
		c.names[s]++ // want `counter.names is written by the goroutine that receives from c.in, without a lock, and read under c.mu by others`
		c.n++
	}
}

func (c *counter) Name(s string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[s]
}

// A method value, started in a group.
type grouped struct {
	mu  sync.Mutex
	sum int
	in  chan int
}

func (g *grouped) run() {
	for v := range g.in {
		g.sum += v // want `grouped.sum is`
	}
}

func (g *grouped) Open(wg *sync.WaitGroup) { wg.Go(g.run) }

func (g *grouped) Reset() {
	g.mu.Lock()
	g.sum = 0
	g.mu.Unlock()
}

// What the loop calls is followed, and only while no lock is held.
type calls struct {
	mu, other sync.Mutex
	last      time.Time
	in        chan int
}

func (c *calls) Start() {
	go func() {
		for range c.in {
			c.note()
		}
	}()
}

func (c *calls) note()             { c.store(time.Now()) }
func (c *calls) store(t time.Time) { c.last = t } // want `calls.last is written by the goroutine that receives from c.in`

func (c *calls) Last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Two objects of one variable each.
var (
	tableMu sync.RWMutex
	table   = map[string]int{}
)

func fill(in chan string) {
	go func() {
		for s := range in {
			table[s] = len(s) // want `table is written by the goroutine that receives from in, without a lock, and read under tableMu by others`
		}
	}()
}

func Get(s string) int {
	tableMu.RLock()
	defer tableMu.RUnlock()
	return table[s]
}

// The loop holds a lock of another object: that is followed no further.
type held struct {
	mu  sync.Mutex
	n   int
	in  chan int
	all *registry
}

type registry struct{ mu sync.Mutex }

func (h *held) Start() {
	go func() {
		for v := range h.in {
			h.all.mu.Lock()
			h.n += v
			h.all.mu.Unlock()
		}
	}()
}

func (h *held) N() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// TryLock is not followed.
type tries struct {
	mu sync.Mutex
	n  int
	in chan int
}

func (t *tries) Start() {
	go func() {
		for v := range t.in {
			if t.mu.TryLock() {
				t.n += v
				t.mu.Unlock()
			}
		}
	}()
}

func (t *tries) N() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// A condition's lock is taken through an interface.
type cond struct {
	mu   sync.Mutex
	cond *sync.Cond
	n    int
	in   chan int
}

func (c *cond) Start() {
	go func() {
		for v := range c.in {
			c.cond.L.Lock()
			c.n += v
			c.cond.L.Unlock()
			c.cond.Signal()
		}
	}()
}

func (c *cond) Take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.n == 0 {
		c.cond.Wait()
	}
	return c.n
}

// Atomics and channels are no state.
type plumbed struct {
	mu   sync.Mutex
	n    atomic.Int64
	in   chan int
	next chan int
}

func (p *plumbed) Start() {
	go func() {
		for v := range p.in {
			p.n.Add(1)
			p.next <- v
		}
	}()
}

func (p *plumbed) Swap(next chan int) {
	p.mu.Lock()
	p.next = next
	p.n.Store(0)
	p.mu.Unlock()
}

// Only called before the goroutine runs.
type prepared struct {
	mu  sync.Mutex
	n   int
	in  chan int
	out func(int)
}

func (p *prepared) prepare(n int) {
	p.mu.Lock()
	p.n = n
	p.mu.Unlock()
}

func (p *prepared) Start() {
	p.prepare(3)
	go func() {
		for v := range p.in {
			p.out(p.n + v)
		}
	}()
}

// Set before what starts the goroutine is called.
type later struct {
	mu    sync.Mutex
	clock func() int
	in    chan int
	out   chan int
}

func (l *later) Start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clock == nil {
		l.clock = func() int { return 0 }
	}
	l.open()
}

func (l *later) open() { go l.loop() }

func (l *later) loop() {
	for v := range l.in {
		l.out <- v + l.clock()
	}
}

// The counter of one goroutine of many is its own.
type worker struct {
	mu   sync.Mutex
	done int
}

func Run(in chan int) {
	for range 4 {
		go func() {
			w := &worker{}
			for range in {
				w.done++
			}
		}()
	}
}

func (w *worker) Done() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done
}

// Who sends this is not seen: it may have been given away.
func Mark(in chan *worker) {
	go func() {
		for w := range in {
			w.done = 1
		}
	}()
}

// A loop over a ticker is no mailbox.
type ticking struct {
	mu sync.Mutex
	n  int
}

func (t *ticking) Start(c <-chan time.Time) {
	go func() {
		for range c {
			t.n++
		}
	}()
}

func (t *ticking) N() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// An order is handed to a goroutine, and kept for those who ask.
type order struct {
	mu    sync.Mutex
	state string
	price int
}

func (o *order) State() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

type shop struct {
	byID   map[int]*order
	orders chan *order
	rush   chan *order
}

func (s *shop) Place(id int) {
	o := &order{}
	s.byID[id] = o
	s.orders <- o
}

func (s *shop) Rush(o *order) { s.rush <- o }

func (s *shop) Open() {
	go func() {
		for {
			select {
			case o := <-s.orders:
				o.price = 3
				o.state = "made" // want `order.state is written by the goroutine that receives from s.orders`
			case o := <-s.rush:
				s.hurry(o)
			}
		}
	}()
	go func() {
		for o := range s.rush {
			s.hurry(o)
		}
	}()
}

func (s *shop) hurry(o *order) { o.state = "rushed" } // want `order.state is written by the goroutine that receives from s.rush`

// Made for the goroutine, and given away.
type parcel struct {
	mu   sync.Mutex
	sent bool
}

func (p *parcel) Sent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

func Ship(in chan *parcel, n int, done func(*parcel)) {
	go func() {
		for p := range in {
			p.sent = true
			done(p)
		}
	}()
	for range n {
		in <- &parcel{}
	}
}

// Others start it: go hub.Run().
type Hub struct {
	mu      sync.RWMutex
	clients map[string]chan string
	join    chan string
	leave   chan string
}

func (h *Hub) Run() {
	for {
		select {
		case name := <-h.join:
			h.clients[name] = make(chan string) // want `Hub.clients is written by the goroutine that receives from h.join`
		case name := <-h.leave:
			delete(h.clients, name)
		}
	}
}

func (h *Hub) Count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := 0
	for range h.clients {
		n++
	}
	return n
}

// One that gives an answer is no server.
type Collector struct {
	mu    sync.Mutex
	parts []string
	in    chan string
}

func (c *Collector) Collect() []string {
	for s := range c.in {
		c.parts = append(c.parts, s)
	}
	return c.parts
}

func (c *Collector) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts = nil
}
