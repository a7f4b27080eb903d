package actors_test

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Crew is an actor that has children, and hears of their end.
type Crew interface {
	Hire(*actors.Context, string) (actors.Ref[Hand], error)
	Lost(*actors.Context, actors.Down) error
}

// Hand is one of them.
type Hand interface {
	Work(*actors.Context, int) (int, error)
}

type crew struct{}

type hand struct{ done int }

var (
	Crews = actors.NewKind("crew", func() Crew { return crew{} }, actors.Traits{
		Supervision: actors.Supervision{Strategy: actors.OneForOne, Restarts: 3, Within: time.Minute},
	})
	Hire = actors.Method(Crews, "hire", Crew.Hire)
	Lost = actors.Action(Crews, "lost", Crew.Lost)

	Hands = actors.NewKind("hand", func() Hand { return new(hand) }, actors.Traits{})
	Work  = actors.Method(Hands, "work", Hand.Work)
)

func (crew) Hire(c *actors.Context, name string) (actors.Ref[Hand], error) {
	ref, err := Hands.Spawn(c, name) // a child: it ends when its parent does
	if err == nil {
		actors.Watch(c, ref, Lost)
	}
	return ref, err
}

func (crew) Lost(_ *actors.Context, d actors.Down) error {
	fmt.Println(d.Who, "is gone:", d.Why)
	return nil
}

func (h *hand) Work(_ *actors.Context, n int) (int, error) {
	if n < 0 {
		panic("cannot do less than nothing")
	}
	h.done += n
	return h.done, nil
}

// How do actors look after others? An actor that is made by another one is its
// child. When it fails the parent's kind says who begins anew; when it ends, whoever
// watches it is told.
func ExampleWatch() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()

	boss, _ := Crews.Spawn(sys, "boss")
	ann, _ := Hire.Call(ctx, boss, "ann")
	fmt.Println(Work.Call(ctx, ann, 5))
	fmt.Println(Work.Call(ctx, ann, -1))
	fmt.Println(Work.Call(ctx, ann, 2)) // ann has begun anew

	ann.Stop(ctx)
	Hire.Call(ctx, boss, "bob") // the boss has heard of ann before
	// Output:
	// 5 <nil>
	// 0 actors: work to hand:ann: the method panicked: cannot do less than nothing
	// 2 <nil>
	// hand:ann is gone: <nil>
}
