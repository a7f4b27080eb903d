package scoped_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// A program is a random tree of groups below two limits, whose tasks start
// siblings and groups, read maps, lend, fail and end in every way there is.
type program struct {
	t      *testing.T
	seed   uint64
	limits [2]*limit.Limit
	sizes  [2]int
	faults bool // tasks fail, and the context ends

	begun, asked atomic.Int64
	active       [2]atomic.Int64
}

// work is the time in which a task needs its slots.
func (p *program) work(ctx context.Context, below int, d time.Duration) {
	if below < 0 || ctx.Err() != nil { // then a task goes on without slots, if it must
		time.Sleep(d)
		return
	}
	if n := p.active[below].Add(1); n > int64(p.sizes[below]) && ctx.Err() == nil {
		p.t.Errorf("seed %d: %d tasks work at once, below a limit of %d", p.seed, n, p.sizes[below])
	}
	time.Sleep(d)
	p.active[below].Add(-1)
}

func (p *program) fork(r *rand.Rand) *rand.Rand { return rand.New(rand.NewPCG(r.Uint64(), 1)) }

func (p *program) rules(r *rand.Rand) (rules scoped.Rules, below int) {
	below = r.IntN(3) - 1
	rules.Max = []int{0, 1, 2, scoped.Unbounded}[r.IntN(4)]
	rules.KeepGoing = p.faults && r.IntN(3) == 0
	if below >= 0 {
		rules.Limit = p.limits[below]
	}
	return rules, below
}

func (p *program) group(ctx context.Context, r *rand.Rand, depth int) error {
	rules, below := p.rules(r)
	return rules.Run(ctx, func(g *scoped.Group) error {
		for range p.some(r) {
			p.asked.Add(1)
			g.Go(p.task(g, p.fork(r), below, depth))
		}
		if p.faults && r.IntN(20) == 0 {
			return errB
		}
		return nil
	})
}

// some is a number of tasks: few, seldom more than fit into the line.
func (p *program) some(r *rand.Rand) int {
	if r.IntN(12) == 0 {
		return 50 + r.IntN(100)
	}
	return r.IntN(4)
}

func (p *program) task(g *scoped.Group, r *rand.Rand, below, depth int) func(context.Context) error {
	return func(ctx context.Context) error {
		p.begun.Add(1)
		p.work(ctx, below, time.Duration(r.IntN(3))*ms)
		if depth > 0 {
			for range r.IntN(3) {
				if err := p.wait(ctx, g, r, below, depth-1); err != nil {
					return err
				}
				p.work(ctx, below, time.Duration(r.IntN(2))*ms)
			}
		}
		if p.faults {
			switch r.IntN(60) {
			case 0, 1, 2:
				return errA
			case 3:
				runtime.Goexit()
			case 4:
				panic(errA)
			}
		}
		return nil
	}
}

// wait is something for which a task waits.
func (p *program) wait(ctx context.Context, g *scoped.Group, r *rand.Rand, below, depth int) error {
	switch r.IntN(5) {
	case 0:
		for range p.some(r) {
			p.asked.Add(1)
			g.Go(p.task(g, p.fork(r), below, depth/2))
		}
	case 1:
		for range p.some(r) {
			p.asked.Add(1)
			if err := scoped.Go(ctx, p.task(g, p.fork(r), below, depth/2)); err != nil {
				return err
			}
		}
	case 2:
		return p.loop(ctx, r, depth)
	case 3: // a sibling gives what this one waits for
		done := make(chan struct{})
		sibling := p.task(g, p.fork(r), below, 0)
		p.asked.Add(1)
		err := scoped.Go(ctx, func(ctx context.Context) error {
			defer close(done)
			return sibling(ctx)
		})
		if err != nil {
			return err
		}
		scoped.Lend(ctx, func() {
			select {
			case <-done:
			case <-ctx.Done():
			}
		})
	default:
		return p.group(ctx, r, depth)
	}
	return nil
}

func (p *program) loop(ctx context.Context, r *rand.Rand, depth int) error {
	way := scoped.Map[*rand.Rand, int]
	if r.IntN(2) == 0 {
		way = scoped.MapAsDone
	}
	var items []*rand.Rand
	for range p.some(r) {
		items = append(items, p.fork(r))
	}
	p.asked.Add(int64(len(items)))
	step := func(ctx context.Context, r *rand.Rand) (int, error) {
		p.begun.Add(1)
		if depth > 0 && r.IntN(3) == 0 {
			return 0, p.group(ctx, r, depth/2)
		}
		return 0, nil
	}
	for _, err := range way(ctx, slices.Values(items), step, 1+r.IntN(3)) {
		if err != nil {
			return err
		}
		if p.faults && r.IntN(50) == 0 {
			break
		}
	}
	return nil
}

func (p *program) run(r *rand.Rand) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(*trivet.PanicError).Value.(error)
		}
	}()
	ctx := ctx
	if p.faults {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(1+r.IntN(60))*ms)
		defer cancel()
	}
	return p.group(ctx, r, 4)
}

// Whatever tasks wait for, nobody waits for ever; no more work than the limits
// allow, every task begins if none fails, and all slots come back.
func TestRandomPrograms(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			p := &program{t: t, seed: seed, faults: seed%2 == 1}
			for i := range p.limits {
				p.sizes[i] = 1 + r.IntN(3)
				p.limits[i] = limit.New(p.sizes[i])
			}
			err := p.run(r)
			switch {
			case !p.faults && (err != nil || p.begun.Load() != p.asked.Load()):
				t.Errorf("seed %d: %v, and %d of %d tasks began", seed, err, p.begun.Load(), p.asked.Load())
			case err != nil && !isAnyOf(err, errA, errB, context.DeadlineExceeded, trivet.ErrGoexit):
				t.Errorf("seed %d: %v", seed, err)
			}
			for i, l := range p.limits {
				if s := l.Stats(); s.InUse != 0 || s.Waiting != 0 {
					t.Errorf("seed %d: limit %d: %+v", seed, i, s)
				}
			}
		})
	}
}

func isAnyOf(err error, these ...error) bool {
	return slices.ContainsFunc(these, func(e error) bool { return errors.Is(err, e) })
}
