package masterworker

import (
	"context"
	"testing"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

// The slot of a try that is lost may end at once. Even if it is the last one, it
// is not taken for the end of the worker: another slot is there before.
func TestLastSlotIsReplaced(t *testing.T) {
	ctx := context.Background()
	m, err := Open(ctx, Rules[int, int]{})
	if err != nil {
		t.Fatal(err)
	}
	c := &crew[int, int]{
		link: m, hooks: &trivet.Hooks{}, group: spawn.New(ctx, spawn.Rules{}),
		pulling: ctx, slots: 1, tries: map[Token]*try[int, int]{},
	}
	running := 0
	c.tries[7] = &try[int, int]{cancel: func(error) { running = c.group.Running() }}
	c.lose(7, ErrLost)
	if running != 1 {
		t.Errorf("%d other slots when the try was cancelled, want one", running)
	}
	if _, err := m.Drain(ctx); err != nil { // the other one waits for jobs
		t.Error(err)
	}
	if err := c.group.Wait(); err != nil {
		t.Error(err)
	}
}
