package a

import (
	"context"
	"sync"

	"github.com/trivet-go/trivet/flow/pipeline"
)

type T struct {
	mu   sync.Mutex
	rw   sync.RWMutex
	m    map[int]int
	last int
	list []int
}

func mapped(in []int) {
	c := make(chan int)
	m := map[int]int{}
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			mu.Lock()
			m[v] = 1
			mu.Unlock()
			c <- v
		}
		close(c)
	}()
	go func() {
		for v := range c {
			mu.Lock() // want `two stages share state under mu`
			_ = m[v]
			mu.Unlock()
		}
	}()
}

func variable(in []int, use func(int)) {
	c := make(chan int)
	last := 0
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			mu.Lock()
			last = v
			mu.Unlock()
			c <- v
		}
		close(c)
	}()
	go func() {
		for range c {
			mu.Lock() // want `two stages share state`
			l := last
			mu.Unlock()
			use(l)
		}
	}()
}

func backwards(in []int, use func(int)) {
	c := make(chan int)
	stop := false
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			mu.Lock()
			s := stop
			mu.Unlock()
			if s {
				break
			}
			c <- v
		}
		close(c)
	}()
	go func() {
		for v := range c {
			use(v)
			mu.Lock() // want `two stages share state`
			stop = v < 0
			mu.Unlock()
		}
	}()
}

func (t *T) fields(in []int, use func(int)) {
	c := make(chan int, 8)
	go func() {
		for _, v := range in {
			t.mu.Lock()
			t.m[v]++
			t.mu.Unlock()
			c <- v
		}
		close(c)
	}()
	go func() {
		for v := range c {
			t.mu.Lock() // want `two stages share state under t.mu`
			n := t.m[v]
			t.mu.Unlock()
			use(n)
		}
	}()
}

func (t *T) readers(in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			t.rw.Lock()
			t.last = v
			t.rw.Unlock()
			c <- v
		}
	}()
	go func() {
		for range c {
			t.rw.RLock() // want `two stages share state under t.rw`
			use(t.last)
			t.rw.RUnlock()
		}
	}()
}

func inGroup(in []int) {
	c := make(chan int)
	seen := map[int]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(c)
		for _, v := range in {
			mu.Lock()
			old := seen[v]
			mu.Unlock()
			if !old {
				c <- v
			}
		}
	})
	wg.Go(func() {
		for v := range c {
			mu.Lock() // want `two stages share state`
			seen[v] = true
			mu.Unlock()
		}
	})
	wg.Wait()
}

func deletes(in []int) {
	c := make(chan int)
	open := map[int]bool{}
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			mu.Lock()
			n := open[v]
			mu.Unlock()
			if !n {
				c <- v
			}
		}
	}()
	go func() {
		for v := range c {
			mu.Lock() // want `two stages share state`
			delete(open, v)
			mu.Unlock()
		}
	}()
}

func ranges(in []int, use func(int)) {
	c := make(chan int)
	m := map[int]int{}
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			mu.Lock()
			m[v] = v
			mu.Unlock()
			c <- v
		}
	}()
	go func() {
		for range c {
			mu.Lock() // want `two stages share state`
			for k := range m {
				use(k)
			}
			mu.Unlock()
		}
	}()
}

func deferred(in []int, use func(int)) {
	c := make(chan int)
	var mu sync.Mutex
	total := 0
	go func() {
		for _, v := range in {
			c <- v
		}
		mu.Lock()
		defer mu.Unlock()
		total = len(in)
	}()
	go func() {
		for range c {
			mu.Lock() // want `two stages share state`
			use(total)
			mu.Unlock()
		}
	}()
}

func ours(s pipeline.Stream[int]) pipeline.Stream[int] {
	m := map[int]int{}
	var mu sync.Mutex
	a := pipeline.Through(s, pipeline.Stage{Name: "a"}, func(_ context.Context, v int) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		m[v] = v
		return v, nil
	})
	return pipeline.Through(a, pipeline.Stage{Name: "b"}, func(_ context.Context, v int) (int, error) {
		mu.Lock() // want `two stages share state under mu`
		defer mu.Unlock()
		return m[v], nil
	})
}

// Good ones.

func oursApart(s pipeline.Stream[int]) pipeline.Stream[int] {
	m := map[int]int{}
	var mu sync.Mutex
	a := pipeline.Through(s, pipeline.Stage{Name: "a"}, func(_ context.Context, v int) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		m[v]++
		return m[v], nil
	})
	return pipeline.Through(a, pipeline.Stage{Name: "b"}, func(_ context.Context, v int) (int, error) {
		return v + 1, nil
	})
}

func errors(in []int, f func(int) error) (errs []error) {
	c := make(chan int)
	var mu sync.Mutex
	go func() {
		for _, v := range in {
			if err := f(v); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
			c <- v
		}
	}()
	go func() {
		for v := range c {
			if err := f(v); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}
	}()
	return errs
}

func counters(in []int) {
	c := make(chan int)
	var mu sync.Mutex
	n := 0
	m := map[string]int{}
	go func() {
		for _, v := range in {
			mu.Lock()
			n++
			m["in"]++
			mu.Unlock()
			c <- v
		}
	}()
	go func() {
		for v := range c {
			mu.Lock()
			n += v
			m["out"]++
			mu.Unlock()
		}
	}()
}

func sameStage(in chan int) {
	m := map[int]bool{}
	var mu sync.Mutex
	out := make(chan int)
	for range 4 {
		go func() {
			for v := range in {
				mu.Lock()
				old := m[v]
				m[v] = true
				mu.Unlock()
				if !old {
					out <- v
				}
			}
		}()
	}
	go func() {
		for range out {
		}
	}()
}

func otherLocks(in []int, use func(int)) {
	c := make(chan int)
	var a, b sync.Mutex
	n := new(int)
	go func() {
		for _, v := range in {
			a.Lock()
			*n = v
			a.Unlock()
			c <- v
		}
	}()
	go func() {
		for range c {
			b.Lock()
			use(1)
			b.Unlock()
		}
	}()
}

func otherState(t *T, in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			t.mu.Lock()
			t.last = v
			t.mu.Unlock()
			c <- v
		}
	}()
	go func() {
		for v := range c {
			t.mu.Lock()
			n := t.m[v]
			t.mu.Unlock()
			use(n)
		}
	}()
}

func bothRead(t *T, in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			t.mu.Lock()
			n := t.m[v]
			t.mu.Unlock()
			c <- n
		}
	}()
	go func() {
		for v := range c {
			t.mu.Lock()
			n := t.m[v]
			t.mu.Unlock()
			use(n)
		}
	}()
}

func notJoined(t *T, use func(int)) {
	go func() {
		t.mu.Lock()
		t.last = 1
		t.mu.Unlock()
	}()
	go func() {
		t.mu.Lock()
		use(t.last)
		t.mu.Unlock()
	}()
}

func noLock(in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			c <- v
		}
	}()
	go func() {
		for v := range c {
			use(v)
		}
	}()
}

func own(in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			c <- v
		}
	}()
	go func() {
		var mu sync.Mutex
		m := map[int]int{}
		for v := range c {
			mu.Lock()
			m[v]++
			use(m[v])
			mu.Unlock()
		}
	}()
}

func onlyOne(t *T, in []int, use func(int)) {
	c := make(chan int)
	go func() {
		for _, v := range in {
			t.mu.Lock()
			t.m[v] = t.last
			t.mu.Unlock()
			c <- v
		}
	}()
	go func() {
		for v := range c {
			use(v)
		}
	}()
}
