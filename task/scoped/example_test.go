package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/task/scoped"
)

// How do I call a function on every item, and stop at the first error?
func ExampleEach() {
	err := scoped.Each(context.Background(), slices.Values([]string{"a", "", "b"}), 2, func(_ context.Context, name string) error {
		if name == "" {
			return errors.New("no name")
		}
		return nil
	})
	fmt.Println(err)
	// Output: no name
}

// How do I get results as soon as they are ready?
func ExampleMapAsDone() {
	wait := func(_ context.Context, d time.Duration) (time.Duration, error) {
		time.Sleep(d)
		return d, nil
	}
	sum := time.Duration(0)
	for d, err := range scoped.MapAsDone(context.Background(), slices.Values([]time.Duration{2, 1, 3}), wait, 3) {
		if err != nil {
			fmt.Println(err)
			return
		}
		sum += d
	}
	fmt.Println(sum)
	// Output: 6ns
}

// How do I give every item its own time, and go on with the others when it is late?
func ExampleMapping() {
	fetch := scoped.Mapping[string, int]{
		Rules: scoped.Rules{Name: "fetch", Max: 4, Timeout: time.Millisecond, KeepGoing: true},
		Step: func(ctx context.Context, url string) (int, error) {
			if url == "slow" {
				<-ctx.Done()
				return 0, context.Cause(ctx)
			}
			return len(url), nil
		},
	}
	for size, err := range fetch.Over(context.Background(), slices.Values([]string{"one", "slow", "three"})) {
		fmt.Println(size, err)
	}
	// Output:
	// 3 <nil>
	// 0 scoped: the task took longer than its timeout
	// 5 <nil>
}

// How do I learn of all errors, not only the first?
func ExampleRules_keepGoing() {
	err := scoped.Rules{Max: 1, KeepGoing: true}.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error { return errors.New("no salt") })
		g.Go(func(context.Context) error { return errors.New("no water") })
		return nil
	})
	fmt.Println(err)
	// Output:
	// no salt
	// no water
}

// How does a task start another one beside itself?
func ExampleGo() {
	var visit func(depth int) func(context.Context) error
	visit = func(depth int) func(context.Context) error {
		return func(ctx context.Context) error {
			fmt.Println("depth", depth)
			if depth == 2 {
				return nil
			}
			return scoped.Go(ctx, visit(depth+1))
		}
	}
	scoped.Rules{Max: 1}.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(visit(0))
		return nil
	})
	// Output:
	// depth 0
	// depth 1
	// depth 2
}

// How does a task wait for another one that has no slot yet?
func ExampleLend() {
	soup := make(chan string)
	scoped.Rules{Max: 1}.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			scoped.Lend(ctx, func() { fmt.Println(<-soup) })
			return nil
		})
		g.Go(func(context.Context) error {
			soup <- "soup"
			return nil
		})
		return nil
	})
	// Output: soup
}

// How do I do something else when all slots are taken?
func ExampleGroup_TryGo() {
	scoped.Rules{Max: 1}.Run(context.Background(), func(g *scoped.Group) error {
		done := make(chan struct{})
		g.Go(func(context.Context) error { <-done; return nil })
		fmt.Println(g.TryGo(func(context.Context) error { return nil }))
		close(done)
		return nil
	})
	// Output: false
}
