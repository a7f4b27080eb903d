// The question and the answer are one use, since neither can be had without.
//
// Verdict: no place for it
// Shows: (?m)^1$
package main

import (
	"context"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

type client struct{ number int }

type lazy struct {
	client *client
	made   int
}

var shared guarded.Value[lazy]

func get() (c *client) {
	shared.Do(func(s *lazy) {
		if s.client == nil {
			s.made++
			s.client = &client{number: s.made}
		}
		c = s.client
	})
	return c
}

func main() {
	_ = scoped.Run(context.Background(), func(g *scoped.Group) error {
		for range 2 {
			g.Go(func(context.Context) error { get(); return nil })
		}
		return nil
	})
	println(shared.Load().made)
}
