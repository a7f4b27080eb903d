package consume_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/limit"
)

// How do I work on the items of a queue, and put aside what fails again and
// again?
func ExampleEach() {
	ctx := context.Background()
	uploads := func(yield func(string) bool) {
		_ = yield("a.png") && yield("broken.png") && yield("c.png")
	}
	resize := func(_ context.Context, path string) error {
		if path == "broken.png" {
			return errors.New("no picture")
		}
		return nil
	}
	putAside := func(_ context.Context, l consume.Letter[string]) error {
		fmt.Println(l.Item, "failed", l.Tries, "times:", l.Err())
		return nil
	}

	jobs := bounded.New(1000, bounded.Rules[string]{})
	go func() {
		defer jobs.Close()
		for path := range uploads {
			if jobs.Put(ctx, path) != nil {
				return
			}
		}
	}()
	report, err := consume.Each(ctx, jobs, resize, consume.Rules[string]{
		Workers:     8,
		Tries:       3,
		Backoff:     consume.Backoff{First: time.Millisecond},
		DeadLetters: putAside,
	})
	fmt.Println(report.Finished, "resized,", report.Dead, "put aside,", len(report.Abandoned), "not finished:", err)
	// Output:
	// broken.png failed 3 times: no picture
	// 2 resized, 1 put aside, 0 not finished: <nil>
}

// How do I keep the events of one customer in order?
func ExampleRules_perKey() {
	q := bounded.New(10, bounded.Rules[string]{})
	q.PutAll(context.Background(), []string{"ann 1", "bob 1", "ann 2"})
	q.Close()
	seen := make(chan string, 3)
	_, err := consume.Each(context.Background(), q, func(_ context.Context, event string) error {
		seen <- event
		return nil
	}, consume.Rules[string]{Workers: 4, PerKey: func(event string) string { return event[:3] }})
	close(seen)
	for event := range seen {
		if event[:3] == "ann" {
			fmt.Println(event)
		}
	}
	fmt.Println(err)
	// Output:
	// ann 1
	// ann 2
	// <nil>
}

// How do I stop, and keep what was not finished?
func ExampleConsumer_Run() {
	ctx, cancel := context.WithCancel(context.Background())
	q := bounded.New(10, bounded.Rules[int]{})
	q.PutAll(ctx, []int{1, 2, 3})
	c := consume.New(q, func(ctx context.Context, i int) error {
		if i == 2 {
			cancel() // a signal, for instance
			return ctx.Err()
		}
		return nil
	}, consume.Rules[int]{})
	report, err := c.Run(ctx)
	fmt.Println(report.Finished, "finished,", report.Abandoned, "not:", err)
	// Output: 1 finished, [2 3] not: context canceled
}

// How do I wait until everything is done, without closing the queue?
func ExampleConsumer_AwaitIdle() {
	q := bounded.New(10, bounded.Rules[int]{})
	c := consume.New(q, func(context.Context, int) error { return nil }, consume.Rules[int]{})
	ended := make(chan error)
	go func() {
		_, err := c.Run(context.Background())
		ended <- err
	}()
	q.PutAll(context.Background(), []int{1, 2, 3})
	fmt.Println(c.AwaitIdle(context.Background()), c.Stats().Finished)
	q.Close()
	fmt.Println(<-ended)
	// Output:
	// <nil> 3
	// <nil>
}

// How do I give a job that needs longer more time?
func ExampleExtend() {
	q := bounded.New(1, bounded.Rules[string]{})
	q.TryPut("film")
	q.Close()
	report, err := consume.Each(context.Background(), q, func(ctx context.Context, film string) error {
		for range 3 { // scenes
			if err := consume.Extend(ctx, time.Minute); err != nil {
				return err // somebody else has the job now
			}
		}
		return nil
	}, consume.Rules[string]{Visibility: time.Minute})
	fmt.Println(report.Finished, err)
	// Output: 1 <nil>
}

// What if too much comes? Who puts is told, or waits, or something is dropped:
// that is the queue's rule. How many work is a limit's, which may find it by
// itself.
func ExampleRules_limit() {
	q := bounded.New(2, bounded.Rules[int]{Overflow: trivet.Refuse})
	for i := range 3 {
		fmt.Println(q.Put(context.Background(), i))
	}
	q.Close()
	report, _ := consume.Each(context.Background(), q, func(context.Context, int) error { return nil }, consume.Rules[int]{
		Workers: 100,
		Limit:   limit.Rules{Adapt: &limit.Gradient{Max: 100}}.New(10),
	})
	fmt.Println(report.Finished)
	// Output:
	// <nil>
	// <nil>
	// bounded: the queue is full
	// 2
}
