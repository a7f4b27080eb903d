package actors_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/trivet-go/trivet/flow/actors"
)

// Guest greets others, and wants to know by whom it is greeted.
type Guest interface {
	Greet(*actors.Context, actors.Ref[Guest]) (string, error)
	GreetInPassing(*actors.Context, actors.Ref[Guest]) error
	Hello(*actors.Context, actors.Ref[Guest]) (string, error)
	Who(*actors.Context, actors.None) (string, error)
}

type guest struct{}

var (
	Guests         = actors.NewKind("guest", func() Guest { return guest{} }, actors.Traits{})
	Greet          = actors.Method(Guests, "greet", Guest.Greet)
	GreetInPassing = actors.Action(Guests, "greet in passing", Guest.GreetInPassing)
	Hello          = actors.Method(Guests, "hello", Guest.Hello)
	Who            = actors.Method(Guests, "who", Guest.Who)
)

// Greet waits for the answer, and can say nothing meanwhile.
func (guest) Greet(c *actors.Context, other actors.Ref[Guest]) (string, error) {
	return Hello.Call(c, other, actors.Self[Guest](c))
}

// GreetInPassing does not wait: the answer comes when no other message is handled.
func (guest) GreetInPassing(c *actors.Context, other actors.Ref[Guest]) error {
	return Hello.Go(c, other, actors.Self[Guest](c), func(c *actors.Context, answer string, err error) {
		fmt.Println(answer, err)
	})
}

func (guest) Hello(c *actors.Context, from actors.Ref[Guest]) (string, error) {
	name, err := Who.Call(c, from, actors.None{})
	return "hello, " + name, err
}

func (guest) Who(c *actors.Context, _ actors.None) (string, error) { return c.Name(), nil }

// How do I avoid a deadlock? Actors that would wait for each other in a circle get ErrCycle
// at once. Where one of them lets the answer come later, by Go, there is no circle.
func ExampleOp_Go() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()
	ann, _ := Guests.Spawn(sys, "ann")
	bob, _ := Guests.Spawn(sys, "bob")

	_, err := Greet.Call(ctx, ann, bob)
	var circle *actors.CycleError
	fmt.Println(errors.As(err, &circle), circle.Path)

	GreetInPassing.Tell(ctx, ann, bob)
	sys.Stop(ctx) // when all has been said
	// Output:
	// true [guest:bob guest:ann guest:bob]
	// hello, guest:ann <nil>
}
