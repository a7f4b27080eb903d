package actors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/flow/scatter"
)

// The example's actor: a chat room. Its protocol is what others may send.
type Room interface {
	Join(*actors.Context, string) (int, error)
	Say(*actors.Context, Line) error
	Close(*actors.Context, time.Duration) error
	Shut(*actors.Context, actors.None) error
}

type Line struct{ Who, Text string }

var (
	Rooms = actors.NewKind("room", func() Room { return &room{members: map[string]bool{}} }, actors.Traits{
		Mailbox:  100,
		Overflow: trivet.Refuse, // a room that cannot keep up says so
	})
	Join  = actors.Method(Rooms, "join", Room.Join)
	Say   = actors.Action(Rooms, "say", Room.Say)
	Close = actors.Action(Rooms, "close", Room.Close)
	Shut  = actors.Action(Rooms, "shut", Room.Shut)
)

type room struct{ members map[string]bool }

func (r *room) Join(_ *actors.Context, who string) (int, error) {
	r.members[who] = true
	return len(r.members), nil
}

func (r *room) Say(_ *actors.Context, l Line) error {
	if !r.members[l.Who] {
		return errors.New("not in the room")
	}
	if l.Text == "" {
		panic("nothing to say")
	}
	fmt.Printf("%s: %s\n", l.Who, l.Text)
	return nil
}

func (r *room) Close(c *actors.Context, in time.Duration) error {
	Shut.After(c, in, actors.None{}) // a message to itself, later
	return nil
}

func (r *room) Shut(c *actors.Context, _ actors.None) error {
	c.Stop()
	return nil
}

// How do I make an actor, and talk to it? Call waits for the answer, Tell does not.
func Example() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{Name: "chat"})
	defer sys.Close()

	lobby, err := Rooms.Spawn(sys, "lobby")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(Join.Call(ctx, lobby, "alice"))
	fmt.Println(Say.Call(ctx, lobby, Line{"bob", "hi"}))
	Say.Tell(ctx, lobby, Line{"alice", "hello"})

	fmt.Println(sys.Stop(ctx)) // waits until all messages have been handled
	// Output:
	// 1 <nil>
	// not in the room
	// alice: hello
	// <nil>
}

// What happens to an actor whose method panics? It begins anew, and its mailbox is
// kept; the message is a dead letter.
func ExampleRules_deadLetters() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{DeadLetters: func(l actors.DeadLetter) {
		var p *trivet.PanicError
		fmt.Println(l.Op, "to", l.To, l.Message, errors.As(l.Err, &p))
	}})
	defer sys.Close()
	lobby, _ := Rooms.Spawn(sys, "lobby")

	Join.Call(ctx, lobby, "alice")
	fmt.Println(Say.Call(ctx, lobby, Line{Who: "alice"}))
	fmt.Println(Say.Call(ctx, lobby, Line{"alice", "hello"})) // the new room is empty
	// Output:
	// say to room:lobby {alice } true
	// actors: say to room:lobby: the method panicked: nothing to say
	// not in the room
}

// How do I have an actor that is always there? A grain has a name from the
// beginning; the first message makes it.
func ExampleKind_Ref() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()

	fmt.Println(Join.Call(ctx, Rooms.Ref(sys, "tea"), "alice"))
	fmt.Println(Join.Call(ctx, Rooms.Ref(sys, "tea"), "bob"))
	fmt.Println(sys.Stats().Actors)
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 1
}

// How do I use an actor as a stage of a pipeline, or as a shard of a scatter? A method of
// one actor is a step.
func ExampleOp_Step() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()

	tea, coffee := Rooms.Ref(sys, "tea"), Rooms.Ref(sys, "coffee")
	guests := pipeline.FromSlice([]string{"alice", "bob", "carol"})
	r := pipeline.Through(guests, pipeline.Stage{Name: "join"}, Join.Step(tea)).Run(ctx)
	for members := range r.All() {
		fmt.Println(members)
	}
	fmt.Println(r.Err())

	sum := func(r scatter.Replies[int]) (sum int, err error) {
		for _, members := range r.Good() {
			sum += members
		}
		return sum, nil
	}
	joinBoth := scatter.Gather(scatter.Rules{}, sum, scatter.Shards(Join.Step(tea), Join.Step(coffee))...)
	fmt.Println(joinBoth(ctx, "dave"))
	// Output:
	// 1
	// 2
	// 3
	// <nil>
	// 5 <nil>
}

// How do I stop an actor? What waits is handled, what comes later is refused.
func ExampleRef_Stop() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()

	lobby, _ := Rooms.Spawn(sys, "lobby")
	Join.Tell(ctx, lobby, "alice")
	Say.Tell(ctx, lobby, Line{"alice", "hello"})
	fmt.Println(lobby.Stop(ctx))
	fmt.Println(Say.Tell(ctx, lobby, Line{"alice", "is anybody there?"}))
	// Output:
	// alice: hello
	// <nil>
	// actors: say to room:lobby: it has been stopped
}

// How do I see where the time goes? Stats has, for each method, samples of how long a
// message has waited and how long the method took; Longest and Waits tell what is slow now.
func ExampleSystem_Stats() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()
	hall, _ := Printers.Spawn(sys, "hall")

	begun, paper := make(chan bool, 2), make(chan bool)
	Print.Tell(ctx, hall, Document{begun, paper})
	<-begun
	Print.Tell(ctx, hall, Document{begun, paper})
	fmt.Println(sys.Longest(3)) // who, how many wait, of how many
	close(paper)

	sys.Stop(ctx)
	s := sys.Stats()
	fmt.Println(s.Handled, "messages; measured:")
	for _, op := range s.Ops {
		fmt.Println(op.Kind, op.Op, op.Samples) // and op.Wait and op.Work, on average
	}
	// Output:
	// [{printer:hall 1 2}]
	// 2 messages; measured:
	// printer print 1
}
