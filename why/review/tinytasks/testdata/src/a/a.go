package a

import (
	"bytes"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

func double(p []int) {
	var wg sync.WaitGroup
	for i := range p {
		wg.Go(func() { p[i] *= 2 }) // want `starts a goroutine for less work`
	}
	wg.Wait()
}

func old(p []int) {
	var wg sync.WaitGroup
	for i := range p {
		wg.Add(1)
		go func() { // want `starts a goroutine for less work`
			defer wg.Done()
			p[i]++
		}()
	}
	wg.Wait()
}

func argument(p []int) {
	for i := 0; i < len(p); i++ {
		go func(i int) { p[i] = -p[i] }(i) // want `starts a goroutine`
	}
}

func set(p *int, v int) { *p = v }

func named(p []int) {
	for i := range p {
		go set(&p[i], i) // want `starts a goroutine`
	}
}

func locked(p []int) (n int) {
	var mu sync.Mutex
	for _, v := range p {
		go func() { // want `starts a goroutine`
			mu.Lock()
			n += v
			mu.Unlock()
		}()
	}
	return n
}

func atomics(p []int64, n *atomic.Int64) {
	for _, v := range p {
		go func() { n.Add(v) }() // want `starts a goroutine`
	}
}

func maths(p []float64) {
	for i := range p {
		go func() { p[i] = math.Sqrt(p[i]) }() // want `starts a goroutine`
	}
}

func population(p []uint64, out []int) {
	for i := range p {
		go func() { out[i] = bits.OnesCount64(p[i]) }() // want `starts a goroutine`
	}
}

func square(x int) int { return x * x }

func twoDeep(p []int) {
	for i := range p {
		go func() { p[i] = square(p[i]) }() // want `starts a goroutine`
	}
}

func branches(p []int) {
	for i := range p {
		go func() { // want `starts a goroutine`
			switch {
			case p[i] < 0:
				p[i] = 0
			case p[i] > 255:
				p[i] = 255
			}
		}()
	}
}

func whileLoop(next func() (int, bool), out map[int]*int) {
	for {
		v, ok := next()
		if !ok {
			return
		}
		p := out[v]
		go func() { *p = v }() // want `starts a goroutine`
	}
}

func hundred(p *[100]int) {
	for i := range 100 {
		go func() { p[i]++ }() // want `starts a goroutine`
	}
}

// Good ones.

func once(p []int) {
	go func() { p[0]++ }()
}

func few(p []int) {
	for i := 0; i < 4; i++ {
		go func() { p[i]++ }()
	}
}

func literal(n *atomic.Int32) {
	for _, v := range []int32{1, 2, 3} {
		go func() { n.Add(v) }()
	}
}

func inner(m [][]int) {
	for _, row := range m {
		go func() {
			for i := range row {
				row[i]++
			}
		}()
	}
}

func callsOut(p [][]byte, sep []byte) {
	for i := range p {
		go func() { p[i] = bytes.TrimSpace(p[i]) }()
	}
}

func callsUnknown(fs []func()) {
	for _, f := range fs {
		go f()
	}
}

func callsInterface(cs []interface{ Close() error }) {
	for _, c := range cs {
		go func() { c.Close() }()
	}
}

func sleeps(p []int) {
	for i := range p {
		go func() {
			time.Sleep(time.Second)
			p[i] = 0
		}()
	}
}

func sends(p []int, c chan int) {
	for _, v := range p {
		go func() { c <- v }()
	}
}

func receives(p []chan int, out []int) {
	for i, c := range p {
		go func() { out[i] = <-c }()
	}
}

func selects(p []chan int, stop chan struct{}) {
	for _, c := range p {
		go func() {
			select {
			case <-c:
			case <-stop:
			}
		}()
	}
}

func allocates(p [][]byte) {
	for i := range p {
		go func() { p[i] = make([]byte, 1<<20) }()
	}
}

func concatenates(p []string) {
	for i := range p {
		go func() { p[i] = p[i] + "!" }()
	}
}

func copies(p [][]byte, src []byte) {
	for i := range p {
		go func() { copy(p[i], src) }()
	}
}

func recurses(p []int) {
	for i := range p {
		go func() { p[i] = fib(p[i]) }()
	}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func measures(n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {})
	}
	wg.Wait()
}
