package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Dispenser gives out numbers to people who wait for their turn.
type Dispenser interface {
	Next(*actors.Context, actors.None) (int, error)
}

type dispenser struct{ last int }

var (
	Dispensers = actors.NewKind("dispenser", func() Dispenser { return new(dispenser) }, actors.Traits{Idle: 100 * time.Millisecond})
	Next       = actors.Method(Dispensers, "next", Dispenser.Next)
)

func (d *dispenser) Next(*actors.Context, actors.None) (int, error) {
	d.last++
	return d.last, nil
}

// Snapshot and Restore make it a Keeper: without them a crash would begin at 1 again.
func (d *dispenser) Snapshot() ([]byte, error) { return json.Marshal(d.last) }
func (d *dispenser) Restore(data []byte) error { return json.Unmarshal(data, &d.last) }

// inTheHall is where the dispenser stands.
type inTheHall struct{}

func (inTheHall) Node(_, _ string) string { return "hall" }

// How do I test my actors under crashes and lost messages? In simulations: make the
// systems, a store that outlives them and a network that loses messages, let a node crash
// while others call it, and look whether what they were told can be true. The seed decides
// everything, so the one that an error names finds it again.
func ExampleSimulate() {
	for seed := range uint64(100) {
		err := actors.Simulate(seed, func(s *actors.Simulation) error {
			store := new(actors.Memory)
			network := s.Network(actors.Faults{Lose: 0.1, Twice: 0.1, Delay: 20 * time.Millisecond})
			start := func(name string) *actors.System {
				sys := s.System(actors.Rules{Store: store})
				sys.Join(actors.Node{Name: name, Network: network, Placement: inTheHall{}, Kinds: []actors.AnyKind{Dispensers}})
				return sys
			}
			hall, door := start("hall"), start("door")
			s.Go("power cuts", func(context.Context) {
				for range 5 {
					s.Sleep(time.Duration(s.Rand().Int64N(int64(200 * time.Millisecond))))
					s.Crash(hall)
					hall = start("hall")
				}
			})

			last := 0
			for range 20 {
				ctx, cancel := s.WithTimeout(s.Context(), 50*time.Millisecond)
				n, err := Next.Call(ctx, Dispensers.Ref(door, "tea"), actors.None{})
				cancel()
				switch {
				case err != nil: // nobody knows whether a number was drawn: then nobody has it
				case n <= last:
					return fmt.Errorf("number %d was given after number %d", n, last)
				default:
					last = n
				}
			}
			return nil
		})
		if err != nil {
			fmt.Println(err) // it names the seed
			return
		}
	}
	fmt.Println("no number was given twice, in a hundred runs")
	// Output: no number was given twice, in a hundred runs
}
