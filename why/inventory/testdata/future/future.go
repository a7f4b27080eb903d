// Package future has results that come later, and other single goroutines.
package future

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/singleflight"
)

func slow() (int, error) { return 0, nil }

type result struct {
	v   int
	err error
}

func withTimeout(ctx context.Context) (int, error) {
	c := make(chan result, 1)
	go func() { // is: future, hand-made
		v, err := slow()
		c <- result{v, err}
	}()
	select {
	case r := <-c:
		return r.v, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// The box is returned at once.
func begin() <-chan int {
	out := make(chan int, 1)
	go func() { // is: future, hand-made
		v, err := slow()
		if err != nil {
			out <- -1
			return
		}
		out <- v
	}()
	return out
}

func use() int {
	a := begin()
	b := begin()
	return <-a + <-b
}

// The error of a server.
func serve(ctx context.Context) error {
	errs := make(chan error, 1)
	go func() { errs <- errors.New("closed") }() // is: future, hand-made
	select {
	case err := <-errs:
		return err
	case <-ctx.Done():
		return nil
	}
}

var config = sync.OnceValue(func() int { return 42 }) // is: future, library

type Cache struct {
	group singleflight.Group // is: future, library
}

func (c *Cache) Get(key string) (any, error) {
	v, err, _ := c.group.Do(key, func() (any, error) { return slow() })
	return v, err
}

// Healthy others: an end is no result, and a stream is no future.
func ends() {
	done := make(chan struct{}, 1)
	go func() {
		slow()
		done <- struct{}{}
	}()
	<-done
}

func stream(n int) (sum int) {
	c := make(chan int, 1)
	go func() { // is: producer-consumer, hand-made
		for i := range n {
			c <- i
		}
		close(c)
	}()
	for v := range c {
		sum += v
	}
	return sum + config()
}
