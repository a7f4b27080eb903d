package layers

import (
	"strings"
	"sync"
)

type rec struct {
	id   int
	user string
	n    int
}

// flaw: lock-in-stage
func perUser(lines <-chan string) map[string]int {
	records := make(chan rec)
	owner := map[int]string{}
	counts := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(records)
		id := 0
		for line := range lines {
			id++
			mu.Lock()
			owner[id] = strings.Fields(line)[0]
			mu.Unlock()
			records <- rec{id: id}
		}
	})
	wg.Go(func() {
		for r := range records {
			mu.Lock()
			counts[owner[r.id]]++
			mu.Unlock()
		}
	})
	wg.Wait()
	return counts
}

type exchange struct {
	mu    sync.Mutex
	rates map[string]float64
}

// flaw: lock-in-stage
func (x *exchange) run(quotes <-chan rec, sink func(float64)) {
	prices := make(chan rec, 16)
	go func() {
		for q := range quotes {
			x.mu.Lock()
			x.rates[q.user] = float64(q.n)
			x.mu.Unlock()
			prices <- q
		}
		close(prices)
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p := range prices {
			x.mu.Lock()
			r := x.rates[p.user]
			x.mu.Unlock()
			sink(r * float64(p.n))
		}
	}()
	<-done
}

// flaw: lock-in-stage
func throttle(in []int, slow func(int)) {
	c := make(chan int)
	var mu sync.Mutex
	level := 0
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		for _, v := range in {
			mu.Lock()
			high := level > 10
			mu.Unlock()
			if high {
				continue
			}
			c <- v
		}
		close(c)
	}()
	go func() {
		defer wg.Done()
		for v := range c {
			slow(v)
			mu.Lock()
			level = v
			mu.Unlock()
		}
	}()
	wg.Wait()
}

// flaw: lock-in-stage
func dedupe(urls []string, fetch func(string) []string) (pages int) {
	found := make(chan string)
	var lock sync.RWMutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, u := range urls {
			lock.RLock()
			known := seen[u]
			lock.RUnlock()
			if !known {
				found <- u
			}
		}
		close(found)
	})
	wg.Go(func() {
		for u := range found {
			for _, link := range fetch(u) {
				lock.Lock()
				seen[link] = true
				lock.Unlock()
			}
			pages++
		}
	})
	wg.Wait()
	return pages
}

// flaw: lock-in-stage
func threeStages(in <-chan rec, out chan<- rec) {
	a, b := make(chan rec), make(chan rec)
	var mu sync.Mutex
	var last rec
	go func() {
		for r := range in {
			mu.Lock()
			last = r
			mu.Unlock()
			a <- r
		}
		close(a)
	}()
	go func() {
		for r := range a {
			r.n *= 2
			b <- r
		}
		close(b)
	}()
	go func() {
		for r := range b {
			out <- r
		}
	}()
	go func() {
		for r := range a {
			mu.Lock()
			same := last.id == r.id
			mu.Unlock()
			if same {
				out <- r
			}
		}
	}()
}

// flaw: lock-in-stage
func expire(keys <-chan string, load func(string) []byte) map[string][]byte {
	type item struct {
		key  string
		data []byte
	}
	items := make(chan item, 4)
	cache := map[string][]byte{}
	mu := &sync.Mutex{}
	wg := &sync.WaitGroup{}
	wg.Add(2)
	go func() {
		defer wg.Done()
		defer close(items)
		for k := range keys {
			mu.Lock()
			data, ok := cache[k]
			mu.Unlock()
			if !ok {
				data = load(k)
			}
			items <- item{k, data}
		}
	}()
	go func() {
		defer wg.Done()
		for it := range items {
			mu.Lock()
			cache[it.key] = it.data
			mu.Unlock()
		}
	}()
	wg.Wait()
	return cache
}

// healthy
func carryOwner(lines <-chan string) map[string]int {
	records := make(chan rec)
	counts := map[string]int{}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(records)
		for line := range lines {
			records <- rec{user: strings.Fields(line)[0]}
		}
	})
	wg.Go(func() {
		for r := range records {
			counts[r.user]++
		}
	})
	wg.Wait()
	return counts
}

// healthy
func stageErrors(in []string, parse func(string) (rec, error), store func(rec) error) []error {
	var mu sync.Mutex
	var errs []error
	recs := make(chan rec)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(recs)
		for _, s := range in {
			r, err := parse(s)
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
				continue
			}
			recs <- r
		}
	})
	wg.Go(func() {
		for r := range recs {
			if err := store(r); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}
	})
	wg.Wait()
	return errs
}

// healthy
func stageCounters(in <-chan int) (read, kept int) {
	var mu sync.Mutex
	var bytes int
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() {
		for v := range in {
			mu.Lock()
			bytes += v
			read++
			mu.Unlock()
			c <- v
		}
		close(c)
	})
	wg.Go(func() {
		for v := range c {
			mu.Lock()
			bytes -= v
			kept++
			mu.Unlock()
		}
	})
	wg.Wait()
	return read, kept
}

// healthy
func workersOfOneStage(words <-chan string) map[string]int {
	counts := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	lower := make(chan string)
	go func() {
		for w := range words {
			lower <- strings.ToLower(w)
		}
		close(lower)
	}()
	for range 4 {
		wg.Go(func() {
			for w := range lower {
				mu.Lock()
				counts[w]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return counts
}

// healthy
func readOnlyConfig(x *exchange, in <-chan rec, out chan<- float64) {
	mid := make(chan rec)
	go func() {
		for r := range in {
			x.mu.Lock()
			_, ok := x.rates[r.user]
			x.mu.Unlock()
			if ok {
				mid <- r
			}
		}
		close(mid)
	}()
	go func() {
		for r := range mid {
			x.mu.Lock()
			f := x.rates[r.user]
			x.mu.Unlock()
			out <- f
		}
		close(out)
	}()
}

// flaw: tiny-messages
func twoLocks(in []int) (int, int) {
	var muA, muB sync.Mutex
	a, b := 0, 0
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, v := range in {
			muA.Lock()
			a = max(a, v)
			muA.Unlock()
			c <- v
		}
		close(c)
	})
	wg.Go(func() {
		for v := range c {
			muB.Lock()
			b = min(b, v)
			muB.Unlock()
		}
	})
	wg.Wait()
	return a, b
}
