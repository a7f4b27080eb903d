package pipeline_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trivet-go/trivet/flow/pipeline"
)

// How do I run a function over a stream, in parallel, and keep the order?
func ExampleThrough() {
	ctx := context.Background()
	words := pipeline.FromSlice([]string{"1", "2", "3"})
	numbers := pipeline.Through(words, pipeline.Stage{Name: "parse", Workers: 4, Ordered: true},
		func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) })

	r := numbers.Run(ctx)
	for n := range r.All() {
		fmt.Println(n)
	}
	fmt.Println(r.Err())
	// Output:
	// 1
	// 2
	// 3
	// <nil>
}

// What happens when a step fails?
func ExampleResults_Err() {
	words := pipeline.FromSlice([]string{"1", "two", "3"})
	numbers := pipeline.Through(words, pipeline.Stage{Name: "parse"},
		func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) })

	r := numbers.Run(context.Background())
	err := r.Wait()
	fmt.Println(err)
	fmt.Println(errors.Is(err, strconv.ErrSyntax))
	// Output:
	// step "parse": strconv.Atoi: parsing "two": invalid syntax
	// true
}

// How do I go on when a single item fails?
func ExampleDivert() {
	words := pipeline.FromSlice([]string{"1", "two", "3"})
	numbers, failed := pipeline.Divert(words, pipeline.Stage{Name: "parse"},
		func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) })
	var letters []string
	sink := pipeline.Into(failed, pipeline.Stage{Name: "dead letters"},
		func(_ context.Context, f pipeline.Failed[string]) error {
			letters = append(letters, f.Item)
			return nil
		})

	r := numbers.Run(context.Background(), sink)
	fmt.Println(slices.Collect(r.All()), r.Err())
	fmt.Println(letters)
	// Output:
	// [1 3] <nil>
	// [two]
}

// How do I turn one item into many, or none?
func ExampleVia() {
	lines := pipeline.FromSlice([]string{"dog cat", "", "dog"})
	words := pipeline.Via(lines, pipeline.Stage{Name: "split"},
		func(_ context.Context, line string, emit func(string) error) error {
			for _, w := range strings.Fields(line) {
				if err := emit(w); err != nil {
					return err
				}
			}
			return nil
		})
	r := words.Run(context.Background())
	fmt.Println(slices.Collect(r.All()), r.Err())
	// Output: [dog cat dog] <nil>
}

// How do I stop early?
func ExampleResults_All() {
	endless := pipeline.From(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
		fmt.Println("the source has stopped")
	})
	r := endless.Run(context.Background())
	for i := range r.All() {
		if i == 1000 {
			break // cancels everything, and waits for it
		}
	}
	fmt.Println(r.Err())
	// Output:
	// the source has stopped
	// <nil>
}

// How do I read from something that may wait for long?
func ExampleGenerate() {
	ticks := pipeline.Generate("ticks", func(ctx context.Context, yield func(time.Time) bool) error {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				if !yield(now) {
					return nil
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
	n := 0
	for range ticks.Run(context.Background()).All() {
		if n++; n == 3 {
			break
		}
	}
	fmt.Println(n)
	// Output: 3
}

// How do I work in parallel, but on each customer's events one after the other?
func ExamplePerKey() {
	type event struct {
		customer string
		n        int
	}
	events := pipeline.FromSlice([]event{{"ann", 1}, {"bob", 1}, {"ann", 2}, {"ann", 3}})
	seen := pipeline.PerKey(events, pipeline.Stage{Workers: 4}, func(e event) string { return e.customer },
		func(_ context.Context, e event) (event, error) { return e, nil })
	for e := range seen.Run(context.Background()).All() {
		if e.customer == "ann" {
			fmt.Println(e.n)
		}
	}
	// Output:
	// 1
	// 2
	// 3
}

// How do I write to a database in batches?
func ExampleBatch() {
	rows := pipeline.FromSlice([]int{1, 2, 3, 4, 5})
	batches := pipeline.Batch(rows, pipeline.Stage{}, 2, time.Second)
	insert := pipeline.Into(batches, pipeline.Stage{Name: "insert"}, func(_ context.Context, rows []int) error {
		fmt.Println(rows)
		return nil
	})
	fmt.Println(pipeline.Run(context.Background(), insert).Wait())
	// Output:
	// [1 2]
	// [3 4]
	// [5]
	// <nil>
}

// Which stage is the slow one?
func ExampleResults_Stats() {
	s := pipeline.FromSlice(make([]int, 20))
	s = pipeline.Through(s, pipeline.Stage{Name: "quick"}, func(_ context.Context, i int) (int, error) { return i, nil })
	s = pipeline.Through(s, pipeline.Stage{Name: "slow"}, func(_ context.Context, i int) (int, error) {
		time.Sleep(time.Millisecond)
		return i, nil
	})
	r := s.Run(context.Background())
	if err := r.Wait(); err != nil {
		fmt.Println(err)
	}
	slowest := slices.MaxFunc(r.Stats(), func(a, b pipeline.Stats) int { return cmp.Compare(a.Busy, b.Busy) })
	fmt.Println(slowest.Name)
	// Output: slow
}
