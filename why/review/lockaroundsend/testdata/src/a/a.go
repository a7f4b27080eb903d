package a

import (
	"context"
	"sync"
	"time"
)

type T struct {
	mu      sync.Mutex
	rw      sync.RWMutex
	n       int
	plain   chan int
	one     chan int
	ten     chan int
	done    chan struct{}
	results chan int
	sem     chan struct{}
	subs    map[int]chan int
	list    []chan int
	flag    bool
}

func newT() *T {
	return &T{
		plain: make(chan int), one: make(chan int, 1), ten: make(chan int, 10),
		done: make(chan struct{}), results: make(chan int, 1), sem: make(chan struct{}, 1),
	}
}

// state is why others need the locks.
func (t *T) state() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rw.Lock()
	defer t.rw.Unlock()
	return t.n
}

func (t *T) send(v int) {
	t.mu.Lock()
	t.plain <- v // want `t.mu is held while a value is sent on t.plain`
	t.mu.Unlock()
}

func (t *T) deferred(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v > 0 {
		t.n = v
		t.plain <- v // want `t.mu is held while a value is sent`
	}
}

func (t *T) readLocked(v int) {
	t.rw.RLock()
	t.plain <- v // want `t.rw is held while a value is sent`
	t.rw.RUnlock()
}

func (t *T) each(vs []int) {
	t.mu.Lock()
	for _, v := range vs {
		t.plain <- v // want `t.mu is held`
	}
	t.mu.Unlock()
}

func (t *T) subscribers(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.subs {
		c <- v // want `t.mu is held while a value is sent on c`
	}
}

func (t *T) oneSelect(v int) {
	t.mu.Lock()
	select {
	case t.plain <- v: // want `t.mu is held`
	}
	t.mu.Unlock()
}

// consume needs the lock for each value.
func (t *T) consume() {
	for v := range t.one {
		t.mu.Lock()
		t.n += v
		t.mu.Unlock()
	}
}

func (t *T) smallBuffer(v int) {
	t.mu.Lock()
	t.one <- v // want `t.mu is held while a value is sent on t.one`
	t.mu.Unlock()
}

func (t *T) run() {
	defer close(t.done)
	t.mu.Lock()
	t.n = 0
	t.mu.Unlock()
}

func (t *T) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	<-t.done // want `t.mu is held while a value is awaited from t.done`
}

var (
	gmu sync.Mutex
	gch = make(chan string)
	g   string
)

func setG(s string) {
	gmu.Lock()
	g = s
	gch <- s // want `gmu is held while a value is sent on gch`
	gmu.Unlock()
}

func getG() string {
	gmu.Lock()
	defer gmu.Unlock()
	return g
}

func (t *T) fill() {
	t.mu.Lock()
	for i := range 100 {
		t.ten <- i // want `t.mu is held`
	}
	t.mu.Unlock()
}

func (t *T) empty() {
	for range t.ten {
		t.mu.Lock()
		t.n++
		t.mu.Unlock()
	}
}

// Good ones.

func (t *T) after(v int) {
	t.mu.Lock()
	t.n = v
	t.mu.Unlock()
	t.plain <- v
}

// answer wakes those who wait for one answer each.
func (t *T) answer(v int) {
	t.rw.RLock()
	for i := range t.list {
		t.list[i] <- v
	}
	t.rw.RUnlock()
}

func (t *T) makes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.one = make(chan int, 1)
	t.one <- 1
}

func (t *T) closeOnce(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flag {
		return
	}
	t.flag = true
	t.plain <- v
}

func (t *T) drops(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case t.plain <- v:
	default:
	}
}

func (t *T) gives(ctx context.Context, v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case t.plain <- v:
	case <-ctx.Done():
	}
}

func (t *T) deliver(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.flag {
		t.flag = true
		t.results <- v
	}
}

func (t *T) results1() int { return <-t.results }

func (t *T) ready() <-chan int {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := make(chan int, 1)
	c <- t.n
	return c
}

func (t *T) sized() <-chan int {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := make(chan int, t.n)
	for i := range t.n {
		c <- i
	}
	return c
}

func (t *T) closes() {
	t.mu.Lock()
	close(t.plain)
	t.mu.Unlock()
}

func (t *T) token() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sem <- struct{}{}
	t.n++
	<-t.sem
}

func (t *T) timer(tm *time.Timer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !tm.Stop() {
		<-tm.C
	}
}

func (t *T) goroutine(v int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	go func() { t.plain <- v }()
}

func (t *T) unlocks(v int) {
	t.mu.Lock()
	if v > 0 {
		t.mu.Unlock()
		t.plain <- v
		return
	}
	t.mu.Unlock()
}

func (t *T) oneWay(v int) {
	if v > 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	t.plain <- v
}

func (t *T) helperUnlocks(v int) {
	t.mu.Lock()
	t.release()
	t.plain <- v
}

func (t *T) release() { t.mu.Unlock() }

type wire struct {
	turn sync.Mutex
	req  chan int
	resp chan int
}

func newWire() *wire { return &wire{req: make(chan int), resp: make(chan int)} }

func (w *wire) call(v int) int {
	w.turn.Lock()
	defer w.turn.Unlock()
	w.req <- v
	return <-w.resp
}

type waiter struct {
	mu   sync.Mutex
	done chan struct{}
	refs int
}

func (w *waiter) wait() {
	w.mu.Lock()
	w.refs++
	w.mu.Unlock()
	<-w.done
}

func (w *waiter) finish() {
	w.mu.Lock()
	w.refs = 0
	close(w.done)
	w.mu.Unlock()
}

func param(mu *sync.Mutex, c chan int) {
	mu.Lock()
	c <- 1
	mu.Unlock()
}
