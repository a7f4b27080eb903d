package a

import "sync"

type T struct {
	mu   sync.Mutex
	rw   sync.RWMutex
	n    int
	next *T
	kids []*T
	m    map[string]*T
}

func (t *T) lock1() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

func (t *T) viaLock1() int { return t.lock1() }

func (t *T) deep() int { return t.viaLock1() + 1 }

func direct(t *T) {
	t.mu.Lock()
	t.mu.Lock() // want `t.mu is locked again while it is held`
	t.mu.Unlock()
}

func call(t *T) {
	t.mu.Lock()
	t.n = t.lock1() // want `t.mu is locked again`
	t.mu.Unlock()
}

func deferred(t *T) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lock1() // want `t.mu is locked again`
}

func twoCalls(t *T) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.viaLock1() // want `t.mu is locked again`
}

func threeCalls(t *T) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.deep() // want `t.mu is locked again`
}

func inBranch(t *T, b bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b {
		t.n = t.lock1() // want `t.mu is locked again`
	}
}

func inLoop(t *T) {
	t.mu.Lock()
	for i := range t.n {
		t.n += t.lock1() + i // want `t.mu is locked again`
	}
	t.mu.Unlock()
}

func (t *T) read() int {
	t.rw.RLock()
	defer t.rw.RUnlock()
	return t.n
}

func (t *T) write(n int) {
	t.rw.Lock()
	t.n = n
	t.rw.Unlock()
}

func readRead(t *T) int {
	t.rw.RLock()
	defer t.rw.RUnlock()
	return t.read() // want `t.rw is read-locked again`
}

func readWrite(t *T) {
	t.rw.RLock()
	t.write(1) // want `t.rw is locked again`
	t.rw.RUnlock()
}

func writeRead(t *T) {
	t.rw.Lock()
	t.n = t.read() // want `t.rw is locked again`
	t.rw.Unlock()
}

func (t *T) maybe(lock bool) {
	if lock {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	t.n++
}

func constant(t *T) {
	t.mu.Lock()
	t.maybe(true) // want `t.mu is locked again`
	t.mu.Unlock()
}

var mu sync.Mutex
var total int

func addTotal() {
	mu.Lock()
	total++
	mu.Unlock()
}

func global() {
	mu.Lock()
	defer mu.Unlock()
	addTotal() // want `mu is locked again`
}

type E struct {
	sync.Mutex
	n int
}

func (e *E) inc() {
	e.Lock()
	e.n++
	e.Unlock()
}

func embedded(e *E) {
	e.Lock()
	defer e.Unlock()
	e.inc() // want `e is locked again`
}

func child(t *T) {
	t.next.mu.Lock()
	t.n = t.next.lock1() // want `t.next.mu is locked again`
	t.next.mu.Unlock()
}

func closure() (n int) {
	var mu sync.Mutex
	get := func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
	mu.Lock()
	defer mu.Unlock()
	return get() // want `mu is locked again`
}

// Good ones.

func constantNot(t *T) {
	t.mu.Lock()
	t.maybe(false)
	t.mu.Unlock()
}

func variable(t *T, b bool) {
	t.mu.Lock()
	t.maybe(!b)
	t.mu.Unlock()
}

func released(t *T) int {
	t.mu.Lock()
	t.n++
	t.mu.Unlock()
	return t.lock1()
}

func releasedBetween(t *T) {
	t.mu.Lock()
	t.mu.Unlock()
	t.n = t.lock1()
	t.mu.Lock()
	t.mu.Unlock()
}

func otherObject(t, u *T) {
	t.mu.Lock()
	u.lock1()
	t.mu.Unlock()
}

func sum(t *T) int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n + sum(t.next)
}

func kids(t *T) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.kids {
		n += k.lock1()
	}
	return n
}

func handOver(t *T) {
	t.mu.Lock()
	for t.next != nil {
		n := t.next
		n.mu.Lock()
		t.mu.Unlock()
		t = n
	}
	t.mu.Unlock()
}

func (t *T) unlockFirst() {
	t.mu.Unlock()
	t.n++
	t.mu.Lock()
}

func givesUp(t *T) {
	t.mu.Lock()
	t.unlockFirst()
	t.mu.Unlock()
}

func givesUpThenCalls(t *T, f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	func() {
		t.mu.Unlock()
		defer t.mu.Lock()
		f()
		t.lock1()
	}()
}

func inGoroutine(t *T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	go t.lock1()
}

func onOneWay(t *T, b bool) {
	if b {
		t.mu.Lock()
	}
	if !b {
		t.lock1()
		return
	}
	t.mu.Unlock()
}

func try(t *T) {
	if t.mu.TryLock() {
		t.mu.Unlock()
	}
	t.lock1()
}

func otherField(t *T) {
	t.mu.Lock()
	t.read()
	t.mu.Unlock()
}

func (t *T) early(b bool) {
	if b {
		return
	}
	t.mu.Lock()
	t.mu.Unlock()
}

func sometimes(t *T, b bool) {
	t.mu.Lock()
	t.early(b)
	t.mu.Unlock()
}

func reassigned(t *T) {
	t.next.mu.Lock()
	t.next = &T{}
	t.next.lock1()
}

func readsOnly(a *onlyRead) int {
	a.rw.RLock()
	defer a.rw.RUnlock()
	return a.get()
}

type onlyRead struct {
	rw sync.RWMutex
	n  int
}

func (a *onlyRead) get() int {
	a.rw.RLock()
	defer a.rw.RUnlock()
	return a.n
}

func (t *T) unlockOnly() { t.mu.Unlock() }

func relocks(t *T) {
	t.mu.Lock()
	t.unlockOnly()
	t.mu.Lock()
	t.mu.Unlock()
}
