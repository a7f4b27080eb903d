package layers

import (
	"errors"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// flaw: wait-before-drain
func sizes(names []string) (total int64) {
	found := make(chan int64)
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Add(1)
		go func(n string) {
			defer wg.Done()
			if st, err := os.Stat(n); err == nil {
				found <- st.Size()
			}
		}(n)
	}
	wg.Wait()
	close(found)
	for s := range found {
		total += s
	}
	return total
}

// flaw: wait-before-drain
func check(names []string) error {
	errs := make(chan error)
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() {
			if !strings.HasSuffix(n, ".go") {
				errs <- errors.New(n)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// flaw: wait-before-drain
func upper(words []string) []string {
	out := make(chan string)
	var g errgroup.Group
	for _, w := range words {
		g.Go(func() error {
			out <- strings.ToUpper(w)
			return nil
		})
	}
	_ = g.Wait()
	var all []string
	for range words {
		all = append(all, <-out)
	}
	return all
}

func squares(in []int, out chan<- int, wg *sync.WaitGroup) {
	defer wg.Done()
	for _, v := range in {
		out <- v * v
	}
}

// flaw: wait-before-drain, tiny-messages
func sumSquares(a, b []int) (sum int) {
	out := make(chan int)
	var wg sync.WaitGroup
	wg.Add(2)
	go squares(a, out, &wg)
	go squares(b, out, &wg)
	wg.Wait()
	close(out)
	for v := range out {
		sum += v
	}
	return sum
}

// flaw: wait-before-drain
func firstWord(lines []string) string {
	var group sync.WaitGroup
	words := make(chan string, 0)
	group.Add(len(lines))
	for i := range lines {
		go func() {
			words <- strings.Fields(lines[i])[0]
			group.Done()
		}()
	}
	group.Wait()
	return <-words
}

// flaw: wait-before-drain
func both(f, g func() int) (int, int) {
	a, b := make(chan int), make(chan int)
	wg := &sync.WaitGroup{}
	wg.Add(2)
	go func() {
		defer wg.Done()
		a <- f()
	}()
	go func() {
		defer wg.Done()
		b <- g()
	}()
	wg.Wait()
	return <-a, <-b
}

// flaw: wait-before-drain, tiny-messages
func merge(parts [][]string) map[string]bool {
	type entry struct {
		word string
		part int
	}
	ch := make(chan entry)
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Add(1)
		go func() {
			for _, w := range part {
				ch <- entry{w, i}
			}
			wg.Done()
		}()
	}
	wg.Wait()
	close(ch)
	seen := map[string]bool{}
	for e := range ch {
		seen[e.word] = true
	}
	return seen
}

// flaw: wait-before-drain
func allDone(tasks []func()) int {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, t := range tasks {
		wg.Go(func() {
			t()
			done <- struct{}{}
		})
	}
	wg.Wait()
	n := 0
	for n < len(tasks) {
		<-done
		n++
	}
	return n
}

// healthy
func sizesBeside(names []string) (total int64) {
	found := make(chan int64)
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() {
			if st, err := os.Stat(n); err == nil {
				found <- st.Size()
			}
		})
	}
	go func() {
		wg.Wait()
		close(found)
	}()
	for s := range found {
		total += s
	}
	return total
}

// healthy
func checkRoom(names []string) error {
	errs := make(chan error, len(names))
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() {
			if n == "" {
				errs <- errors.New("empty")
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// healthy
func collector(words []string) []string {
	out := make(chan string)
	var all []string
	var reader, writers sync.WaitGroup
	reader.Go(func() {
		for w := range out {
			all = append(all, w)
		}
	})
	for _, w := range words {
		writers.Go(func() { out <- strings.ToLower(w) })
	}
	writers.Wait()
	close(out)
	reader.Wait()
	return all
}

// healthy
func feed(items []int, work func(int)) {
	in := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for v := range in {
				work(v)
			}
		})
	}
	for _, v := range items {
		in <- v
	}
	close(in)
	wg.Wait()
}

// healthy
func countThenWait(tasks []func() int) (sum int) {
	res := make(chan int)
	var wg sync.WaitGroup
	for _, t := range tasks {
		wg.Add(1)
		go func() {
			defer wg.Done()
			res <- t()
		}()
	}
	for range tasks {
		sum += <-res
	}
	wg.Wait()
	return sum
}

// healthy
func oneError(tasks []func() error) error {
	errs := make(chan error, 1)
	var wg sync.WaitGroup
	for _, t := range tasks {
		wg.Go(func() {
			if err := t(); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// healthy
func signalStart(n int, work func()) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			<-start
			work()
		})
	}
	close(start)
	wg.Wait()
}

// healthy
func otherGroup(tasks []func() int) (sum int) {
	var setup sync.WaitGroup
	results := make(chan int)
	setup.Go(func() { sum = 0 })
	for _, t := range tasks {
		go func() { results <- t() }()
	}
	setup.Wait()
	for range tasks {
		sum += <-results
	}
	return sum
}

// healthy
func doneFirst(log func(int)) {
	ready := make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		wg.Done() // only says that it has started
		ready <- 1
	}()
	wg.Wait()
	log(<-ready)
}
