package actors_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/trace"
	"strings"
	"sync"
	"testing"

	xtrace "golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/flow/actors"
)

type teller struct{ n int }

func (*teller) Start(*actors.Context) error { return nil }

func (a *teller) Pay(c *actors.Context, n int) (int, error) {
	switch a.n += n; {
	case n == 3:
		panic("poison")
	case n == 4:
		runtime.Goexit()
	case n == 5:
		return 0, errors.New("refused")
	}
	runtime.Gosched()
	return a.n, nil
}

type paying interface {
	Pay(*actors.Context, int) (int, error)
}

// While a trace is recorded each piece of user code begins and ends in it, however
// it ends, and never two of one actor at once; and it is told where it stands.
func TestTraceTellsTheTurnsOfActors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var file bytes.Buffer
	if err := trace.Start(&file); err != nil {
		t.Skip("the test itself is being traced:", err)
	}
	tellers := actors.NewKind("teller", func() *teller { return new(teller) }, actors.Traits{})
	pay := actors.Method(tellers, "pay", (*teller).Pay)
	hidden := actors.NewKind("hidden", func() paying { return new(teller) }, actors.Traits{})
	payHidden := actors.Method(hidden, "pay", paying.Pay) // declared here
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for n := range 10 {
				_, _ = pay.Call(ctx, tellers.Ref(sys, "one"), n)
				_, _ = payHidden.Call(ctx, hidden.Ref(sys, "two"), n)
			}
		})
	}
	askers.Wait()
	if err := sys.Close(); err != nil {
		t.Error(err)
	}
	trace.Stop()

	doing := map[xtrace.GoID]string{}
	busy, begun, where := map[string]bool{}, map[string]int{}, map[string]int{}
	for log := range logs(t, &file) {
		g, text := log.g, log.Message
		switch log.Category {
		case "trivet.actor":
			_, name, _ := strings.Cut(text, " ")
			if doing[g] != "" || busy[name] {
				t.Errorf("%s begins, while its goroutine works for %q, and it is busy: %v", name, doing[g], busy[name])
			}
			doing[g], busy[name] = name, true
			begun[name]++
		case "trivet.handled":
			if doing[g] == "" {
				t.Errorf("%q ends what has not begun", text)
			}
			delete(busy, doing[g])
			delete(doing, g)
			file := text[strings.LastIndexAny(text, `/\`)+1:]
			file, _, _ = strings.Cut(file, ":")
			where[file]++
		}
	}
	if len(doing) > 0 || begun["teller/one"] < 40 || begun["hidden/two"] < 40 {
		t.Errorf("%v have not ended; %v have begun", doing, begun)
	}
	if where["recorded_test.go"] != 80 {
		t.Errorf("80 messages were handled, and they are at %v", where)
	}
}

type logged struct {
	xtrace.Log
	g xtrace.GoID
}

func logs(t *testing.T, file io.Reader) func(yield func(logged) bool) {
	return func(yield func(logged) bool) {
		r, err := xtrace.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		for {
			ev, err := r.ReadEvent()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if ev.Kind() == xtrace.EventLog && !yield(logged{ev.Log(), ev.Goroutine()}) {
				return
			}
		}
	}
}
