// After some tries the item is put aside, with the errors of its tries.
//
// Verdict: named error
// Shows: "poison" after 3 tries: cannot be parsed
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
)

func work(context.Context, string) error { return errors.New("cannot be parsed") }

func main() {
	queue := bounded.New(1, bounded.Rules[string]{})
	queue.TryPut("poison")
	queue.Close()
	_, _ = consume.Each(context.Background(), queue, work, consume.Rules[string]{
		Tries:   3,
		Backoff: consume.Backoff{First: time.Millisecond, Most: time.Millisecond},
		DeadLetters: func(_ context.Context, l consume.Letter[string]) error {
			fmt.Printf("%q after %d tries: %v\n", l.Item, l.Tries, l.Err())
			return nil
		},
	})
}
