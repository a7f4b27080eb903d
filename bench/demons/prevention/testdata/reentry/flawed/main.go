// A method calls another one of the same object; both lock.
//
// Demon: deadlock
// Shows: all goroutines are asleep
package main

import "sync"

type cache struct {
	mu    sync.Mutex
	items map[string]int
}

func (c *cache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.items)
}

func (c *cache) put(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size() < 10 {
		c.items[key]++
	}
}

func main() {
	c := cache{items: map[string]int{}}
	c.put("a")
}
