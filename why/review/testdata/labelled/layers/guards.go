package layers

import (
	"context"
	"fmt"
	"sync"
	"time"
)

type hit struct {
	page string
	ms   int
}

// flaw: two-guards
type pageStats struct {
	hits  chan hit
	mu    sync.Mutex
	pages map[string]int
}

func newPageStats() *pageStats {
	s := &pageStats{hits: make(chan hit, 64), pages: map[string]int{}}
	go s.loop()
	return s
}

func (s *pageStats) loop() {
	for h := range s.hits {
		s.pages[h.page]++
	}
}

func (s *pageStats) Of(page string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages[page]
}

// flaw: two-guards
type room struct {
	mu      sync.RWMutex
	members map[string]chan string
	joins   chan string
	leaves  chan string
	quit    chan struct{}
}

func (r *room) start() { go r.run() }

func (r *room) run() {
	for {
		select {
		case name := <-r.joins:
			r.members[name] = make(chan string, 8)
		case name := <-r.leaves:
			delete(r.members, name)
		case <-r.quit:
			return
		}
	}
}

func (r *room) Members() (names []string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for name := range r.members {
		names = append(names, name)
	}
	return names
}

// flaw: two-guards
type thermostat struct {
	mu       sync.Mutex
	target   float64
	readings chan float64
	heat     func(bool)
}

func (t *thermostat) Start() {
	go func() {
		for r := range t.readings {
			t.heat(r < t.target)
		}
	}()
}

func (t *thermostat) SetTarget(degrees float64) {
	t.mu.Lock()
	t.target = degrees
	t.mu.Unlock()
}

// flaw: two-guards
func watchTotals(prices <-chan float64, tick <-chan time.Time, print func(float64, int)) {
	var mu sync.Mutex
	var sum float64
	var n int
	go func() {
		for p := range prices {
			sum += p
			n++
		}
	}()
	go func() {
		for range tick {
			mu.Lock()
			print(sum, n)
			mu.Unlock()
		}
	}()
}

var (
	lastSeenMu sync.Mutex
	lastSeen   = map[string]time.Time{}
)

// flaw: two-guards
func trackHosts(hosts <-chan string) {
	go func() {
		for h := range hosts {
			lastSeen[h] = time.Now()
		}
	}()
}

func LastSeen(host string) time.Time {
	lastSeenMu.Lock()
	defer lastSeenMu.Unlock()
	return lastSeen[host]
}

// flaw: two-guards
type uploader struct {
	sync.Mutex
	jobs    chan string
	pending int
	failed  []string
	send    func(string) error
}

func startUploader(send func(string) error) *uploader {
	u := &uploader{jobs: make(chan string), send: send}
	go u.work()
	return u
}

func (u *uploader) work() {
	for name := range u.jobs {
		u.one(name)
	}
}

func (u *uploader) one(name string) {
	if err := u.send(name); err != nil {
		u.failed = append(u.failed, name)
	}
}

func (u *uploader) Failed() []string {
	u.Lock()
	defer u.Unlock()
	return append([]string(nil), u.failed...)
}

// flaw: two-guards
type accounts struct {
	orders  chan hit
	mu      sync.Mutex
	balance struct{ open, done int }
}

