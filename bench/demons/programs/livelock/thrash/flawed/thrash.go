// Package thrash has workers that each need two pages, in a memory of two.
package thrash

import (
	"context"
	"slices"
	"sync"
	"time"
)

type memory struct {
	mu    sync.Mutex
	pages []int // the oldest first
}

func (m *memory) load(page int) {
	m.mu.Lock() // demon
	defer m.mu.Unlock()
	if slices.Contains(m.pages, page) {
		return
	}
	if len(m.pages) == 2 {
		m.pages = m.pages[1:]
	}
	m.pages = append(m.pages, page)
}

func (m *memory) has(page int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.pages, page)
}

const read = 12 * time.Millisecond

// Run returns how many of three pieces of work of two workers were done before
// ctx ended.
func Run(ctx context.Context) (done int) {
	var m memory
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for worked := 0; ctx.Err() == nil && worked < 3; {
				if m.work(2*w, 2*w+1) {
					worked++
					mu.Lock()
					done++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return done
}

func (m *memory) work(first, second int) bool {
	time.Sleep(time.Until(time.Now().Truncate(read).Add(read)))
	m.load(first) // demon
	time.Sleep(read / 2)
	m.load(second)
	time.Sleep(read / 4)
	return m.has(first) && m.has(second)
}
