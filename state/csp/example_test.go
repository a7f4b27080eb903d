package csp_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/trivet-go/trivet/state/csp"
)

// How do I read a channel until it is closed or my context is done?
func ExampleAll() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ticks := make(chan int, 10)
	for i := range 10 {
		ticks <- i
	}
	for v := range csp.All(ctx, ticks) {
		fmt.Println(v)
		if v == 1 {
			cancel()
		}
	}
	fmt.Println(ctx.Err(), "with", len(ticks), "left")
	// Output:
	// 0
	// 1
	// context canceled with 8 left
}

// How do I share the values of a channel among workers?
func ExampleSplit() {
	jobs := make(chan int, 10)
	for i := range 10 {
		jobs <- i
	}
	close(jobs)
	done := make(chan int, 10)
	worker := func(ctx context.Context, jobs iter.Seq[int]) error {
		for j := range jobs {
			done <- j * j
		}
		return nil
	}
	err := csp.Split(context.Background(), jobs, worker, worker, worker)
	fmt.Println(len(done), err) // all workers have returned
	// Output: 10 <nil>
}

// How do I share them so that what belongs together stays in order?
func ExampleSplitByKey() {
	type event struct {
		account string
		amount  int
	}
	events := make(chan event, 4)
	events <- event{"ann", 5}
	events <- event{"bob", 7}
	events <- event{"ann", -5}
	events <- event{"bob", -6}
	close(events)

	balances := make([]map[string]int, 2) // one a reader: no lock is needed
	var readers []csp.Reader[event]
	for i := range balances {
		balances[i] = map[string]int{}
		readers = append(readers, func(ctx context.Context, events iter.Seq[event]) error {
			for e := range events {
				balances[i][e.account] += e.amount
				if balances[i][e.account] < 0 {
					return fmt.Errorf("%s has nothing", e.account)
				}
			}
			return nil
		})
	}
	err := csp.SplitByKey(context.Background(), events, func(e event) string { return e.account }, readers...)
	fmt.Println(balances[0]["bob"]+balances[1]["bob"], err)
	// Output: 1 <nil>
}

// How do I call something ten times a second at most?
func ExampleThrottle() {
	requests := make(chan string, 2)
	requests <- "a"
	requests <- "b"
	close(requests)
	for r := range csp.Throttle(context.Background(), requests, 10, time.Second) {
		fmt.Println("ask for", r)
	}
	// Output:
	// ask for a
	// ask for b
}

// How do I put one behind the other?
func ExampleInto() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends the goroutine, should the loop be left early
	odd, even := make(chan int, 2), make(chan int, 2)
	odd <- 1
	odd <- 3
	even <- 2
	even <- 4
	close(odd)
	close(even)

	merged := make(chan int)
	go func() {
		defer close(merged)
		csp.Into(ctx, merged, csp.Merge(ctx, odd, even))
	}()
	for batch := range csp.Batch(ctx, merged, 3, time.Second) {
		fmt.Println(len(batch))
	}
	// Output:
	// 3
	// 1
}

// How do I read several channels in one loop?
func ExampleMerge() {
	left, right := make(chan int, 1), make(chan int, 1)
	left <- 1
	right <- 2
	close(left)
	close(right)
	sum := 0
	for v := range csp.Merge(context.Background(), left, right) {
		sum += v
	}
	fmt.Println(sum)
	// Output: 3
}

// How do I give every value to two readers?
func ExampleTee() {
	c := make(chan int, 3)
	for i := range 3 {
		c <- i
	}
	close(c)
	var sum, count int
	err := csp.Tee(context.Background(), c,
		func(_ context.Context, values iter.Seq[int]) error {
			for v := range values {
				sum += v
			}
			return nil
		},
		func(_ context.Context, values iter.Seq[int]) error {
			for range values {
				count++
			}
			return nil
		})
	fmt.Println(sum, count, err)
	// Output: 3 3 <nil>
}

// How do I gather what comes within a second?
func ExampleBatch() {
	c := make(chan string, 3)
	c <- "a"
	c <- "b"
	c <- "c"
	close(c)
	for batch := range csp.Batch(context.Background(), c, 2, time.Second) {
		fmt.Println(batch)
	}
	// Output:
	// [a b]
	// [c]
}
