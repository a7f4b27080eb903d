package spawn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/spawn"
)

type lone struct {
	run func(context.Context) error
	end func(error)
}

func (l lone) Run(ctx context.Context) error { return l.run(ctx) }
func (l lone) End(err error)                 { l.end(err) }

// run runs f by spawn.Go and returns what end gets.
func run(ctx context.Context, f func(context.Context) error) error {
	ended := make(chan error)
	spawn.Go(ctx, "lone", lone{f, func(err error) { ended <- err }})
	return <-ended
}

func TestGo(t *testing.T) {
	done, cancel := context.WithCancelCause(context.Background())
	cancel(fs.ErrExist)
	for _, c := range []struct {
		name string
		ctx  context.Context
		f    func(context.Context) error
		want error
	}{
		{"nil", context.Background(), func(context.Context) error { return nil }, nil},
		{"error", context.Background(), func(context.Context) error { return io.EOF }, io.EOF},
		{"Goexit", context.Background(), func(context.Context) error { runtime.Goexit(); return nil }, trivet.ErrGoexit},
		{"panic", context.Background(), func(context.Context) error { panic(fs.ErrInvalid) }, fs.ErrInvalid},
		{"cancelled", done, func(context.Context) error { t.Error("f ran"); return nil }, fs.ErrExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if err := run(c.ctx, c.f); !errors.Is(err, c.want) {
					t.Errorf("end got %v, want %v", err, c.want)
				}
			})
		})
	}
}

// The label is on the task's goroutine while it runs, and on no other.
func TestLabels(t *testing.T) {
	labelled := func() int {
		var text bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&text, 1)
		return strings.Count(text.String(), `"trivet":"soup/stir"`)
	}
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{Name: "soup"})
		g.Start(spawn.Task{Name: "soup/stir", Run: func(ctx context.Context) error {
			if name, _ := pprof.Label(ctx, "trivet"); name != "soup/stir" || labelled() != 1 {
				t.Errorf("label %q in the context, %d goroutines", name, labelled())
			}
			return nil
		}})
		err := g.Wait()
		synctest.Wait() // until the goroutine is gone
		if n := labelled(); err != nil || n != 0 {
			t.Errorf("%v, %d goroutines", err, n)
		}
	})
}

func TestRegion(t *testing.T) {
	var recording bytes.Buffer
	if err := trace.Start(&recording); err != nil {
		t.Skip(err)
	}
	g := spawn.New(context.Background(), spawn.Rules{Name: "soup-in-the-trace"})
	g.Go(func(context.Context) error { return nil })
	g.Wait()
	trace.Stop()
	if !bytes.Contains(recording.Bytes(), []byte("soup-in-the-trace")) {
		t.Error("the trace does not have the name")
	}
}

// A crash cannot be judged in process: each of these is run in a child.
var crashes = map[string]func(){
	"nobody waits": func() {
		g := spawn.New(context.Background(), spawn.Rules{Name: "kitchen"})
		g.Go(breakPlates)
		select {} // the timer keeps the runtime from calling it a deadlock
	},
	"nobody waits in a bubble": func() {
		testing.Init()
		testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "T", F: func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := spawn.New(context.Background(), spawn.Rules{Name: "kitchen"})
				g.Go(breakPlates)
				<-make(chan int)
			})
		}}}, nil, nil)
	},
	"too late for the join": func() {
		g := spawn.New(context.Background(), spawn.Rules{Name: "kitchen", Grace: time.Millisecond})
		g.Go(func(ctx context.Context) error { time.Sleep(50 * time.Millisecond); return breakPlates(ctx) })
		time.Sleep(10 * time.Millisecond)
		g.Cancel(io.EOF)
		fmt.Fprintln(os.Stderr, "Wait:", g.Wait())
		select {}
	},
	"raised and not recovered": func() {
		g := spawn.New(context.Background(), spawn.Rules{Name: "kitchen"})
		g.Go(breakPlates)
		g.Wait()
	},
}

func TestMain(m *testing.M) {
	if f := crashes[os.Getenv("SPAWN_CRASH")]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestCrashes(t *testing.T) {
	for name := range crashes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			child := exec.CommandContext(ctx, os.Args[0])
			child.Env = append(os.Environ(), "SPAWN_CRASH="+name)
			output, err := child.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("child ended with %v, want exit status 2", err)
			}
			for _, want := range []string{"panic: no plates", "stack of the task:", "spawn_test.breakPlates("} {
				if !strings.Contains(string(output), want) {
					t.Errorf("output lacks %q:\n%s", want, output)
				}
			}
		})
	}
}

// A panic that is claimed in time does not crash, however long the owner
// works on before it waits.
func TestClaimedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(breakPlates)
		time.Sleep(spawn.ClaimWithin - 1)
		caught(t, func() { g.Wait() })
		time.Sleep(time.Hour)
	})
}
