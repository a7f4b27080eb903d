package spawn_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

type member struct {
	run func()
	end chan error
}

func (m *member) Run()          { m.run() }
func (m *member) End(err error) { m.end <- err }

func TestCrewTellsHowAMemberEnded(t *testing.T) {
	var begun, ended int
	ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
		TaskStart: func(trivet.TaskStartInfo) { begun++ },
		TaskEnd:   func(trivet.TaskEndInfo) { ended++ },
	})
	for _, ctx := range []context.Context{context.Background(), ctx} {
		m := &member{end: make(chan error)}
		crew := spawn.NewCrew(ctx, "crew")
		main := func() { crew.Do(m) }
		start := func(f func()) error {
			m.run = f
			spawn.Again(main)
			return <-m.end
		}
		if err := start(func() {}); err != nil {
			t.Error(err)
		}
		if err := start(runtime.Goexit); !errors.Is(err, trivet.ErrGoexit) {
			t.Error(err)
		}
		var p *trivet.PanicError
		if err := start(func() { panic("poison") }); !errors.As(err, &p) || p.Value != "poison" {
			t.Error(err)
		}
	}
	if begun != 3 || ended != 3 {
		t.Errorf("%d begun, %d ended: want 3", begun, ended)
	}
}

func TestCrewStartsAgainWithoutAllocation(t *testing.T) {
	m := &member{run: func() {}, end: make(chan error)}
	crew := spawn.NewCrew(context.Background(), "crew")
	main := func() { crew.Do(m) }
	n := testing.AllocsPerRun(1000, func() {
		spawn.Again(main)
		<-m.end
	})
	if n != 0 {
		t.Errorf("%v allocations a start", n)
	}
}
