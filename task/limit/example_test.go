package limit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/task/limit"
)

// How do I let only so many in at the same time?
func ExampleLimit() {
	l := limit.New(2)
	if err := l.Acquire(context.Background(), 1); err != nil {
		fmt.Println(err)
		return
	}
	defer l.Release(1)
	fmt.Println(l.Stats().InUse, "of", l.Stats().Size)
	// Output: 1 of 2
}

// How do I change the limit of a program that runs?
func ExampleLimit_Set() {
	l := limit.New(2)
	l.Set(10) // who waits gets in at once
	fmt.Println(l.Stats().Size)
	// Output: 10
}

// How do I let the limit find its size by itself?
func ExampleLimit_Done() {
	l := limit.Rules{Name: "database", Adapt: &limit.Gradient{Min: 1, Max: 50}}.New(10)
	query := func(ctx context.Context) error {
		if err := l.Acquire(ctx, 1); err != nil {
			return err
		}
		begin := time.Now()
		err := error(nil) // the query
		l.Done(1, time.Since(begin), err != nil)
		return err
	}
	fmt.Println(query(context.Background()))
	// Output: <nil>
}
