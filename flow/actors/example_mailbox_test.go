package actors_test

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

// Printer prints one document after the other.
type Printer interface {
	Print(*actors.Context, Document) error
}

// A Document is printed as soon as there is paper.
type Document struct {
	Begun chan<- bool
	Paper <-chan bool
}

type printer struct{}

var (
	Printers = actors.NewKind("printer", func() Printer { return printer{} }, actors.Traits{
		Mailbox:  2,
		Overflow: trivet.Refuse,
	})
	Print = actors.Action(Printers, "print", Printer.Print)
)

func (printer) Print(_ *actors.Context, d Document) error {
	d.Begun <- true
	<-d.Paper
	return nil
}

// How do I limit how much waits for an actor? Its kind says how long the mailbox is, and
// what a full one does: here it refuses.
func ExampleTraits() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()
	hall, _ := Printers.Spawn(sys, "hall")

	begun, paper := make(chan bool, 3), make(chan bool)
	Print.Tell(ctx, hall, Document{begun, paper})
	<-begun // it prints that one, and has no paper
	for range 3 {
		fmt.Println(Print.Tell(ctx, hall, Document{begun, paper}))
	}
	close(paper)
	// Output:
	// <nil>
	// <nil>
	// actors: print to printer:hall: its mailbox is full
}