func (l *accounts) Run(ctx context.Context) {
	go func() {
		for {
			select {
			case o := <-l.orders:
				l.balance.open += o.ms
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (l *accounts) Balance() (open, done int) {
	l.mu.Lock()
	b := l.balance
	l.mu.Unlock()
	return b.open, b.done
}

// flaw: two-guards
type router struct {
	mu     sync.RWMutex
	routes map[string]string
	in     chan hit
	out    func(string, hit)
}

func (r *router) serve() {
	for h := range r.in {
		if to, ok := r.routes[h.page]; ok {
			r.out(to, h)
		}
	}
}

func (r *router) Open() { go r.serve() }

func (r *router) Route(page, to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routes[page] = to
}

// flaw: two-guards
type session struct {
	frames chan []byte
	mu     sync.Mutex
	last   time.Time
	bytes  int64
}

func (s *session) open(wg *sync.WaitGroup) {
	wg.Go(s.read)
}

func (s *session) read() {
	for f := range s.frames {
		s.bytes += int64(len(f))
		s.touch()
	}
}

func (s *session) touch() { s.last = time.Now() }

func (s *session) Reset() {
	s.mu.Lock()
	s.bytes = 0
	s.last = time.Time{}
	s.mu.Unlock()
}

// flaw: two-guards
func dashboard(events <-chan hit, handle func(path string, show func() string)) {
	var mu sync.Mutex
	slowest := hit{}
	go func() {
		for e := range events {
			if e.ms > slowest.ms {
				slowest = e
			}
		}
	}()
	handle("/slowest", func() string {
		mu.Lock()
		defer mu.Unlock()
		return fmt.Sprint(slowest.page, slowest.ms)
	})
}

// flaw: two-guards
type election struct {
	mu     sync.Mutex
	leader string
	term   int
	votes  chan hit
}

func (e *election) Start() {
	go func() {
		defer close(e.votes)
		for v := range e.votes {
			e.count(v)
		}
	}()
}

func (e *election) count(v hit) {
	if v.ms > e.term {
		e.become(v.page, v.ms)
	}
}

func (e *election) become(leader string, term int) { e.leader, e.term = leader, term }

func (e *election) Leader() (string, int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.leader, e.term
}

// flaw: two-guards
type window struct {
	mu      sync.Mutex
	samples [60]int
	next    int
	in      chan int
}

func (w *window) Start() { go w.fill() }

func (w *window) fill() {
	for v := range w.in {
		w.samples[w.next%60] = v
		w.next++
	}
}

func (w *window) Sum() (sum int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.samples {
		sum += v
	}
	return sum
}

// healthy
type lockedStats struct {
	hits  chan hit
	mu    sync.Mutex
	pages map[string]int
}

func (s *lockedStats) Start() { go s.loop() }

func (s *lockedStats) loop() {
	for h := range s.hits {
		s.mu.Lock()
		s.pages[h.page]++
		s.mu.Unlock()
	}
}

func (s *lockedStats) Of(page string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages[page]
}

// healthy
type askedStats struct {
	hits  chan hit
	asks  chan func(map[string]int)
	pages map[string]int
}

func (s *askedStats) Start() { go s.loop() }

func (s *askedStats) loop() {
	for {
		select {
		case h := <-s.hits:
			s.pages[h.page]++
		case ask := <-s.asks:
			ask(s.pages)
		}
	}
}

// healthy
type onlyWriter struct {
	mu      sync.RWMutex
	version int
	updates chan int
}

func (o *onlyWriter) Start() { go o.loop() }

func (o *onlyWriter) loop() {
	for v := range o.updates {
		if v <= o.version { // no one else writes
			continue
		}
		o.mu.Lock()
		o.version = v
		o.mu.Unlock()
	}
}

func (o *onlyWriter) Version() int {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.version
}

// healthy
type filledBefore struct {
	mu    sync.Mutex
	table map[string]int
	in    chan string
	out   func(int)
}

func (f *filledBefore) Start(names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.table = map[string]int{}
	for i, name := range names {
		f.table[name] = i
	}
	go f.loop()
}

func (f *filledBefore) loop() {
	for name := range f.in {
		f.out(f.table[name])
	}
}

// healthy
type readAfter struct {
	mu    sync.Mutex
	total int
	in    chan int
	done  chan struct{}
}

func (r *readAfter) Start() {
	go func() {
		defer close(r.done)
		for v := range r.in {
			r.total += v
		}
	}()
}

func (r *readAfter) Close() int {
	close(r.in)
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// healthy
type twoParts struct {
	mu     sync.Mutex
	shared int // guarded by mu
	own    int // the loop's
	in     chan int
}

func (t *twoParts) Start() { go t.loop() }

func (t *twoParts) loop() {
	for v := range t.in {
		t.own += v
		if t.own > 1000 {
			t.own = 0
			t.add()
		}
	}
}

func (t *twoParts) add() {
	t.mu.Lock()
	t.shared++
	t.mu.Unlock()
}

func (t *twoParts) Shared() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shared
}

type task struct {
	mu    sync.Mutex
	state string
	tries int
}

func (t *task) State() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// healthy
func runTasks(in <-chan hit, do func(*task)) {
	go func() {
		for h := range in {
			t := &task{state: h.page}
			t.tries = h.ms // no one else knows it yet
			do(t)
		}
	}()
}

// healthy
func sumThenShow(in <-chan int) int {
	var mu sync.Mutex
	sum := 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for v := range in {
			sum += v
		}
	})
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	return sum
}

// healthy
type notedFirst struct {
	mu    sync.Mutex
	names map[int]string
	ids   chan int
	out   func(string)
}

func (n *notedFirst) Start() { go n.loop() }

func (n *notedFirst) loop() {
	for id := range n.ids {
		n.out(n.names[id]) // noted before the id was sent
	}
}

func (n *notedFirst) Send(id int, name string) {
	n.mu.Lock()
	n.names[id] = name
	n.mu.Unlock()
	n.ids <- id
}

// healthy
type closer struct {
	mu     sync.Mutex
	closed bool
	ops    chan func()
	n      int
}

func (c *closer) Start() { go c.loop() }

func (c *closer) loop() {
	for op := range c.ops {
		op()
		c.n++
	}
}

func (c *closer) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.ops)
	}
}

