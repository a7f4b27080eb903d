package bounded_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/trivet-go/trivet/state/bounded"
)

// An operation puts its items, or takes up to as many.
type (
	operation struct {
		take  bool
		items []int
	}
	outcome struct {
		n     int
		items []int
		err   error
	}
)

// fifo is the specification: a list with a capacity. An operation that its
// context ended has done nothing, save a PutAll, which says how much.
func fifo(capacity int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return []int(nil) },
		Step: func(state, input, output any) (bool, any) {
			inside, in, out := state.([]int), input.(operation), output.(outcome)
			switch {
			case in.take && out.err != nil:
				return true, inside
			case in.take:
				ok := out.n > 0 && out.n <= len(inside) && slices.Equal(inside[:out.n], out.items)
				if !ok {
					return false, inside
				}
				return true, inside[out.n:]
			}
			if len(inside)+out.n > capacity {
				return false, inside
			}
			return true, append(slices.Clip(inside), in.items[:out.n]...)
		},
		Equal:             func(a, b any) bool { return slices.Equal(a.([]int), b.([]int)) },
		DescribeOperation: func(in, out any) string { return fmt.Sprint(in, " ", out) },
	}
}

func TestLinearizable(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 1024} {
		for seed := range uint64(60) {
			history := record(capacity, seed)
			switch porcupine.CheckOperationsTimeout(fifo(capacity), history, 10*time.Second) {
			case porcupine.Illegal:
				t.Fatalf("capacity %d, seed %d: no order of these is that of a queue: %v", capacity, seed, history)
			case porcupine.Unknown:
				t.Logf("capacity %d, seed %d: too hard to check", capacity, seed)
			}
		}
	}
}

// A history that is not that of a queue is found.
func TestLinearizableFindsDisorder(t *testing.T) {
	history := record(2, 1)
	for i, op := range history {
		if in := op.Input.(operation); in.take && op.Output.(outcome).n > 0 {
			out := op.Output.(outcome)
			out.items = []int{-1}
			out.n = 1
			history[i].Output = out
			break
		}
	}
	if porcupine.CheckOperationsTimeout(fifo(2), history, 10*time.Second) != porcupine.Illegal {
		t.Error("an item that was never put was taken, and nobody noticed")
	}
}

func record(capacity int, seed uint64) (history []porcupine.Operation) {
	q := bounded.New(capacity, bounded.Rules[int]{})
	begin := time.Now()
	var mu sync.Mutex
	add := func(client int, in operation, call time.Duration, out outcome) {
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{
			ClientId: client, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(begin)),
		})
	}
	run := func(client int, step func(ctx context.Context, r *rand.Rand, i int) (operation, outcome)) {
		r := rand.New(rand.NewPCG(seed, uint64(client)))
		for i := range 12 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(200))*time.Microsecond)
			call := time.Since(begin)
			in, out := step(ctx, r, i)
			add(client, in, call, out)
			cancel()
		}
	}
	var wg sync.WaitGroup
	for client := range 3 {
		wg.Go(func() {
			run(client, func(ctx context.Context, r *rand.Rand, i int) (operation, outcome) {
				item := []int{client*100 + i}
				if r.IntN(3) == 0 {
					if q.TryPut(item[0]) {
						return operation{items: item}, outcome{n: 1}
					}
					return operation{items: item}, outcome{}
				}
				// PutAll of more than one item is more than one operation, when
				// it has to wait.
				n, err := q.PutAll(ctx, item)
				return operation{items: item}, outcome{n: n, err: err}
			})
		})
		wg.Go(func() {
			run(10+client, func(ctx context.Context, r *rand.Rand, _ int) (operation, outcome) {
				buf := make([]int, 1+r.IntN(3))
				n, err := q.TakeUpTo(ctx, buf)
				return operation{take: true, items: buf}, outcome{n: n, items: buf[:n], err: err}
			})
		})
	}
	wg.Wait()
	return history
}
