package a

import (
	"context"
	"log"
	"sync"
	"time"
)

func work() int { return 1 }

func context1(ctx context.Context) int {
	c := make(chan int)
	go func() { c <- work() }() // want `nobody may be left to receive what this goroutine sends on c`
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		return 0
	}
}

func after() (v int) {
	c := make(chan int)
	go func() { // want `nobody may be left`
		v := work()
		c <- v
	}()
	select {
	case v = <-c:
	case <-time.After(time.Second):
	}
	return v
}

func withDefault() int {
	c := make(chan int)
	go func() { c <- work() }() // want `nobody may be left`
	select {
	case v := <-c:
		return v
	default:
	}
	return 0
}

func early(f func() error) int {
	c := make(chan int)
	go func() { c <- work() }() // want `nobody may be left`
	if f() != nil {
		return 0
	}
	return <-c
}

func firstOf(n int) int {
	c := make(chan int)
	for range n {
		go func() { c <- work() }() // want `nobody may be left`
	}
	return <-c
}

func firstOfRoomForOne(n int) int {
	c := make(chan int, 1)
	for range n {
		go func() { c <- work() }() // want `nobody may be left`
	}
	return <-c
}

func two() int {
	c := make(chan int)
	go func() { c <- work() }() // want `nobody may be left`
	go func() { c <- work() + 1 }()
	return <-c
}

func rangeLeft(bad func(int) bool) {
	c := make(chan int)
	go func() { // want `nobody may be left`
		defer close(c)
		for i := range 100 {
			c <- i
		}
	}()
	for v := range c {
		if bad(v) {
			return
		}
	}
}

func rangeBroken(bad func(int) bool) (last int) {
	c := make(chan int)
	go gen(c) // want `nobody may be left`
	for v := range c {
		if bad(v) {
			break
		}
		last = v
	}
	return last
}

func gen(c chan<- int) {
	for i := range 100 {
		c <- i
	}
	close(c)
}

func resultsLeft(n int) error {
	c := make(chan error)
	for range n {
		go func() { c <- nil }() // want `nobody may be left`
	}
	for range n {
		if err := <-c; err != nil {
			return err
		}
	}
	return nil
}

func loopSelect(ctx context.Context, n int) (sum int) {
	c := make(chan int)
	for range n {
		go func() { c <- work() }() // want `nobody may be left`
	}
	for range n {
		select {
		case v := <-c:
			sum += v
		case <-ctx.Done():
			return sum
		}
	}
	return sum
}

func inGroup(ctx context.Context, wg *sync.WaitGroup) {
	c := make(chan int)
	wg.Go(func() { c <- work() }) // want `nobody may be left`
	select {
	case <-c:
	case <-ctx.Done():
	}
}

// Good ones.

func room(ctx context.Context) int {
	c := make(chan int, 1)
	go func() { c <- work() }()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		return 0
	}
}

func roomForAll(n int) int {
	c := make(chan int, n)
	for range n {
		go func() { c <- work() }()
	}
	return <-c
}

func waits() int {
	c := make(chan int)
	go func() { c <- work() }()
	return <-c
}

func receivesLater(ctx context.Context) int {
	c := make(chan int)
	go func() { c <- work() }()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		return <-c
	}
}

func selects(ctx context.Context) int {
	c := make(chan int)
	go func() {
		select {
		case c <- work():
		case <-ctx.Done():
		}
	}()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		return 0
	}
}

func drains(ctx context.Context) int {
	c := make(chan int)
	go func() { c <- work() }()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		go func() { <-c }()
		return 0
	}
}

func drainsDeferred(ctx context.Context) {
	c := make(chan int)
	defer func() { <-c }()
	go func() { c <- work() }()
	<-ctx.Done()
}

func all(n int) (sum int) {
	c := make(chan int)
	for range n {
		go func() { c <- work() }()
	}
	for range n {
		sum += <-c
	}
	return sum
}

func counts(n int) (sum int) {
	c := make(chan int)
	for range n {
		go func() { c <- work() }()
	}
	for got := 0; ; {
		select {
		case v := <-c:
			sum += v
			got++
			if got == n {
				return sum
			}
		case <-time.After(time.Second):
			log.Print("slow")
		}
	}
}

func toTheEnd() (sum int) {
	c := make(chan int)
	go gen(c)
	for v := range c {
		sum += v
	}
	return sum
}

func closed(ctx context.Context) {
	c := make(chan struct{})
	go func() {
		work()
		close(c)
	}()
	select {
	case <-c:
	case <-ctx.Done():
	}
}

func returned() <-chan int {
	c := make(chan int)
	go func() { c <- work() }()
	return c
}

func kept(m map[string]chan int, ctx context.Context) {
	c := make(chan int)
	m["x"] = c
	go func() { c <- work() }()
	select {
	case <-c:
	case <-ctx.Done():
	}
}

func sameCondition(async bool) int {
	c := make(chan int)
	if async {
		go func() { c <- work() }()
	}
	log.Print("both")
	if async {
		return <-c
	}
	return 0
}

func fatal(f func() error) int {
	c := make(chan int)
	go func() { c <- work() }()
	if err := f(); err != nil {
		log.Fatal(err)
	}
	return <-c
}

func panics(b bool) int {
	c := make(chan int)
	go func() { c <- work() }()
	if b {
		panic("no")
	}
	return <-c
}

func waitsForGroup(ctx context.Context) {
	c := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() { c <- work() })
	go func() { <-c }()
	wg.Wait()
}

func oneAtATime(todo chan int, stop chan struct{}) {
	fail := make(chan int, 1)
	busy := false
	for {
		if !busy {
			busy = true
			go func() { fail <- work() }()
		}
		select {
		case <-todo:
		case <-fail:
			busy = false
		case <-stop:
			return
		}
	}
}

func askedFor(stop chan struct{}) {
	ask, answer := make(chan int), make(chan int, 1)
	go func() {
		for q := range ask {
			answer <- q + 1
		}
	}()
	defer close(ask)
	for {
		ask <- 1
		select {
		case <-answer:
		case <-stop:
			return
		}
	}
}

func retries(ask func() (int, bool), stop chan struct{}) int {
	c := make(chan int)
	for {
		go func() { c <- work() }() // want `nobody may be left`
		select {
		case v := <-c:
			if v > 0 {
				return v
			}
		case <-stop:
			return 0
		}
	}
}
