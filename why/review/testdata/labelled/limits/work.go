package limits

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// flaw: lock-around-work
func indexPages(pages []string, tokenize func(string) []string) map[string][]string {
	index := map[string][]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, p := range pages {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			index[p] = tokenize(p)
		})
	}
	wg.Wait()
	return index
}

type archive struct {
	mu sync.Mutex
	n  int64
}

// flaw: lock-around-work
func (a *archive) compressAll(files []string, w io.Writer) error {
	var g errgroup.Group
	for _, name := range files {
		g.Go(func() error {
			a.mu.Lock()
			defer a.mu.Unlock()
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			z := gzip.NewWriter(w)
			n, err := io.Copy(z, f)
			a.n += n
			return err
		})
	}
	return g.Wait()
}

// flaw: lock-around-work
func workers(jobs <-chan string, run func(string) int) (total int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for job := range jobs {
				mu.Lock()
				total += run(job)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return total
}

// flaw: lock-around-work
func sumRows(m [][]float64) (sum float64) {
	var lock sync.Mutex
	var wg sync.WaitGroup
	wg.Add(len(m))
	for i := range m {
		go func(row []float64) {
			lock.Lock()
			for _, v := range row {
				sum += v * v
			}
			lock.Unlock()
			wg.Done()
		}(m[i])
	}
	wg.Wait()
	return sum
}

var reportMu sync.Mutex

func report(name string, lines []string) {
	reportMu.Lock()
	defer reportMu.Unlock()
	for _, l := range lines {
		fmt.Println(name, strings.TrimSpace(l))
	}
}

// flaw: lock-around-work
func reportAll(names []string, read func(string) []string) {
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() {
			reportMu.Lock()
			lines := read(n)
			fmt.Println(n, len(lines))
			reportMu.Unlock()
		})
	}
	wg.Wait()
}

// flaw: lock-around-work
func (a *archive) verify(parts [][]byte, check func([]byte) bool) (bad int) {
	var wg sync.WaitGroup
	for i := 0; i < len(parts); i++ {
		wg.Add(1)
		go func() {
			a.mu.Lock()
			if !check(parts[i]) {
				bad++
			}
			a.mu.Unlock()
			wg.Done()
		}()
	}
	wg.Wait()
	return bad
}

type render struct {
	sync.Mutex
	canvas [][]int
}

func (r *render) tile(x, y int, shade func(int, int) int) {
	r.Lock()
	defer r.Unlock()
	for dx := range 64 {
		for dy := range 64 {
			r.canvas[x+dx][y+dy] = shade(x+dx, y+dy)
		}
	}
}

// flaw: lock-around-work
func (r *render) all(w, h int, shade func(int, int) int) {
	var wg sync.WaitGroup
	for x := 0; x < w; x += 64 {
		for y := 0; y < h; y += 64 {
			wg.Add(1)
			go func() {
				r.tile(x, y, shade)
				wg.Done()
			}()
		}
	}
	wg.Wait()
}

// healthy
func indexOutside(pages []string, tokenize func(string) []string) map[string][]string {
	index := map[string][]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, p := range pages {
		wg.Go(func() {
			words := tokenize(p)
			mu.Lock()
			index[p] = words
			mu.Unlock()
		})
	}
	wg.Wait()
	return index
}

// healthy
func sumOutside(m [][]float64) (sum float64) {
	var lock sync.Mutex
	var wg sync.WaitGroup
	for i := range m {
		wg.Go(func() {
			part := 0.0
			for _, v := range m[i] {
				part += v * v
			}
			lock.Lock()
			sum += part
			lock.Unlock()
		})
	}
	wg.Wait()
	return sum
}

type cell struct {
	mu   sync.Mutex
	data []string
}

// healthy
func perCell(cells []*cell, fill func() []string) {
	var wg sync.WaitGroup
	for _, c := range cells {
		wg.Go(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.data = fill()
		})
	}
	wg.Wait()
}

// healthy
func background(a *archive, flush func()) {
	go func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		flush()
	}()
}

// healthy
func readers(rw *sync.RWMutex, table map[string]int, queries []string, score func(int) int) []int {
	out := make([]int, len(queries))
	var wg sync.WaitGroup
	for i, q := range queries {
		wg.Go(func() {
			rw.RLock()
			defer rw.RUnlock()
			out[i] = score(table[q])
		})
	}
	wg.Wait()
	return out
}

// healthy
func fetchThenPrint(urls []string, fetch func(string) string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, u := range urls {
		wg.Go(func() {
			body := fetch(u)
			mu.Lock()
			defer mu.Unlock()
			fmt.Println(u, len(body))
		})
	}
	wg.Wait()
}

// healthy
func striped(keys []string, locks *[64]sync.Mutex, work func(string)) {
	var wg sync.WaitGroup
	for i, k := range keys {
		wg.Go(func() {
			l := &locks[i%64]
			l.Lock()
			defer l.Unlock()
			work(k)
		})
	}
	wg.Wait()
}

// healthy
func collectErrors(tasks []func() error) (errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, t := range tasks {
		wg.Go(func() {
			if err := t(); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errs
}

// sums keeps checksums by name.
type sums struct {
	mu   sync.Mutex
	done map[string][32]byte
}

// healthy
func (s *sums) put(name string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[name] = sha256.Sum256(data)
}

// flaw: lock-around-work
func (s *sums) workers(names <-chan string) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name := range names {
				s.put(name, []byte(name))
			}
		})
	}
	wg.Wait()
}

// healthy
func (s *sums) readFirst(names <-chan string) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name := range names {
				if data, err := os.ReadFile(name); err == nil {
					s.put(name, data)
				}
			}
		})
	}
	wg.Wait()
}

// healthy
func (s *sums) set(name string, sum [32]byte) {
	s.mu.Lock()
	s.done[name] = sum
	s.mu.Unlock()
}

// healthy
func (s *sums) setAll(names []string) {
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			s.set(name, sha256.Sum256([]byte(name)))
		})
	}
	wg.Wait()
}
