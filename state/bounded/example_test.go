package bounded_test

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/state/bounded"
)

// How do I hand items from one goroutine to another, and come to an end?
func ExampleQueue() {
	ctx := context.Background()
	q := bounded.New(16, bounded.Rules[int]{})
	go func() {
		defer q.Close()
		for i := range 3 {
			if q.Put(ctx, i) != nil {
				return
			}
		}
	}()
	for v := range q.All(ctx) {
		fmt.Println(v)
	}
	// Output:
	// 0
	// 1
	// 2
}

// What can happen when the queue is full?
func ExampleRules_overflow() {
	ctx := context.Background()
	q := bounded.New(2, bounded.Rules[string]{
		Overflow: trivet.DropOldest,
		Dropped:  func(s string) { fmt.Println("dropped", s) },
	})
	for _, s := range []string{"a", "b", "c"} {
		q.Put(ctx, s)
	}
	fmt.Println(q.Stats().Dropped, q.Len())
	// Output:
	// dropped a
	// 1 2
}

// How do I wait for an item no longer than a moment?
func ExampleQueue_Take() {
	q := bounded.New(2, bounded.Rules[int]{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := q.Take(ctx)
	fmt.Println(err)
	// Output: context deadline exceeded
}

// How do I move many items at little cost?
func ExampleQueue_TakeUpTo() {
	ctx := context.Background()
	q := bounded.New(8, bounded.Rules[int]{})
	q.PutAll(ctx, []int{1, 2, 3})
	buf := make([]int, 8)
	n, err := q.TakeUpTo(ctx, buf)
	fmt.Println(buf[:n], err)
	// Output: [1 2 3] <nil>
}
