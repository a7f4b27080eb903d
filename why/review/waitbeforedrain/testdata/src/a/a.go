package a

import "sync"

func work(int) int { return 1 }

func basic(p []int) (n int) {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	wg.Wait() // want `this waits for goroutines that wait for a receiver of c`
	close(c)
	for v := range c {
		n += v
	}
	return n
}

func doneDeferred(p []int) int {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c <- work(v)
		}()
	}
	wg.Wait() // want `waits for goroutines`
	return <-c
}

func doneBehind(p []int) int {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Add(len(p))
	for _, v := range p {
		go func() {
			c <- work(v)
			wg.Done()
		}()
	}
	wg.Wait() // want `waits for goroutines`
	return <-c
}

func pointer() int {
	c := make(chan int)
	wg := new(sync.WaitGroup)
	wg.Go(func() { c <- work(1) })
	wg.Wait() // want `waits for goroutines`
	return <-c
}

func send(c chan<- int, wg *sync.WaitGroup) {
	defer wg.Done()
	c <- work(1)
}

func named() int {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go send(c, &wg)
	wg.Wait() // want `waits for goroutines`
	return <-c
}

func errors(p []func() error) error {
	errs := make(chan error)
	var wg sync.WaitGroup
	for _, f := range p {
		wg.Go(func() {
			if err := f(); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait() // want `receiver of errs`
	close(errs)
	return <-errs
}

func selects(p []int) (n int) {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	wg.Wait() // want `waits for goroutines`
	for {
		select {
		case v := <-c:
			n += v
		default:
			return n
		}
	}
}

func closure(p []int) func() int {
	return func() int {
		c := make(chan int)
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, v := range p {
				c <- v
			}
		})
		wg.Wait() // want `waits for goroutines`
		return <-c
	}
}

func nobody() {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() { c <- 1 })
	wg.Wait() // want `waits for goroutines`
}

func two(p []int) (n int) {
	a, b := make(chan int), make(chan int, len(p))
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() {
			b <- v
			a <- v
		})
	}
	wg.Wait() // want `receiver of a`
	close(a)
	for v := range a {
		n += v
	}
	return n
}

// Good ones.

func beside(p []int) (n int) {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	go func() {
		wg.Wait()
		close(c)
	}()
	for v := range c {
		n += v
	}
	return n
}

func room(p []int) int {
	c := make(chan int, len(p))
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	wg.Wait()
	return <-c
}

func roomOne() int {
	c := make(chan int, 1)
	var wg sync.WaitGroup
	wg.Go(func() { c <- work(1) })
	wg.Wait()
	return <-c
}

func first(p []int) (n int) {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	for range p {
		n += <-c
	}
	wg.Wait()
	return n
}

func reader(p []int) (n int) {
	c := make(chan int)
	var wg sync.WaitGroup
	done := make(chan struct{})
	go func() {
		for v := range c {
			n += v
		}
		close(done)
	}()
	for _, v := range p {
		wg.Go(func() { c <- work(v) })
	}
	wg.Wait()
	close(c)
	<-done
	return n
}

func uncounted(p []int) int {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() { work(1) })
	go func() { c <- work(2) }()
	wg.Wait()
	return <-c
}

func otherGroup() int {
	c := make(chan int)
	var a, b sync.WaitGroup
	a.Go(func() { c <- 1 })
	b.Go(func() { work(1) })
	b.Wait()
	defer a.Wait()
	return <-c
}

func doneBefore() int {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		wg.Done()
		c <- 1
	}()
	wg.Wait()
	return <-c
}

func tries(p []int) int {
	c := make(chan int)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() {
			select {
			case c <- v:
			default:
			}
		})
	}
	wg.Wait()
	return len(c)
}

func escapes(p []int, use func(chan int)) {
	c := make(chan int)
	use(c)
	var wg sync.WaitGroup
	for _, v := range p {
		wg.Go(func() { c <- v })
	}
	wg.Wait()
}

func given(c chan int) {
	var wg sync.WaitGroup
	wg.Go(func() { c <- 1 })
	wg.Wait()
}

func receivers(p []int) {
	c := make(chan int)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for v := range c {
				work(v)
			}
		})
	}
	for _, v := range p {
		c <- v
	}
	close(c)
	wg.Wait()
}

func closes() {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() { close(c) })
	wg.Wait()
	<-c
}
