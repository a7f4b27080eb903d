// A task that does not listen is named after a grace time.
//
// Verdict: named error
// Shows: main\.go:\d+
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/scoped"
)

func watch(context.Context) error {
	for range time.Tick(time.Millisecond) {
	}
	return nil
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err := scoped.Rules{Grace: 20 * time.Millisecond}.Run(ctx, func(g *scoped.Group) error {
		g.Go(watch)
		return nil
	})
	if stuck := new(trivet.StuckError); errors.As(err, &stuck) {
		fmt.Println(stuck)
	}
}
