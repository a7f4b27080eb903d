package a

import (
	"context"
	"sync"
	"time"
)

func sum(values []int) (n int) {
	c := make(chan int) // want `the values of c are sent one by one, for less work than sending one takes`
	go func() {
		for _, v := range values {
			c <- v
		}
		close(c)
	}()
	for v := range c {
		n += v
	}
	return n
}

func produce(c chan<- float64, n int) {
	defer close(c)
	for i := 0; i < n; i++ {
		c <- float64(i) / 2
	}
}

func consume(c <-chan float64, out *float64) {
	for v := range c {
		*out += v
	}
}

func named(n int) (sum float64) {
	c := make(chan float64, 16) // want `the values of c`
	var wg sync.WaitGroup
	wg.Go(func() { consume(c, &sum) })
	produce(c, n)
	wg.Wait()
	return sum
}

func stages(values []int) (n int) {
	a := make(chan int) // want `the values of a`
	b := make(chan int) // want `the values of b`
	go func() {
		defer close(a)
		for _, v := range values {
			a <- v
		}
	}()
	go func() {
		defer close(b)
		for v := range a {
			if v > 0 {
				b <- v
			}
		}
	}()
	for v := range b {
		n ^= v
	}
	return n
}

func context1(ctx context.Context, values map[string]int) (n int) {
	c := make(chan int) // want `the values of c`
	go func() {
		defer close(c)
		for _, v := range values {
			select {
			case c <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case v, ok := <-c:
			if !ok {
				return n
			}
			n += v
		case <-ctx.Done():
			return n
		}
	}
}

// Nobody looks at the values: then the sending is what is wanted.
func drained(n int) {
	c := make(chan int)
	go func() {
		for i := range n {
			c <- i
		}
		close(c)
	}()
	for range c {
	}
}

// The stage before waits for others.
func slowSource(n int, in <-chan int) (sum int) {
	c := make(chan int)
	go func() {
		for range n {
			c <- <-in
		}
		close(c)
	}()
	for v := range c {
		sum += v
	}
	return sum
}

// The last stage takes its time.
func slowSink(values []int, use func(int)) {
	a, b := make(chan int), make(chan int)
	go func() {
		for _, v := range values {
			a <- v
		}
		close(a)
	}()
	go func() {
		for v := range a {
			b <- v + 1
		}
		close(b)
	}()
	for v := range b {
		use(v)
	}
}

// Paced by a clock.
func paced(values []int) (n int) {
	c := make(chan int)
	go func() {
		for _, v := range values {
			time.Sleep(time.Millisecond)
			c <- v
		}
		close(c)
	}()
	for v := range c {
		n += v
	}
	return n
}

// Let in by a semaphore.
func letIn(values []int, sem chan struct{}) (n int) {
	c := make(chan int)
	go func() {
		for _, v := range values {
			sem <- struct{}{}
			c <- v
		}
		close(c)
	}()
	for v := range c {
		n += v
	}
	return n
}

// A few.
func few() (n int) {
	c := make(chan int)
	go func() {
		for _, v := range []int{2, 3, 5} {
			c <- v
		}
		close(c)
	}()
	for v := range c {
		n += v
	}
	return n
}

// Stages that return their channels, to callers that are all seen.
func numbers(n int) <-chan int {
	out := make(chan int) // want `the values of out`
	go func() {
		for i := range n {
			out <- i
		}
		close(out)
	}()
	return out
}

func squared(in <-chan int) (<-chan int, error) {
	out := make(chan int) // want `the values of out`
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	return out, nil
}

func chain() (sum int) {
	c, err := squared(numbers(1000))
	if err != nil {
		return 0
	}
	for v := range c {
		sum += v
	}
	return sum
}

// One of the callers takes its time.
func letters(s string) <-chan rune {
	out := make(chan rune)
	go func() {
		for _, r := range s {
			out <- r
		}
		close(out)
	}()
	return out
}

func count(s string) (n int) {
	for r := range letters(s) {
		n += int(r)
	}
	return n
}

func each(s string, use func(rune)) {
	for r := range letters(s) {
		use(r)
	}
}

// Out of sight.
func Returned(values []int) <-chan int {
	c := make(chan int)
	go func() {
		for _, v := range values {
			c <- v
		}
		close(c)
	}()
	return c
}

// Work for each value on one side.
func strings1(values []string) (n int) {
	c := make(chan string)
	go func() {
		for _, v := range values {
			c <- v + "!"
		}
		close(c)
	}()
	for v := range c {
		n += len(v)
	}
	return n
}
