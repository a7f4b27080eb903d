package actors_test

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/flow/actors"
)

// Shop counts what it has sold.
type Shop interface {
	Sell(*actors.Context, int) (int, error)
}

type shop struct{ sold int }

var (
	Shops = actors.NewKind("shop", func() Shop { return new(shop) }, actors.Traits{})
	Sell  = actors.Method(Shops, "sell", Shop.Sell)
)

func (s *shop) Sell(_ *actors.Context, n int) (int, error) {
	s.sold += n
	return s.sold, nil
}

// Nodes says on which node a grain is: here its key begins with that.
type Nodes struct{}

func (Nodes) Node(_, key string) string { return key[:1] }

// How do I reach actors on other nodes? Each system joins a Network under a name; what is
// sent to an actor goes to where that is. Loopback is a Network within the process.
func ExampleSystem_Join() {
	ctx := context.Background()
	var network actors.Loopback
	systems := map[string]*actors.System{}
	for _, name := range []string{"a", "b"} {
		sys := actors.New(ctx, actors.Rules{})
		defer sys.Close()
		err := sys.Join(actors.Node{Name: name, Network: &network, Placement: Nodes{}, Kinds: []actors.AnyKind{Shops}})
		if err != nil {
			fmt.Println(err)
			return
		}
		systems[name] = sys
	}
	sold, err := Sell.Call(ctx, Shops.Ref(systems["a"], "b7"), 5) // b7 is on node b
	fmt.Println(sold, err)
	sold, err = Sell.Call(ctx, Shops.Ref(systems["b"], "b7"), 2)
	fmt.Println(sold, err)
	// Output:
	// 5 <nil>
	// 7 <nil>
}
