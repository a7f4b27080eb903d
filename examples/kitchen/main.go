// Command kitchen is a restaurant at noon, the usual picture for concurrency,
// in all three layers at once:
//
//	tables ──orders──▶ ▯▯▯ rail ──▶ chop ──▶ cook ──▶ plate ──▶ each table's bell
//
// Architecture: the orders pass three stations, each with its own people, at its
// own speed: a pipeline (flow/pipeline). The rail on which tickets hang is
// bounded, and a table whose ticket does not fit goes elsewhere, counted:
// producer-consumer (state/bounded, Refuse).
//
// Decomposition: the dishes of an order are cooked side by side and served
// together: fork and join (task/scoped). All cooks share the same stoves: a limit
// (task/limit), so that an order of eight does not starve one of two.
//
// State: flour and eggs are taken together or not at all, in whatever order
// recipes name them: guarded.Do2, without a deadlock. The menu is read by all and
// changed once, when noon is over: lockfree.Snapshot. A table waits for its
// meal as for a future (state/async).
//
// Chopping needs a core; cooking is waiting, which overlaps on one core as well as
// on many: the difference between parallel and concurrent. It prints how the
// stations spent their time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"os"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// dish is one thing on the menu.
type dish struct {
	name        string
	flour, eggs int // grams, pieces
	price       int // cents
	simmers     time.Duration
}

// order is what a table wants: so many dishes from the menu.
type order struct {
	table  int
	dishes []dish
	served *async.Promise[bill]
}

type bill struct{ cents int }

// kitchen is what all of it shares.
type kitchen struct {
	rail        *bounded.Queue[order]
	stoves      *limit.Limit
	flour, eggs *guarded.Value[int]
	menu        *lockfree.Snapshot[[]dish]
	chopped     guarded.Value[uint32]
}

var (
	errSoldOut = errors.New("sold out")
	errLeft    = errors.New("the table has left")
)

func newKitchen(rail, stoves int) *kitchen {
	return &kitchen{
		rail:   bounded.New(rail, bounded.Rules[order]{Name: "rail", Overflow: trivet.Refuse}),
		stoves: limit.New(stoves),
		flour:  guarded.Of(9000),
		eggs:   guarded.Of(120),
		menu: lockfree.SnapshotOf([]dish{
			{"pancakes", 150, 2, 850, 4 * time.Millisecond},
			{"omelette", 0, 3, 700, 3 * time.Millisecond},
			{"bread", 250, 0, 400, 8 * time.Millisecond},
			{"soup", 20, 0, 550, 6 * time.Millisecond},
		}),
	}
}

// noon is what came of it.
type noon struct {
	served, turnedAway, soldOut int
	cents                       int
	stations                    []pipeline.Stats
}

// open serves the tables until all have eaten or gone.
func (k *kitchen) open(ctx context.Context, tables int) (noon, error) {
	var n guarded.Value[noon]
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		stations := pipeline.Run(ctx, k.stations())
		g.Go(func(context.Context) error {
			defer func() { n.Do(func(n *noon) { n.stations = stations.Stats() }) }()
			return stations.Wait()
		})
		defer k.rail.Close() // when the last table has had its turn
		return scoped.Run(ctx, func(guests *scoped.Group) error {
			for t := range tables {
				guests.Go(func(ctx context.Context) error { return k.guest(ctx, t, &n) })
			}
			return nil
		})
	})
	return n.Load(), err
}

// guest is one table.
func (k *kitchen) guest(ctx context.Context, table int, n *guarded.Value[noon]) error {
	menu := *k.menu.Load()
	promise, meal := async.New[bill]()
	defer promise.Reject(errLeft) // without effect if the meal came
	o := order{table: table, served: promise}
	for i := range 1 + table%3 {
		o.dishes = append(o.dishes, menu[(table+i)%len(menu)])
	}
	if err := k.rail.Put(ctx, o); errors.Is(err, bounded.ErrFull) {
		n.Do(func(n *noon) { n.turnedAway++ })
		return nil
	} else if err != nil {
		return err
	}
	b, err := meal.Await(ctx)
	n.Do(func(n *noon) {
		switch {
		case err == nil:
			n.served, n.cents = n.served+1, n.cents+b.cents
		case errors.Is(err, errSoldOut):
			n.soldOut++
		}
	})
	if errors.Is(err, errSoldOut) {
		return nil
	}
	return err
}

