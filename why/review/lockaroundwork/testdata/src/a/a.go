package a

import (
	"fmt"
	"os"
	"sync"
)

func work(int) int { fmt.Println(); return 1 }

func whole(p []int) (n int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { // want `do all of their work while they hold mu`
			mu.Lock()
			defer mu.Unlock()
			n += work(v)
		})
	}
	wg.Wait()
	return n
}

func explicit(p []int) (n int) {
	var mu sync.Mutex
	for _, v := range p {
		go func() { // want `do all of their work`
			mu.Lock()
			n += work(v)
			mu.Unlock()
		}()
	}
	return n
}

func loop(m [][]int) (n int) {
	var mu sync.Mutex
	for _, row := range m {
		go func() { // want `do all of their work`
			mu.Lock()
			for _, v := range row {
				n += v * v
			}
			mu.Unlock()
		}()
	}
	return n
}

func pool(jobs chan int) (n int) {
	var mu sync.Mutex
	for range 8 {
		go func() { // want `do all of their work`
			for j := range jobs {
				mu.Lock()
				n += work(j)
				mu.Unlock()
			}
		}()
	}
	return n
}

type T struct {
	mu sync.Mutex
	rw sync.RWMutex
	m  map[string][]byte
}

func (t *T) field(names []string) {
	for _, name := range names {
		go func() { // want `do all of their work while they hold t.mu`
			t.mu.Lock()
			defer t.mu.Unlock()
			data, _ := os.ReadFile(name)
			t.m[name] = data
		}()
	}
}

func (t *T) writeLock(names []string) {
	for _, name := range names {
		go func() { // want `do all of their work while they hold t.rw`
			t.rw.Lock()
			defer t.rw.Unlock()
			t.m[name], _ = os.ReadFile(name)
		}()
	}
}

func (t *T) load(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[name], _ = os.ReadFile(name)
}

func (t *T) method(names []string) {
	for _, name := range names {
		go t.load(name) // want `do all of their work`
	}
}

var mu sync.Mutex

func global(names []string) {
	for _, name := range names {
		go func(name string) { // want `do all of their work while they hold mu`
			mu.Lock()
			os.Remove(name)
			mu.Unlock()
		}(name)
	}
}

func pointer(mu *sync.Mutex, fs []func()) {
	for _, f := range fs {
		go func() { // want `do all of their work`
			mu.Lock()
			defer mu.Unlock()
			f()
		}()
	}
}

func twice(mu *sync.Mutex, fs []func()) {
	for _, f := range fs {
		go func() { // want `do all of their work`
			mu.Lock()
			f()
			mu.Unlock()
			mu.Lock()
			f()
			mu.Unlock()
		}()
	}
}

func small(p []int) {
	var mu sync.Mutex
	sum := 0
	for i := 0; i < len(p); i++ {
		go func() { // want `do all of their work`
			k := p[i] + 1
			mu.Lock()
			sum += work(k)
			mu.Unlock()
		}()
	}
}

// A worker whose work is a call of what takes the lock.
func (t *T) worker(names chan string) {
	for name := range names {
		t.load(name)
	}
}

func workers(t *T, names chan string) {
	for range 8 {
		go t.worker(names) // want `do all of their work while they hold t.mu`
	}
}

func callsMethods(t *T, names []string) {
	for _, name := range names {
		go func() { // want `do all of their work`
			t.load(name)
			t.forget(name)
		}()
	}
}

func (t *T) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	os.Remove(name)
	delete(t.m, name)
}

func callsAndLocks(t *T, names []string) {
	for _, name := range names {
		go func() { // want `do all of their work`
			t.load(name)
			t.mu.Lock()
			os.Remove(name)
			t.mu.Unlock()
		}()
	}
}

func remove(name string) {
	mu.Lock()
	os.Remove(name)
	mu.Unlock()
}

