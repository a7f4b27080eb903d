// A task has ended when its function has.
//
// Verdict: no place for it
// Shows: no such file
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/trivet-go/trivet/task/scoped"
)

func main() {
	err := scoped.Run(context.Background(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error {
			_, err := os.Stat("no such file")
			return err
		})
		return nil
	})
	fmt.Println(err)
}
