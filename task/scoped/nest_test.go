package scoped_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// A task that reads the results of a Map waits for what the steps do, and they
// may need the slot of that task.
func TestMapLendsTheSlotOfItsCaller(t *testing.T) {
	for name, way := range ways {
		synctest.Test(t, func(t *testing.T) {
			rules := scoped.Rules{Limit: limit.New(1)}
			step := func(ctx context.Context, i int) (int, error) {
				return i, rules.Run(ctx, func(g *scoped.Group) error {
					g.Go(func(context.Context) error { time.Sleep(ms); return nil })
					return nil
				})
			}
			var got []int
			err := rules.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(ctx context.Context) error {
					for v, err := range way(ctx, slices.Values([]int{0, 1, 2, 3, 4}), step, 2) {
						if err != nil {
							return err
						}
						got = append(got, v)
					}
					return nil
				})
				return nil
			})
			slices.Sort(got)
			if err != nil || len(got) != 5 {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			if s := rules.Limit.Stats(); s.InUse != 0 || s.Waiting != 0 {
				t.Errorf("%s: %+v", name, s)
			}
		})
	}
}

var ways = map[string]func(context.Context, func(func(int) bool), func(context.Context, int) (int, error), int) func(func(int, error) bool){
	"in order": func(ctx context.Context, seq func(func(int) bool), step func(context.Context, int) (int, error), n int) func(func(int, error) bool) {
		return scoped.Map(ctx, seq, step, n)
	},
	"as done": func(ctx context.Context, seq func(func(int) bool), step func(context.Context, int) (int, error), n int) func(func(int, error) bool) {
		return scoped.MapAsDone(ctx, seq, step, n)
	},
}

// What is in the line when a task fails never begins.
func TestFailureEndsTheLine(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			var ran atomic.Int64
			err := scoped.Rules{Max: 1}.Run(ctx, func(g *scoped.Group) error {
				g.Go(func(context.Context) error { time.Sleep(ms); return errA })
				for range 10 {
					g.Go(func(context.Context) error { ran.Add(1); return nil })
				}
				return nil
			})
			if !errors.Is(err, errA) || ran.Load() != 0 {
				t.Errorf("%v, and %d ran after it", err, ran.Load())
			}
		})
	}
}
