package group

import (
	"context"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/scoped"
)

const us = "trivet scoped.Run"

func ours() []way {
	return []way{{who: us, role: contest.Ours, open: openScoped}}
}

func openScoped(limit int) (func(int, task), func()) {
	rules := scoped.Rules{Max: limit}
	if limit == 0 {
		rules.Max = scoped.Unbounded
	}
	return func(n int, do task) {
		must(rules.Run(context.Background(), func(g *scoped.Group) error {
			for range n {
				g.Go(do)
			}
			return nil
		}))
	}, nil
}

// addTargets asks for the speed of errgroup where all is overhead, and for more
// than any rival's where there is work. The cases are those of cases, in order.
func addTargets(all []contest.Case) {
	for i := range all {
		target := contest.Target{Who: us, Of: "errgroup", Ratio: 1}
		if i >= 2 {
			target = contest.Target{Who: us, Ratio: 0.9}
		}
		all[i].Targets = []contest.Target{target}
	}
}
