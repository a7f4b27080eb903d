package trivet_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/trivet-go/trivet"
)

// What is a Step? Any function of this shape: a library function with a
// context in front.
func ExampleStep() {
	var parse trivet.Step[string, int] = func(_ context.Context, s string) (int, error) {
		return strconv.Atoi(s)
	}
	n, err := parse(context.Background(), "8123")
	fmt.Println(n, err)
	// Output: 8123 <nil>
}

// How does a user choose the policy of a full buffer at the command line?
func ExampleOverflow() {
	policy := trivet.Block
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.TextVar(&policy, "when-full", trivet.Block, "what a full queue does")

	err := flags.Parse([]string{"-when-full", "drop-oldest"})
	fmt.Println(policy, err)
	// Output: drop-oldest <nil>
}

// How do I watch one part of a program? Add hooks to its context; hooks that
// are there already are kept, and called afterwards.
func ExampleWithHooks() {
	ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
		Retry: func(i trivet.RetryInfo) { fmt.Println("everywhere:", i.Name, i.Err) },
	})
	ctx = trivet.WithHooks(ctx, &trivet.Hooks{
		Retry: func(i trivet.RetryInfo) { fmt.Println("here: try", i.Tries, "again in", i.Delay) },
	})

	// A package of the library calls them like this:
	h := trivet.HooksFrom(ctx)
	if h.Retry != nil {
		h.Retry(trivet.RetryInfo{Name: "fetch", Tries: 1, Delay: time.Second, Err: fs.ErrNotExist})
	}
	// Output:
	// here: try 1 again in 1s
	// everywhere: fetch file does not exist
}

// Which step failed, and why?
func ExampleStepError() {
	err := error(&trivet.StepError{
		Name: "parse",
		Err:  fmt.Errorf("line 8123: %w", strconv.ErrSyntax),
	})
	fmt.Println(err)

	var step *trivet.StepError
	fmt.Println(errors.As(err, &step), errors.Is(err, strconv.ErrSyntax))
	// Output:
	// step "parse": line 8123: invalid syntax
	// true true
}

// How do I tell a panic in a task from my own? It arrives as a *PanicError.
func ExamplePanicError() {
	defer func() {
		p := recover().(*trivet.PanicError)
		fmt.Println(p.Value, errors.Is(p, fs.ErrExist))
	}()

	// What the library does in the goroutine that waits for a task that panicked:
	panic(&trivet.PanicError{Value: fmt.Errorf("out of plates: %w", fs.ErrExist)})
	// Output: out of plates: file already exists true
}
