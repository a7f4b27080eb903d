package scatter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// The rivals of three replies out of four. In each of them the third good reply
// cancels the rest, and all are waited for.

// outcome is what one of those that are asked says.
type outcome struct {
	v   int
	err error
}

// best is the best of the good replies, of which there have to be three.
func best(outcomes []outcome) (int, error) {
	good, most := 0, 0
	for _, o := range outcomes {
		if o.v > 0 && o.err == nil {
			good++
			most = max(most, o.v)
		}
	}
	if good < 3 {
		return 0, fmt.Errorf("%d good replies", good)
	}
	return most, nil
}

func threeByHand(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		replies := make(chan outcome, 4)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				v, err := reply(ctx, i)
				replies <- outcome{v, err}
			})
		}
		var all [4]outcome
		good := 0
		for s := range all {
			all[s] = <-replies
			if all[s].err == nil {
				good++
			}
			if good == 3 {
				break
			}
		}
		cancel()
		wg.Wait()
		v, err := best(all[:])
		check(i, v, err)
	}
}

func threeByWaitGroup(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		ctx, cancel := context.WithCancel(outer)
		var good atomic.Int32
		var all [4]outcome
		var wg sync.WaitGroup
		for s := range all {
			wg.Go(func() {
				v, err := reply(ctx, i)
				all[s] = outcome{v, err}
				if err == nil && good.Add(1) == 3 {
					cancel()
				}
			})
		}
		wg.Wait()
		cancel()
		v, err := best(all[:])
		check(i, v, err)
	}
}

// errEnough is how the third good reply makes a group cancel the rest.
var errEnough = errors.New("three are enough")

func threeByErrgroup(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		g, ctx := errgroup.WithContext(outer)
		var good atomic.Int32
		var all [4]outcome
		for s := range all {
			g.Go(func() error {
				v, err := reply(ctx, i)
				all[s] = outcome{v, err}
				if err == nil && good.Add(1) == 3 {
					return errEnough
				}
				return nil
			})
		}
		_ = g.Wait() // best tells whether there are three
		v, err := best(all[:])
		check(i, v, err)
	}
}

func threeByConc(n int) {
	outer, cancel := cancellable()
	defer cancel()
	for i := range n {
		p := pool.New().WithContext(outer).WithCancelOnError()
		var good atomic.Int32
		var all [4]outcome
		for s := range all {
			p.Go(func(ctx context.Context) error {
				v, err := reply(ctx, i)
				all[s] = outcome{v, err}
				if err == nil && good.Add(1) == 3 {
					return errEnough
				}
				return nil
			})
		}
		_ = p.Wait() // best tells whether there are three
		v, err := best(all[:])
		check(i, v, err)
	}
}
