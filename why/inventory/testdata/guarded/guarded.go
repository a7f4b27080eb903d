// Package guarded has state behind locks, and locks that guard nothing that is
// seen.
package guarded

import (
	"os"
	"sync"
)

type Cache struct {
	mu    sync.RWMutex // is: mutex-guarded state, library
	items map[string]int
	hits  int
	name  string
}

func (c *Cache) Get(key string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.items[key]
}

func (c *Cache) Put(key string, v int) {
	c.mu.Lock()
	c.items[key] = v
	c.mu.Unlock()
	println(c.name)
}

type Counter struct {
	sync.Mutex // is: mutex-guarded state, library
	n          int
}

func (c *Counter) Inc() {
	c.Lock()
	defer c.Unlock()
	c.n++
}

var (
	mu    sync.Mutex // is: mutex-guarded state, library
	total int
)

func add(n int) {
	mu.Lock()
	total += n
	mu.Unlock()
}

func local(items []int) (sum int) {
	var mu sync.Mutex // is: mutex-guarded state, library
	var wg sync.WaitGroup
	count := 0
	for _, i := range items {
		wg.Go(func() { // is: fan-out/fan-in, library
			mu.Lock()
			defer mu.Unlock()
			count += i
		})
	}
	wg.Wait()
	return count
}

var shared sync.Map // is: mutex-guarded state, library

// Healthy others: a lock that nobody takes, and one that keeps lines whole.
type Idle struct {
	mu sync.Mutex
	n  int
}

func (i *Idle) N() int { return i.n }

type Out struct {
	mu sync.Mutex
}

func (o *Out) Print(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	os.Stdout.WriteString(line)
}