func callsGlobal(names []string) {
	for _, name := range names {
		go func() { // want `do all of their work while they hold mu`
			remove(name)
		}()
	}
}

// Good ones.

func worksAndCalls(t *T, names []string) {
	for _, name := range names {
		go func() {
			fmt.Println(name)
			t.load(name)
		}()
	}
}

func ownAndCalls(ts []*T) {
	for _, t := range ts {
		go func() {
			t.load("x")
		}()
	}
}

func twoThatAreCalled(t, u *T, names []string) {
	for _, name := range names {
		go func() {
			t.load(name)
			u.load(name)
		}()
	}
}

func loadPartly(t *T, name string) {
	data, _ := os.ReadFile(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[name] = data
	fmt.Println(name)
}

func callsPartly(t *T, names []string) {
	for _, name := range names {
		go func() { loadPartly(t, name) }()
	}
}

func loadNew(name string) {
	t := &T{m: map[string][]byte{}}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[name], _ = os.ReadFile(name)
}

func callsNew(names []string) {
	for _, name := range names {
		go func() { loadNew(name) }()
	}
}

func outside(p []int) (n int) {
	var mu sync.Mutex
	for _, v := range p {
		go func() {
			r := work(v)
			mu.Lock()
			n += r
			mu.Unlock()
		}()
	}
	return n
}

func partly(p []int) (n int) {
	var mu sync.Mutex
	for _, v := range p {
		go func() {
			work(v)
			mu.Lock()
			n += work(v)
			mu.Unlock()
		}()
	}
	return n
}

func single(n *int) {
	var mu sync.Mutex
	go func() {
		mu.Lock()
		*n = work(1)
		mu.Unlock()
	}()
}

func own(ts []*T) {
	for _, t := range ts {
		go func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.m["x"], _ = os.ReadFile("x")
		}()
	}
}

func each(ts []T) {
	for i := range ts {
		go ts[i].load("x")
	}
}

func madeInside(p []int) {
	for _, v := range p {
		go func() {
			var mu sync.Mutex
			mu.Lock()
			work(v)
			mu.Unlock()
		}()
	}
}

func readLock(t *T, names []string) {
	for _, name := range names {
		go func() {
			t.rw.RLock()
			defer t.rw.RUnlock()
			fmt.Println(t.m[name])
		}()
	}
}

func stripes(mus []sync.Mutex, fs []func()) {
	for i, f := range fs {
		go func() {
			mu := &mus[i%len(mus)]
			mu.Lock()
			defer mu.Unlock()
			f()
		}()
	}
}

func loopOutside(m [][]int) (n int) {
	var mu sync.Mutex
	for _, row := range m {
		go func() {
			s := 0
			for _, v := range row {
				s += v * v
			}
			mu.Lock()
			n += s
			mu.Unlock()
		}()
	}
	return n
}

func twoLocks(a, b *sync.Mutex, fs []func()) {
	for _, f := range fs {
		go func() {
			a.Lock()
			f()
			a.Unlock()
			b.Lock()
			f()
			b.Unlock()
		}()
	}
}

func onlyState(m map[int]int, p []int) {
	var mu sync.Mutex
	for _, v := range p {
		go func() {
			mu.Lock()
			m[v]++
			mu.Unlock()
		}()
	}
}

func conditional(mu *sync.Mutex, fs []func()) {
	for i, f := range fs {
		go func() {
			if i > 0 {
				mu.Lock()
				defer mu.Unlock()
			}
			f()
		}()
	}
}

// A goroutine that only steps out of the way is no part of a fan-out.
func events(c chan int, t *T) {
	for {
		select {
		case <-c:
			go t.load("x")
		}
	}
}

func again(t *T, try func() bool) {
	for !try() {
		go t.load("x")
	}
}

func jumps(t *T, try func() bool) {
	tries := 0
again:
	if tries++; tries > 2 {
		return
	}
	if !try() {
		go t.load("x")
		goto again
	}
}
