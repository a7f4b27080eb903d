package actors_test

import (
	"testing"

	"github.com/trivet-go/trivet/flow/actors"
)

// What does a Call to another node cost, without a network between them? from outside, and
// from an actor that waits.
func BenchmarkCallFar(b *testing.B) {
	var network actors.Loopback
	var far actors.Ref[Shop]
	var near actors.Ref[Broker]
	for _, name := range []string{"b", "a"} {
		sys := actors.New(background, actors.Rules{})
		defer sys.Close()
		err := sys.Join(actors.Node{Name: name, Network: &network, Placement: Nodes{}, Kinds: []actors.AnyKind{Shops, Brokers}})
		if err != nil {
			b.Fatal(err)
		}
		far, near = Shops.Ref(sys, "b7"), Brokers.Ref(sys, "a1")
	}
	b.Run("outside", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := Sell.Call(background, far, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("actor", func(b *testing.B) {
		b.ReportAllocs()
		if _, err := Broke.Call(background, near, Deal{far, b.N}); err != nil {
			b.Fatal(err)
		}
	})
}

// Broker asks a shop again and again.
type Broker interface {
	Deal(*actors.Context, Deal) (int, error)
}

type Deal struct {
	To actors.Ref[Shop]
	N  int
}

type broker struct{}

func (broker) Deal(c *actors.Context, d Deal) (sum int, err error) {
	for range d.N {
		if sum, err = Sell.Call(c, d.To, 1); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

var (
	Brokers = actors.NewKind("broker", func() Broker { return broker{} }, actors.Traits{})
	Broke   = actors.Method(Brokers, "deal", Broker.Deal)
)
