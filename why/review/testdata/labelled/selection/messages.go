package selection

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// flaw: tiny-messages
func sumOver(values []int) (sum int) {
	c := make(chan int)
	go func() {
		defer close(c)
		for _, v := range values {
			c <- v
		}
	}()
	for v := range c {
		sum += v
	}
	return sum
}

// flaw: tiny-messages
func squaresOf(n int) []int {
	in, out := make(chan int, 8), make(chan int, 8)
	go func() {
		for i := 0; i < n; i++ {
			in <- i
		}
		close(in)
	}()
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	var all []int
	for v := range out {
		all = append(all, v)
	}
	return all
}

// flaw: tiny-messages
func histogram(data []byte) (counts [256]int) {
	bytes := make(chan byte, 1024)
	var wg sync.WaitGroup
	wg.Go(func() {
		for b := range bytes {
			counts[b]++
		}
	})
	for _, b := range data {
		bytes <- b
	}
	close(bytes)
	wg.Wait()
	return counts
}

func feed(c chan<- int, ids []int) {
	for _, id := range ids {
		c <- id
	}
	close(c)
}

func mark(c <-chan int, seen map[int]bool) {
	for id := range c {
		seen[id] = true
	}
}

// flaw: tiny-messages
func markAll(ids []int) map[int]bool {
	c := make(chan int)
	seen := map[int]bool{}
	go feed(c, ids)
	mark(c, seen)
	return seen
}

// flaw: tiny-messages
func sumByFour(values []float64) float64 {
	c := make(chan float64)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0.0
	for range 4 {
		wg.Go(func() {
			for v := range c {
				mu.Lock()
				total += v
				mu.Unlock()
			}
		})
	}
	for _, v := range values {
		c <- v
	}
	close(c)
	wg.Wait()
	return total
}

type cell struct{ x, y, v int }

// flaw: tiny-messages
func scatterCells(w, h int, grid [][]int) {
	cells := make(chan cell)
	go func() {
		defer close(cells)
		for y := range h {
			for x := range w {
				cells <- cell{x, y, x ^ y}
			}
		}
	}()
	for c := range cells {
		grid[c.y][c.x] = c.v
	}
}

// flaw: tiny-messages
func evenOnly(ctx context.Context, n int) (count int) {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			if i%2 != 0 {
				continue
			}
			select {
			case c <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for v := range c {
		count += v & 1
	}
	return count
}

// flaw: tiny-messages
func largest(m map[string]int) (best string) {
	type pair struct {
		key string
		n   int
	}
	pairs := make(chan pair, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		most := -1
		for p := range pairs {
			if p.n > most {
				best, most = p.key, p.n
			}
		}
	}()
	for k, n := range m {
		pairs <- pair{k, n}
	}
	close(pairs)
	<-done
	return best
}

// flaw: tiny-messages
func threeStep(p []float32) (sum float32) {
	a := make(chan float32)
	b := make(chan float32)
	c := make(chan float32)
	go func() {
		defer close(a)
		for _, v := range p {
			a <- v
		}
	}()
	go func() {
		defer close(b)
		for v := range a {
			b <- v*1.8 + 32
		}
	}()
	go func() {
		defer close(c)
		for v := range b {
			if v > 0 {
				c <- v
			}
		}
	}()
	for v := range c {
		sum += v
	}
	return sum
}

// flaw: tiny-messages
func pingPong(n int) (last int) {
	ask, reply := make(chan int), make(chan int)
	go func() {
		for v := range ask {
			reply <- v + 1
		}
	}()
	for i := 0; i < n; i++ {
		ask <- i
		last = <-reply
	}
	close(ask)
	return last
}

// flaw: tiny-messages
func twoFeeds(a, b []int) (sum int) {
	c := make(chan int, 4)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range a {
			c <- a[i]
		}
	})
	wg.Go(func() {
		for i := range b {
			c <- -b[i]
		}
	})
	go func() {
		wg.Wait()
		close(c)
	}()
	for {
		v, ok := <-c
		if !ok {
			return sum
		}
		sum += v
	}
}

// healthy
func fetchAll(urls []string, fetch func(string) error) {
	c := make(chan string)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for u := range c {
				fetch(u)
			}
		})
	}
	for _, u := range urls {
		c <- u
	}
	close(c)
	wg.Wait()
}

