package actors_test

import (
	"slices"
	"testing"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/flow/scatter"
)

// An actor is a stage of a pipeline, and a shard of a scatter.
func TestMethodsAreSteps(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		total := spawn(t, sys, "total")
		r := pipeline.Through(pipeline.FromSlice([]int{1, 2, 3, 4}), pipeline.Stage{Name: "total"}, Deposit.Step(total)).Run(background)
		if got := slices.Collect(r.All()); !slices.Equal(got, []int{1, 3, 6, 10}) || r.Err() != nil {
			t.Error(got, r.Err())
		}

		rich, poor := spawn(t, sys, "rich"), spawn(t, sys, "poor")
		Deposit.Call(background, rich, 1000)
		sum := func(r scatter.Replies[int]) (n int, err error) {
			for _, balance := range r.Good() {
				n += balance
			}
			return n, nil
		}
		ask := scatter.Gather(scatter.Rules{}, sum, scatter.Shards(Deposit.Step(rich), Deposit.Step(poor))...)
		if got, err := ask(background, 1); got != 1002 || err != nil {
			t.Error(got, err)
		}
	})
}
