package layers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

type event struct {
	kind string
	at   time.Time
}

type bus struct {
	mu     sync.Mutex
	last   event
	events chan event
}

func newBus() *bus { return &bus{events: make(chan event)} }

// flaw: lock-around-send
func (b *bus) publish(e event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = e
	b.events <- e
}

// healthy
func (b *bus) latest() event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

type hub struct {
	mu   sync.RWMutex
	subs map[string]chan event
}

// flaw: lock-around-send
func (h *hub) broadcast(e event) {
	h.mu.RLock()
	for _, c := range h.subs {
		c <- e
	}
	h.mu.RUnlock()
}

// healthy
func (h *hub) subscribe(name string) <-chan event {
	c := make(chan event, 8)
	h.mu.Lock()
	h.subs[name] = c
	h.mu.Unlock()
	return c
}

// healthy
func (h *hub) offer(e event) (dropped int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, c := range h.subs {
		select {
		case c <- e:
		default:
			dropped++
		}
	}
	return dropped
}

type counterLoop struct {
	sync.Mutex
	total int
	add   chan int
}

func startCounter() *counterLoop {
	c := &counterLoop{add: make(chan int)}
	go c.run()
	return c
}

func (c *counterLoop) run() {
	for n := range c.add {
		c.Lock()
		c.total += n
		c.Unlock()
	}
}

// flaw: lock-around-send
func (c *counterLoop) addTwice(n int) {
	c.Lock()
	c.add <- n
	c.add <- n
	c.Unlock()
}

// healthy
func (c *counterLoop) addOnce(n int) {
	c.Lock()
	skip := c.total > 1000
	c.Unlock()
	if !skip {
		c.add <- n
	}
}

type service struct {
	mu      sync.Mutex
	stop    chan struct{}
	stopped chan struct{}
	state   string
}

func (s *service) loop() {
	defer close(s.stopped)
	for {
		select {
		case <-s.stop:
			s.mu.Lock()
			s.state = "stopped"
			s.mu.Unlock()
			return
		case <-time.After(time.Second):
		}
	}
}

// flaw: lock-around-send
func (s *service) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.stop)
	<-s.stopped
}

type heartbeat struct {
	mu   sync.Mutex
	errs chan error
	seen time.Time
}

func newHeartbeat() *heartbeat { return &heartbeat{errs: make(chan error, 1)} }

// flaw: lock-around-send
func (h *heartbeat) expired() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errs <- errors.New("no heartbeat since " + h.seen.String())
}

// healthy
func (h *heartbeat) watch(ctx context.Context, beats <-chan time.Time) error {
	for {
		select {
		case at := <-beats:
			h.mu.Lock()
			h.seen = at
			h.mu.Unlock()
		case err := <-h.errs:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type scheduler struct {
	lock  sync.Mutex
	ready []int
	tasks chan int
}

func newScheduler() *scheduler {
	s := &scheduler{}
	s.tasks = make(chan int)
	return s
}

// flaw: lock-around-send
func (s *scheduler) dispatch() {
	s.lock.Lock()
	for len(s.ready) > 0 {
		s.tasks <- s.ready[0]
		s.ready = s.ready[1:]
	}
	s.lock.Unlock()
}

// healthy
func (s *scheduler) enqueue(id int) {
	s.lock.Lock()
	s.ready = append(s.ready, id)
	s.lock.Unlock()
}

type peerSet struct {
	mu    sync.Mutex
	peers []*peer
}

type peer struct {
	name  string
	inbox chan string
}

// flaw: lock-around-send
func (p *peerSet) gossip(msg string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, peer := range p.peers {
		if peer.name != msg {
			peer.inbox <- msg
		}
	}
}

// healthy
func (p *peerSet) join(name string) *peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := &peer{name, make(chan string, 4)}
	p.peers = append(p.peers, n)
	return n
}

var (
	configMu sync.Mutex
	config   = map[string]string{}
	changes  = make(chan string)
)

// flaw: lock-around-send
func setConfig(k, v string) {
	configMu.Lock()
	old := config[k]
	config[k] = v
	if old != v {
		changes <- k
	}
	configMu.Unlock()
}

// healthy
func getConfig(k string) string {
	configMu.Lock()
	defer configMu.Unlock()
	return config[k]
}

type relay struct {
	mu  sync.Mutex
	n   int
	in  chan int
	out chan int
}

func newRelay() *relay { return &relay{in: make(chan int), out: make(chan int)} }

// flaw: lock-around-send
func (r *relay) forward() {
	for v := range r.in {
		r.mu.Lock()
		r.n++
		r.out <- v
		r.mu.Unlock()
	}
}

// healthy
func (r *relay) sent() int {
	r.mu.Lock()
	n := r.n
	r.mu.Unlock()
	return n
}

type call struct {
	mu     sync.Mutex
	done   bool
	result chan string
}

// healthy
func newCall() *call { return &call{result: make(chan string, 1)} }

// healthy
func (c *call) deliver(s string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return false
	}
	c.done = true
	c.result <- s
	return true
}

// healthy
func (c *call) cancel() (late string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		c.done = true
		return "", false
	}
	late = <-c.result
	return late, true
}

