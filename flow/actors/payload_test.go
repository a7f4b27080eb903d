package actors_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/trivet-go/trivet/flow/actors"
)

// Clerk is a protocol whose answers are too large to lie in a message.
type Clerk interface {
	File(*actors.Context, string) (Card, error)
}

type Card struct {
	Title string
	Words map[string]int
}

type clerk struct{}

var (
	Clerks = actors.NewKind("clerk", func() Clerk { return clerk{} }, actors.Traits{})
	File   = actors.Method(Clerks, "file", Clerk.File)
)

func (clerk) File(_ *actors.Context, text string) (Card, error) {
	if text == "" {
		panic("no text")
	}
	return Card{text, map[string]int{text: 1}}, nil
}

// A message that is not handled has the zero value for an answer, whatever its type.
func TestNoAnswerOfAnyType(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		anna, _ := Clerks.Spawn(sys, "anna")
		if card, err := File.Call(background, anna, "a"); card.Title != "a" || card.Words["a"] != 1 || err != nil {
			t.Error(card, err)
		}
		if card, err := File.Call(background, anna, ""); card.Title != "" || card.Words != nil || !errors.Is(err, actors.ErrPanicked) {
			t.Error(card, err)
		}
		if err := anna.Stop(background); err != nil {
			t.Error(err)
		}
		if card, err := File.Call(background, anna, "a"); card.Words != nil || !errors.Is(err, actors.ErrStopped) {
			t.Error(card, err)
		}
		bert, _ := Clerks.Spawn(sys, "bert")
		var later error // of an answer that comes by Go
		err := Do.Call(background, spawn(t, sys, "asker"), func(c *actors.Context, _ *account) error {
			return File.Go(c, bert, "", func(_ *actors.Context, _ Card, err error) { later = err })
		})
		if synctest.Wait(); err != nil || !errors.Is(later, actors.ErrPanicked) {
			t.Error(err, later)
		}
	})
}