// healthy
type helper struct {
	mu    sync.Mutex
	queue []string
	in    chan string
}

func (h *helper) lock()   { h.mu.Lock() }
func (h *helper) unlock() { h.mu.Unlock() }

func (h *helper) Start() {
	go func() {
		for s := range h.in {
			h.lock()
			h.queue = append(h.queue, s)
			h.unlock()
		}
	}()
}

func (h *helper) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.queue)
}

// healthy
func snapshots(in <-chan hit, ask <-chan chan<- map[string]int) {
	go func() {
		pages := map[string]int{}
		var mu sync.Mutex
		for {
			select {
			case h := <-in:
				pages[h.page] += h.ms
			case reply := <-ask:
				copied := map[string]int{}
				mu.Lock()
				for k, v := range pages {
					copied[k] = v
				}
				mu.Unlock()
				reply <- copied
			}
		}
	}()
}

type peerConn struct {
	mu    sync.Mutex
	sent  int
	queue chan []byte
}

// healthy
func (p *peerConn) pump(write func([]byte)) {
	for b := range p.queue {
		write(b)
		p.note(len(b))
	}
}

func (p *peerConn) note(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent += n
}

func (p *peerConn) Start(write func([]byte)) { go p.pump(write) }

func (p *peerConn) Sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// flaw: two-guards
type build struct {
	mu     sync.Mutex
	status string
	log    []string
}

func (b *build) Status() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

type farm struct {
	builds map[string]*build
	queue  chan *build
}

func (f *farm) Submit(name string) *build {
	b := &build{status: "queued"}
	f.builds[name] = b
	f.queue <- b
	return b
}

func (f *farm) Start(compile func(*build) error) {
	for range 3 {
		go func() {
			for b := range f.queue {
				b.status = "running"
				if compile(b) != nil {
					b.status = "failed"
				}
			}
		}()
	}
}

// flaw: two-guards
type upload struct {
	mu   sync.RWMutex
	sent int
}

func (u *upload) Progress() int {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.sent
}

func sendAll(uploads []*upload, parts func(*upload) int) {
	queue := make(chan *upload)
	go func() {
		for u := range queue {
			u.sent += parts(u)
		}
	}()
	for _, u := range uploads {
		queue <- u
	}
	close(queue)
}

// healthy
type letter struct {
	mu     sync.Mutex
	stamps int
}

func (l *letter) Stamps() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stamps
}

func office(n int, post func(*letter)) {
	desk := make(chan *letter)
	go func() {
		for l := range desk {
			l.stamps++ // no one else knows it before it is posted
			post(l)
		}
	}()
	for range n {
		desk <- &letter{}
	}
	close(desk)
}

// healthy
type ride struct {
	mu   sync.Mutex
	done bool
}

func (r *ride) Finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = true
}

func (r *ride) Done() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

func drive(rides map[string]*ride, queue chan *ride) {
	go func() {
		for r := range queue {
			r.Finish()
		}
	}()
	for _, r := range rides {
		queue <- r
	}
}

// flaw: two-guards
type ChatHub struct {
	mu      sync.RWMutex
	clients map[string]chan []byte
	join    chan hit
	say     chan []byte
}

func (h *ChatHub) Run(ctx context.Context) error {
	for {
		select {
		case j := <-h.join:
			h.clients[j.page] = make(chan []byte, j.ms)
		case m := <-h.say:
			for _, c := range h.clients {
				c <- m
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *ChatHub) Online() (n int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for range h.clients {
		n++
	}
	return n
}

// healthy
type Gauge struct {
	mu    sync.Mutex
	value int
	in    chan int
}

func (g *Gauge) Run() {
	for v := range g.in {
		g.set(v)
	}
}

func (g *Gauge) set(v int) {
	g.mu.Lock()
	g.value = v
	g.mu.Unlock()
}

func (g *Gauge) Value() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.value
}
