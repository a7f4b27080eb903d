package layers

import (
	"fmt"
	"sort"
	"sync"
)

type cache struct {
	mu  sync.Mutex
	m   map[string]int
	max int
	hit int
}

func (c *cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.m)
}

// flaw: double-lock
func (c *cache) Put(k string, v int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Len() >= c.max {
		clear(c.m)
	}
	c.m[k] = v
}

// flaw: double-lock
func (c *cache) report() string {
	c.mu.Lock()
	s := fmt.Sprintf("%d of %d, %d hits", c.Len(), c.max, c.hit)
	c.mu.Unlock()
	return s
}

// healthy
func (c *cache) full() bool { return c.Len() >= c.max }

// healthy
func (c *cache) grow(by int) int {
	c.mu.Lock()
	c.max += by
	c.mu.Unlock()
	return c.Len()
}

// healthy
func (c *cache) moveTo(other *cache) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other.Len() == 0 {
		for k, v := range c.m {
			fmt.Println(k, v)
		}
	}
}

type ledger struct {
	sync.Mutex
	entries []int
	closed  bool
}

func (l *ledger) sum() (n int) {
	l.Lock()
	defer l.Unlock()
	for _, e := range l.entries {
		n += e
	}
	return n
}

// flaw: double-lock
func (l *ledger) close() (int, error) {
	l.Lock()
	defer l.Unlock()
	if l.closed {
		return 0, fmt.Errorf("closed with %d", l.sum())
	}
	l.closed = true
	return len(l.entries), nil
}

// flaw: double-lock
func (l *ledger) append(v int) {
	l.Lock()
	l.entries = append(l.entries, v)
	if len(l.entries) > 100 {
		l.Lock()
		l.entries = l.entries[50:]
		l.Unlock()
	}
	l.Unlock()
}

// healthy
func (l *ledger) drop() []int {
	l.Lock()
	old := l.entries
	l.Unlock()
	l.Lock()
	l.entries = nil
	l.Unlock()
	return old
}

type table struct {
	rw   sync.RWMutex
	rows map[int]string
}

func (t *table) row(i int) string {
	t.rw.RLock()
	defer t.rw.RUnlock()
	return t.rows[i]
}

func (t *table) set(i int, s string) {
	t.rw.Lock()
	defer t.rw.Unlock()
	t.rows[i] = s
}

// flaw: double-lock
func (t *table) all() (list []string) {
	t.rw.RLock()
	defer t.rw.RUnlock()
	for i := range t.rows {
		list = append(list, t.row(i))
	}
	return list
}

// flaw: double-lock
func (t *table) fillIn(i int) {
	t.rw.RLock()
	_, ok := t.rows[i]
	if !ok {
		t.set(i, "none")
	}
	t.rw.RUnlock()
}

// healthy
func (t *table) fillInLater(i int) {
	t.rw.RLock()
	_, ok := t.rows[i]
	t.rw.RUnlock()
	if !ok {
		t.set(i, "none")
	}
}

// healthy
func (t *table) sorted() []string {
	t.rw.RLock()
	list := make([]string, 0, len(t.rows))
	for _, s := range t.rows {
		list = append(list, s)
	}
	t.rw.RUnlock()
	sort.Strings(list)
	return list
}

type tree struct {
	mu          sync.Mutex
	left, right *tree
	n           int
}

// healthy
func (t *tree) total() int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n + t.left.total() + t.right.total()
}

// healthy
func (t *tree) rightmost() int {
	t.mu.Lock()
	for t.right != nil {
		next := t.right
		next.mu.Lock()
		t.mu.Unlock()
		t = next
	}
	defer t.mu.Unlock()
	return t.n
}

var (
	regMu sync.Mutex
	reg   = map[string]func(){}
)

func lookup(name string) func() {
	regMu.Lock()
	defer regMu.Unlock()
	return reg[name]
}

// flaw: double-lock
func register(name string, f func()) {
	regMu.Lock()
	defer regMu.Unlock()
	if lookup(name) == nil {
		reg[name] = f
	}
}

// healthy
func runRegistered(name string) {
	if f := lookup(name); f != nil {
		f()
	}
}

type store struct {
	mu   sync.Mutex
	data map[string]string
}

func (s *store) get(k string, locked bool) string {
	if !locked {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	return s.data[k]
}

// healthy
func (s *store) swap(a, b string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[a], s.data[b] = s.get(b, true), s.get(a, true)
}

// flaw: double-lock
func (s *store) copyKey(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[to] = s.get(from, false)
}

func (s *store) each(f func(k, v string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.data {
		f(k, v)
	}
}

// healthy
func (s *store) keys() (all []string) {
	s.each(func(k, _ string) { all = append(all, k) })
	return all
}

type conn struct {
	mu    sync.Mutex
	state int
}

func (c *conn) reset() {
	c.mu.Lock()
	c.state = 0
	c.mu.Unlock()
}

func (c *conn) fail() { c.reset() }

// flaw: double-lock
func (c *conn) handle(bad bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state++
	if bad {
		c.fail()
	}
}

// healthy
func (c *conn) handleUnlocked(bad bool) {
	c.mu.Lock()
	c.state++
	if bad {
		c.mu.Unlock()
		c.fail()
		return
	}
	c.mu.Unlock()
}

// healthy
func (c *conn) retry(op func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.state < 3 {
		c.mu.Unlock()
		err := op()
		c.mu.Lock()
		if err == nil {
			return nil
		}
		c.state++
	}
	return fmt.Errorf("state %d", c.state)
}

type shards [16]struct {
	mu sync.Mutex
	m  map[int]int
}

// healthy
func (s *shards) add(k int) {
	a, b := &s[k%16], &s[(k+1)%16]
	a.mu.Lock()
	b.mu.Lock()
	a.m[k]++
	b.m[k]--
	b.mu.Unlock()
	a.mu.Unlock()
}

// flaw: double-lock
func localTwice(words []string) int {
	var mu sync.Mutex
	n := 0
	count := func(w string) {
		mu.Lock()
		defer mu.Unlock()
		n += len(w)
	}
	mu.Lock()
	for _, w := range words {
		count(w)
	}
	mu.Unlock()
	return n
}
