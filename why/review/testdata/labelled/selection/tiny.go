package selection

import (
	"crypto/sha256"
	"math"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// flaw: tiny-tasks
func brighten(pixels []uint8, by uint8) {
	var wg sync.WaitGroup
	for i := range pixels {
		wg.Go(func() {
			if v := int(pixels[i]) + int(by); v > 255 {
				pixels[i] = 255
			} else {
				pixels[i] = uint8(v)
			}
		})
	}
	wg.Wait()
}

// flaw: tiny-tasks
func countEven(numbers []int) int64 {
	var n atomic.Int64
	var wg sync.WaitGroup
	for _, v := range numbers {
		wg.Add(1)
		go func(v int) {
			defer wg.Done()
			if v%2 == 0 {
				n.Add(1)
			}
		}(v)
	}
	wg.Wait()
	return n.Load()
}

type vec struct{ x, y, z float64 }

func (v *vec) normalize() {
	l := math.Sqrt(v.x*v.x + v.y*v.y + v.z*v.z)
	v.x, v.y, v.z = v.x/l, v.y/l, v.z/l
}

// flaw: tiny-tasks
func normalizeAll(vs []vec) {
	var wg sync.WaitGroup
	wg.Add(len(vs))
	for i := range vs {
		go func() {
			vs[i].normalize()
			wg.Done()
		}()
	}
	wg.Wait()
}

// flaw: tiny-tasks
func tally(words []string) map[string]int {
	counts := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, w := range words {
		wg.Go(func() {
			mu.Lock()
			counts[w]++
			mu.Unlock()
		})
	}
	wg.Wait()
	return counts
}

func addOne(p *int64, wg *sync.WaitGroup) {
	atomic.AddInt64(p, 1)
	wg.Done()
}

// flaw: tiny-tasks
func bumpAll(counters []int64) {
	var wg sync.WaitGroup
	for i := 0; i < len(counters); i++ {
		wg.Add(1)
		go addOne(&counters[i], &wg)
	}
	wg.Wait()
}

// flaw: tiny-tasks
func transpose(dst, src [][]float64) {
	var wg sync.WaitGroup
	for r := range src {
		for c := range src[r] {
			wg.Go(func() { dst[c][r] = src[r][c] })
		}
	}
	wg.Wait()
}

// flaw: tiny-tasks
func celsius(f []float32) []float32 {
	out := make([]float32, len(f))
	done := new(sync.WaitGroup)
	for i, v := range f {
		done.Go(func() { out[i] = (v - 32) * 5 / 9 })
	}
	done.Wait()
	return out
}

// flaw: tiny-tasks
func markVisited(ids []int, visited []bool) {
	var wg sync.WaitGroup
	for k := len(ids) - 1; k >= 0; k-- {
		wg.Add(1)
		go func() {
			defer wg.Done()
			id := ids[k]
			if id >= 0 && id < len(visited) {
				visited[id] = true
			}
		}()
	}
	wg.Wait()
}

type account struct {
	mu      sync.Mutex
	balance int
}

func (a *account) deposit(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
}

// flaw: tiny-tasks
func payAll(a *account, amounts []int) {
	var wg sync.WaitGroup
	for _, n := range amounts {
		wg.Go(func() { a.deposit(n) })
	}
	wg.Wait()
}

// flaw: tiny-tasks
func clampAll(m map[string]*float64, lo, hi float64) {
	var wg sync.WaitGroup
	for _, p := range m {
		wg.Go(func() { *p = math.Min(math.Max(*p, lo), hi) })
	}
	wg.Wait()
}

// healthy
func hashAll(blocks [][]byte) [][32]byte {
	sums := make([][32]byte, len(blocks))
	var wg sync.WaitGroup
	for i, b := range blocks {
		wg.Go(func() { sums[i] = sha256.Sum256(b) })
	}
	wg.Wait()
	return sums
}

// healthy
func rows(m [][]float64) []float64 {
	sums := make([]float64, len(m))
	var wg sync.WaitGroup
	for i := range m {
		wg.Go(func() {
			for _, v := range m[i] {
				sums[i] += v
			}
		})
	}
	wg.Wait()
	return sums
}

// healthy
func removeAll(names []string) error {
	var g errgroup.Group
	g.SetLimit(8)
	for _, name := range names {
		g.Go(func() error { return os.Remove(name) })
	}
	return g.Wait()
}

// healthy
func twoHalves(a []int, f func(int) int) {
	var wg sync.WaitGroup
	for half := 0; half < 2; half++ {
		wg.Go(func() {
			mid := len(a) / 2
			part := a[:mid]
			if half == 1 {
				part = a[mid:]
			}
			for i := range part {
				part[i] = f(part[i])
			}
		})
	}
	wg.Wait()
}

// healthy
func callbacks(subscribers []func(int), v int) {
	for _, f := range subscribers {
		go f(v)
	}
}

// healthy
func race3(x *atomic.Int32) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { x.Add(1) })
	}
	wg.Wait()
}

// healthy
func chunks(data []float64) {
	var wg sync.WaitGroup
	const size = 8192
	for lo := 0; lo < len(data); lo += size {
		part := data[lo:min(lo+size, len(data))]
		wg.Go(func() {
			for i := range part {
				part[i] *= 2
			}
		})
	}
	wg.Wait()
}

// healthy
func notifyLater(names []string, notify func(string)) {
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() { notify("hello " + n) })
	}
	wg.Wait()
}

// healthy
func flagOnce(ready *atomic.Bool, wait chan struct{}) {
	go func() {
		<-wait
		ready.Store(true)
	}()
}

// healthy
func forwardAll(inputs []chan int, out chan<- int) {
	for _, in := range inputs {
		go func() {
			for v := range in {
				out <- v
			}
		}()
	}
}
