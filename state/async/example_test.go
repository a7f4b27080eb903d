package async_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/trivet-go/trivet/state/async"
)

// How do I do something else while a value is being made?
func ExampleGo() {
	measure := func(_ context.Context, s string) (int, error) { return len(s), nil }
	length := async.Go(context.Background(), measure, "hello")
	fmt.Println("meanwhile")
	fmt.Println(length.Await(context.Background()))
	// Output:
	// meanwhile
	// 5 <nil>
}

// How do I wait for a value no longer than a while?
func ExampleFuture_Await() {
	_, never := async.New[int]()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := never.Await(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

// How do I wait for a value and something else in one select?
func ExampleFuture_Done() {
	answer := async.Value(42)
	stop := make(chan os.Signal)
	select {
	case <-answer.Done():
		fmt.Println(answer.Await(context.Background())) // does not wait any more
	case <-stop:
	}
	// Output: 42 <nil>
}

// How do I make a future of a callback?
func ExampleNew() {
	promise, future := async.New[string]()
	time.AfterFunc(time.Millisecond, func() { promise.Resolve("called back") })
	fmt.Println(future.Await(context.Background()))
	// Output: called back <nil>
}

// How do I give a future to those who want one when I know the value already?
func ExampleValue() {
	cache := map[string]int{"one": 1}
	lookUp := func(word string) *async.Future[int] {
		if n, ok := cache[word]; ok {
			return async.Value(n)
		}
		return async.Failed[int](fmt.Errorf("no number: %s", word))
	}
	fmt.Println(lookUp("one").Await(context.Background()))
	fmt.Println(lookUp("apple").Await(context.Background()))
	// Output:
	// 1 <nil>
	// 0 no number: apple
}

// How do I wait for several values?
func ExampleAll() {
	ctx := context.Background()
	double := func(_ context.Context, i int) (int, error) { return 2 * i, nil }
	fmt.Println(async.All(ctx, async.Go(ctx, double, 1), async.Go(ctx, double, 2), async.Value(0)))
	// Output: [2 4 0] <nil>
}

// How do I take the answer of whoever is first, and end the others?
func ExampleAny() {
	ctx, cancel := context.WithCancel(context.Background())
	mirror := func(ctx context.Context, d time.Duration) (string, error) {
		select {
		case <-time.After(d):
			return d.String(), nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	slow, fast := async.Go(ctx, mirror, time.Minute), async.Go(ctx, mirror, time.Millisecond)
	fmt.Println(async.Any(ctx, slow, fast))
	cancel()
	_, err := slow.Await(context.Background()) // when this is back, nothing runs any more
	fmt.Println(err)
	// Output:
	// 1ms <nil>
	// context canceled
}

// How do I go on with a value when it comes, without a goroutine that waits?
func ExampleThen() {
	promise, price := async.New[float64]()
	text := async.Then(price, func(p float64) (string, error) { return fmt.Sprintf("%.2f", p), nil })
	promise.Resolve(9.5)
	fmt.Println(text.Await(context.Background()))
	// Output: 9.50 <nil>
}

// How do I keep a hundred requests from loading the same thing?
func ExampleShared() {
	var pages async.Shared[string, string]
	load := func(ctx context.Context, url string) (string, error) { return "page " + url, nil }
	page, _, err := pages.Do(context.Background(), "/", load)
	fmt.Println(page, err)
	// Output: page / <nil>
}
