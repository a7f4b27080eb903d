package actors_test

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/flow/actors"
)

// Nodes says where grains are: here, that of the key.
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
		err := sys.Join(actors.Node{Name: name, Network: &network, Placement: Nodes{}, Kinds: []actors.AnyKind{Tills}})
		if err != nil {
			fmt.Println(err)
			return
		}
		systems[name] = sys
	}
	sum, err := Ring.Call(ctx, Tills.Ref(systems["a"], "b7"), 5) // b7 is on node b
	fmt.Println(sum, err)
	sum, err = Ring.Call(ctx, Tills.Ref(systems["b"], "b7"), 2)
	fmt.Println(sum, err)
	// Output:
	// 5 <nil>
	// 7 <nil>
}

var (
	Tills = actors.NewKind("till", func() Till { return new(till) }, actors.Traits{})
	Ring  = actors.Method(Tills, "ring", Till.Add)
)