// healthy
func inParts(values []int) (sum int) {
	c := make(chan []int)
	go func() {
		defer close(c)
		for len(values) > 0 {
			n := min(len(values), 4096)
			c <- values[:n]
			values = values[n:]
		}
	}()
	for part := range c {
		for _, v := range part {
			sum += v
		}
	}
	return sum
}

// healthy
func linesOf(r io.Reader) (count int) {
	c := make(chan string, 64)
	go func() {
		defer close(c)
		for s := bufio.NewScanner(r); s.Scan(); {
			c <- s.Text()
		}
	}()
	for line := range c {
		count += len(line)
	}
	return count
}

// healthy
func fewStarts() (sum int) {
	c := make(chan int)
	go func() {
		for i := range 3 {
			c <- i
		}
		close(c)
	}()
	for v := range c {
		sum += v
	}
	return sum
}

// healthy
func resultsOf(jobs []string, run func(string) int) (sum int) {
	c := make(chan int)
	for _, j := range jobs {
		go func() { c <- run(j) }()
	}
	for range jobs {
		sum += <-c
	}
	return sum
}

// healthy
func ticks(n int, show func(int)) {
	c := make(chan int)
	t := time.NewTicker(time.Second)
	defer t.Stop()
	go func() {
		defer close(c)
		for i := range n {
			<-t.C
			c <- i
		}
	}()
	last := 0
	for v := range c {
		last = v
	}
	show(last)
}

// healthy
func sizesOf(names []string) (total int64) {
	c := make(chan int64)
	go func() {
		defer close(c)
		for _, name := range names {
			if info, err := os.Stat(name); err == nil {
				c <- info.Size()
			}
		}
	}()
	for n := range c {
		total += n
	}
	return total
}

// healthy
func rowSums(m [][]int) (best int) {
	c := make(chan int)
	go func() {
		defer close(c)
		for _, row := range m {
			sum := 0
			for _, v := range row {
				sum += v
			}
			c <- sum
		}
	}()
	for v := range c {
		best = max(best, v)
	}
	return best
}

// healthy
func letIn(names []string, do func(string)) {
	sem := make(chan struct{}, 4)
	var wg sync.WaitGroup
	for _, n := range names {
		sem <- struct{}{}
		wg.Go(func() {
			defer func() { <-sem }()
			do(n)
		})
	}
	wg.Wait()
}

// healthy
func toOthers(values []int, out chan<- int) {
	for _, v := range values {
		out <- v
	}
}

// healthy
func upper(words []string) string {
	c := make(chan string)
	go func() {
		defer close(c)
		for _, w := range words {
			c <- w
		}
	}()
	var b strings.Builder
	for w := range c {
		b.WriteString(strings.ToUpper(w))
	}
	return b.String()
}

// healthy
func firstOfAll(servers []string, ask func(string) int) int {
	c := make(chan int, len(servers))
	for _, s := range servers {
		go func() { c <- ask(s) }()
	}
	return <-c
}

// healthy
func eventsUntil(stop <-chan struct{}, events <-chan int) (n int) {
	c := make(chan int)
	go func() {
		defer close(c)
		for {
			select {
			case e := <-events:
				c <- e + 1
			case <-stop:
				return
			}
		}
	}()
	for v := range c {
		n += v
	}
	return n
}

// flaw: tiny-messages
func gen(nums []int) <-chan int {
	out := make(chan int)
	go func() {
		for _, n := range nums {
			out <- n
		}
		close(out)
	}()
	return out
}

// flaw: tiny-messages
func sq(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		for n := range in {
			out <- n * n
		}
		close(out)
	}()
	return out
}

// flaw: tiny-messages
func sumOfFourthPowers(nums []int) (sum int) {
	square := func(in <-chan int) <-chan int {
		out := make(chan int)
		go func() {
			for n := range in {
				out <- n * n
			}
			close(out)
		}()
		return out
	}
	for n := range square(sq(gen(nums))) {
		sum += n
	}
	return sum
}

// healthy
func Countdown(from int) <-chan int {
	out := make(chan int)
	go func() {
		for i := from; i >= 0; i-- {
			out <- i
		}
		close(out)
	}()
	return out
}

func idsOf(n int) <-chan int {
	ids := make(chan int)
	go func() {
		for i := range n {
			ids <- i
		}
		close(ids)
	}()
	return ids
}

// healthy
func dial(n int, open func(int) error) (failed int) {
	for id := range idsOf(n) {
		if open(id) != nil {
			failed++
		}
	}
	return failed
}
