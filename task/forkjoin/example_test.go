package forkjoin_test

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"

	"github.com/trivet-go/trivet/task/forkjoin"
)

// How do I sum, count or find the best of many? By Reduce: what to do with a
// range, and how to put two results together.
func ExampleReduce() {
	text := strings.Repeat("so much depends upon a red wheelbarrow ", 10_000)
	e, err := forkjoin.Reduce(context.Background(), len(text),
		func(lo, hi int) int { return strings.Count(text[lo:hi], "e") },
		func(a, b int) int { return a + b })
	fmt.Println(e, err)
	// Output: 50000 <nil>
}

// How do I spread a loop over the cores?
func ExampleFor() {
	squares := make([]int, 1000)
	err := forkjoin.For(context.Background(), len(squares), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			squares[i] = i * i
		}
	})
	fmt.Println(squares[999], err)
	// Output: 998001 <nil>
}

// How do I compute something for every item of a slice?
func ExampleMap() {
	lengths, err := forkjoin.Map(context.Background(), []string{"so", "much", "depends"}, func(s string) int { return len(s) })
	fmt.Println(lengths, err)
	// Output: [2 4 7] <nil>
}

// How do I keep some of them?
func ExampleFilter() {
	long, err := forkjoin.Filter(context.Background(), []string{"so", "much", "depends"}, func(s string) bool { return len(s) > 3 })
	fmt.Println(long, err)
	// Output: [much depends] <nil>
}

// How do I sort a large slice? Equal items keep their order.
func ExampleSort() {
	words := strings.Fields("so much depends upon a red wheelbarrow")
	err := forkjoin.Sort(context.Background(), words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	fmt.Println(words, err)
	// Output: [a so red much upon depends wheelbarrow] <nil>
}

// How do I write a recursion of my own? The body gets a Branch, and forks by
// calling Both with the two arguments.
func ExampleRecurse() {
	type tree struct {
		left, right *tree
		value       int
	}
	sum := func(c *forkjoin.Branch[*tree, int], t *tree) int {
		if t == nil {
			return 0
		}
		left, right := c.Both(t.left, t.right)
		return left + t.value + right
	}
	t := &tree{&tree{nil, nil, 1}, &tree{&tree{nil, nil, 2}, nil, 3}, 4}
	fmt.Println(forkjoin.Recurse(context.Background(), sum, t))
	// Output: 10 <nil>
}

// How do I run two different things at the same time, and have both results?
func ExampleDo() {
	text := "so much depends upon a red wheelbarrow"
	type result struct {
		words int
		upper string
	}
	r, err := forkjoin.Run(context.Background(), func(c *forkjoin.Ctx) result {
		words, upper := forkjoin.Do(c,
			func(*forkjoin.Ctx) int { return len(strings.Fields(text)) },
			func(*forkjoin.Ctx) string { return strings.ToUpper(text) })
		return result{words, upper}
	})
	fmt.Println(r.words, r.upper, err)
	// Output: 7 SO MUCH DEPENDS UPON A RED WHEELBARROW <nil>
}

// What if a piece has to wait for a disk or another service? It says so, and
// the others go on.
func ExampleCtx_block() {
	files := fstest.MapFS{"a": {Data: []byte("so much")}, "b": {Data: []byte("depends upon")}}
	size := func(name string) func(*forkjoin.Ctx) int {
		return func(c *forkjoin.Ctx) (n int) {
			var err error
			c.Block(func() {
				var data []byte
				data, err = fs.ReadFile(files, name)
				n = len(data)
			})
			if err != nil {
				c.Fail(err) // ends the run, which returns err
			}
			return n
		}
	}
	sum, err := forkjoin.Run(context.Background(), func(c *forkjoin.Ctx) int {
		a, b := forkjoin.Do(c, size("a"), size("b"))
		return a + b
	})
	fmt.Println(sum, err)
	_, err = forkjoin.Run(context.Background(), size("c"))
	fmt.Println(err)
	// Output:
	// 19 <nil>
	// open c: file does not exist
}

// How do I make divide and conquer a step of a pipeline?
func ExamplePlan() {
	longest := forkjoin.Plan[[]string, string]{
		Name:  "longest",
		Small: func(words []string) bool { return len(words) == 1 },
		Split: func(words []string) [][]string {
			return [][]string{words[:len(words)/2], words[len(words)/2:]}
		},
		Solve: func(_ context.Context, words []string) (string, error) { return words[0], nil },
		Join: func(words []string) string {
			if len(words[0]) >= len(words[1]) {
				return words[0]
			}
			return words[1]
		},
	}.Step()
	fmt.Println(longest(context.Background(), strings.Fields("so much depends upon a red wheelbarrow")))
	// Output: wheelbarrow <nil>
}

// Would more cores help at all? Measure tells how parallel the work is.
func ExampleMeasure() {
	m, err := forkjoin.Measure(context.Background(), func(ctx context.Context) error {
		time.Sleep(5 * time.Millisecond) // a serial part
		return forkjoin.For(ctx, 1000, func(lo, hi int) {})
	})
	least, most := m.Speedup(8)
	fmt.Println(m.Parallelism() < 1.5, least < most, most < 1.5, err)
	// Output: true true true <nil>
}

// How do I see what a run did, and give it a name for traces and profiles?
func ExampleWith() {
	ctx := forkjoin.With(context.Background(), forkjoin.Rules{
		Name:    "index",
		Workers: 1,
		Report:  func(s forkjoin.Stats) { fmt.Println(s.Workers, "worker,", s.Forks, "forks,", s.Steals, "thefts") },
	})
	_, err := forkjoin.Recurse(ctx, func(c *forkjoin.Branch[int, int], depth int) int {
		if depth == 0 {
			return 1
		}
		left, right := c.Both(depth-1, depth-1)
		return left + right
	}, 10)
	fmt.Println(err)
	// Output:
	// 1 worker, 1023 forks, 0 thefts
	// <nil>
}