// stations is the kitchen itself.
func (k *kitchen) stations() pipeline.Sink {
	tickets := pipeline.FromQueue(k.rail)
	chopped := pipeline.Through(tickets, pipeline.Stage{Name: "chop", Workers: 2, Buffer: 4, Ordered: true}, k.chop)
	cooked, lacking := pipeline.Divert(chopped, pipeline.Stage{Name: "cook", Workers: 3, Buffer: 4}, k.cook)
	all := pipeline.Merge(
		pipeline.Map(cooked, pipeline.Stage{Name: "bill"}, func(o order) (func(), error) {
			b := bill{}
			for _, d := range o.dishes {
				b.cents += d.price
			}
			return func() { o.served.Resolve(b) }, nil
		}),
		pipeline.Map(lacking, pipeline.Stage{Name: "regret"}, func(f pipeline.Failed[order]) (func(), error) {
			return func() { f.Item.served.Reject(f.Err) }, nil
		}),
	)
	return pipeline.Into(all, pipeline.Stage{Name: "plate"}, func(_ context.Context, ring func()) error {
		ring()
		return nil
	})
}

// chop computes: more cores make it faster.
func (k *kitchen) chop(_ context.Context, o order) (order, error) {
	sum := uint32(o.table)
	board := make([]byte, 4096)
	for range 1000 * len(o.dishes) {
		board[sum%4096]++
		sum = crc32.Update(sum, crc32.IEEETable, board)
	}
	k.chopped.Do(func(all *uint32) { *all ^= sum })
	return o, nil
}

// cook takes what the dishes need, cooks them side by side, and waits for all.
func (k *kitchen) cook(ctx context.Context, o order) (order, error) {
	for _, d := range o.dishes {
		if !k.take(d) {
			return o, fmt.Errorf("table %d: %s: %w", o.table, d.name, errSoldOut)
		}
	}
	return o, scoped.Run(ctx, func(g *scoped.Group) error {
		for _, d := range o.dishes {
			g.Go(func(ctx context.Context) error {
				if err := k.stoves.Acquire(ctx, 1); err != nil {
					return err
				}
				defer k.stoves.Release(1)
				return simmer(ctx, d.simmers)
			})
		}
		return nil
	})
}

// take takes flour and eggs together, or nothing.
func (k *kitchen) take(d dish) (ok bool) {
	guarded.Do2(k.flour, k.eggs, func(flour, eggs *int) {
		if ok = *flour >= d.flour && *eggs >= d.eggs; ok {
			*flour, *eggs = *flour-d.flour, *eggs-d.eggs
		}
	})
	return ok
}

// simmer waits: no core is busy.
func simmer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func main() {
	tables := flag.Int("tables", 60, "tables that order, all at once")
	rail := flag.Int("rail", 40, "tickets that fit on the rail")
	stoves := flag.Int("stoves", 6, "dishes that cook at the same time")
	flag.Parse()
	if *tables < 0 || *rail < 1 || *stoves < 1 {
		fmt.Fprintln(os.Stderr, "kitchen: -tables must be 0 or more, -rail and -stoves 1 or more")
		os.Exit(2)
	}
	start := time.Now()
	k := newKitchen(*rail, *stoves)
	n, err := k.open(context.Background(), *tables)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d tables served, %d turned away, %d told that it is sold out: %d.%02d in %d ms\n",
		n.served, n.turnedAway, n.soldOut, n.cents/100, n.cents%100, time.Since(start).Milliseconds())
	fmt.Printf("left: %d g of flour, %d eggs\n", k.flour.Load(), k.eggs.Load())
	for _, s := range n.stations {
		busy, starved, back := s.Shares()
		fmt.Printf("%-8s %d at work: %3.0f %% busy, %3.0f %% waiting for the one before, %3.0f %% for the one after\n",
			s.Name, s.Workers, 100*busy, 100*starved, 100*back)
	}
}
