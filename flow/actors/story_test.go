package actors_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// A story says what happened, and changes nothing.
func TestStory(t *testing.T) {
	run := func(story *strings.Builder) (trace uint64) {
		err := actors.Simulate(3, func(s *actors.Simulation) error {
			if story != nil {
				s.Story(story)
			}
			network := s.Network(actors.Faults{Lose: 0.3, Twice: 0.3, Delay: time.Millisecond})
			start := func(name string) *actors.System {
				sys := s.System(actors.Rules{})
				sys.Join(actors.Node{Name: name, Network: network, Placement: inTheHall{}, Kinds: []actors.AnyKind{Dispensers}})
				return sys
			}
			hall, door := start("hall"), start("door")
			for range 20 {
				ctx, cancel := s.WithTimeout(s.Context(), 20*time.Millisecond)
				Next.Call(ctx, Dispensers.Ref(door, "d"), actors.None{})
				cancel()
			}
			s.Crash(hall)
			ctx, cancel := s.WithTimeout(context.Background(), time.Second)
			defer cancel()
			Next.Call(ctx, Dispensers.Ref(door, "d"), actors.None{})
			trace = s.Trace()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return trace
	}
	var first, second strings.Builder
	silent, told := run(nil), run(&first)
	run(&second)
	if silent != told || first.String() != second.String() {
		t.Error(silent, told, first.String(), second.String())
	}
	for _, want := range []string{"hall  dispenser/d takes next {}", "hall  crashes", "a message that is lost", "a message that comes twice"} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("nothing of %q in\n%s", want, first.String())
		}
	}
}