type rpc struct {
	wire sync.Mutex // one request at a time
	req  chan []byte
	resp chan []byte
}

// healthy
func newRPC() *rpc { return &rpc{req: make(chan []byte), resp: make(chan []byte)} }

// healthy
func (r *rpc) roundTrip(b []byte) []byte {
	r.wire.Lock()
	defer r.wire.Unlock()
	r.req <- b
	return <-r.resp
}

type waiters struct {
	mu   sync.Mutex
	list []chan struct{}
}

// healthy
func (w *waiters) wait() {
	c := make(chan struct{})
	w.mu.Lock()
	w.list = append(w.list, c)
	w.mu.Unlock()
	<-c
}

// healthy
func (w *waiters) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.list {
		close(c)
	}
	w.list = nil
}

type pool struct {
	mu   sync.Mutex
	idle chan *peer
	made int
}

// healthy
func newPool() *pool { return &pool{idle: make(chan *peer, 10)} }

// healthy
func (p *pool) get() *peer {
	p.mu.Lock()
	if p.made < cap(p.idle) {
		p.made++
		p.mu.Unlock()
		return &peer{name: fmt.Sprint(p.made)}
	}
	p.mu.Unlock()
	return <-p.idle
}

// healthy
func (p *pool) put(x *peer) { p.idle <- x }

type batcher struct {
	mu      sync.Mutex
	pending []int
	out     chan []int
}

// healthy
func newBatcher() *batcher { return &batcher{out: make(chan []int)} }

// healthy
func (b *batcher) flush() {
	b.mu.Lock()
	batch := b.pending
	b.pending = nil
	b.mu.Unlock()
	if len(batch) > 0 {
		b.out <- batch
	}
}

type signal struct {
	mu   sync.Mutex
	dirt bool
	kick chan struct{}
}

// healthy
func newSignal() *signal { return &signal{kick: make(chan struct{}, 1)} }

// healthy
func (s *signal) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirt = true
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// healthy
func (s *signal) handle(ctx context.Context, clean func()) {
	for {
		select {
		case <-s.kick:
			s.mu.Lock()
			s.dirt = false
			s.mu.Unlock()
			clean()
		case <-ctx.Done():
			return
		}
	}
}

type logBuf struct {
	mu    sync.Mutex
	lines []string
}

// healthy
func (l *logBuf) copyTo(c chan<- string) {
	l.mu.Lock()
	lines := append([]string(nil), l.lines...)
	l.mu.Unlock()
	for _, s := range lines {
		c <- s
	}
}

// healthy
func snapshot(l *logBuf) <-chan string {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := make(chan string, len(l.lines))
	for _, s := range l.lines {
		c <- s
	}
	close(c)
	return c
}

// flaw: lock-around-send
func (b *bus) replay(old []event) {
	for _, e := range old {
		b.mu.Lock()
		if e.at.After(b.last.at) {
			b.last = e
			b.events <- e
		}
		b.mu.Unlock()
	}
}
