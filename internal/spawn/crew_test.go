package spawn_test

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

type member struct {
	crew *spawn.Crew
	run  func()
	then []*spawn.Crew // those that it works for after that
	end  chan error
}

func (m *member) Crew() *spawn.Crew { return m.crew }
func (m *member) End(err error)     { m.end <- err }

func (m *member) Run() bool {
	m.run()
	if len(m.then) == 0 {
		return false
	}
	m.crew, m.then = m.then[0], m.then[1:]
	return true
}

func TestCrewTellsHowAMemberEnded(t *testing.T) {
	var begun, ended int
	ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{
		TaskStart: func(trivet.TaskStartInfo) { begun++ },
		TaskEnd:   func(trivet.TaskEndInfo) { ended++ },
	})
	for _, ctx := range []context.Context{context.Background(), ctx} {
		m := &member{crew: spawn.NewCrew(ctx, "crew"), end: make(chan error)}
		main := func() { spawn.Do(m) }
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
	m := &member{crew: spawn.NewCrew(context.Background(), "crew"), run: func() {}, end: make(chan error)}
	main := func() { spawn.Do(m) }
	n := testing.AllocsPerRun(1000, func() {
		spawn.Again(main)
		<-m.end
	})
	if n != 0 {
		t.Errorf("%v allocations a start", n)
	}
}

// A goroutine that goes on for another crew carries the name of that one.
func TestGoroutineTakesTheNameOfTheCrewItWorksFor(t *testing.T) {
	ctx := context.Background()
	var names []string
	m := &member{crew: spawn.NewCrew(ctx, "one"), end: make(chan error)}
	m.then = []*spawn.Crew{spawn.NewCrew(ctx, "two"), spawn.NewCrew(ctx, ""), spawn.NewCrew(ctx, "three")}
	label := regexp.MustCompile(`labels: \{"trivet":"(.*)"\}`)
	m.run = func() {
		var text strings.Builder
		pprof.Lookup("goroutine").WriteTo(&text, 1)
		name := ""
		if found := label.FindStringSubmatch(text.String()); found != nil {
			name = found[1]
		}
		names = append(names, name)
	}
	spawn.Again(func() { spawn.Do(m) })
	if err := <-m.end; err != nil {
		t.Error(err)
	}
	if want := []string{"one", "two", "", "three"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
