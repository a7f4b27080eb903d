package actors_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/trivet-go/trivet/flow/actors"
)

// Poll counts votes.
type Poll interface {
	Vote(*actors.Context, int) (int, error)
}

type poll struct{ votes int }

var (
	Polls = actors.NewKind("poll", func() Poll { return new(poll) }, actors.Traits{})
	Vote  = actors.Method(Polls, "vote", Poll.Vote)
)

func (p *poll) Vote(_ *actors.Context, n int) (int, error) {
	p.votes += n
	return p.votes, nil
}

// Snapshot and Restore make it a Keeper.
func (p *poll) Snapshot() ([]byte, error) { return json.Marshal(p.votes) }
func (p *poll) Restore(data []byte) error { return json.Unmarshal(data, &p.votes) }

// How do I have a grain go on where it was? Its state is a Keeper, and the system has a
// Store: here one in memory, engine/bolt has one in a file. What a caller has been told was
// written before.
func ExampleKeeper() {
	ctx := context.Background()
	store := new(actors.Memory)
	for range 2 { // the program ends, and is started again
		sys := actors.New(ctx, actors.Rules{Store: store})
		fmt.Println(Vote.Call(ctx, Polls.Ref(sys, "lunch"), 5))
		sys.Close()
	}
	// Output:
	// 5 <nil>
	// 10 <nil>
}
