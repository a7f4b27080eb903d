//go:build linux

package overlay_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/internal/overlay"
)

// TestWays builds in the ways that a user's program may be built in.
func TestWays(t *testing.T) {
	tests := []struct {
		name, dir, args string
		slow            bool
		env             string
		status          int
	}{
		{name: "stripped", dir: "prog", args: "-trimpath -ldflags=-s"},
		{name: "vendor, generics and tags", dir: "ways/vendored", args: "-tags=many"},
		{name: "workspace", dir: "ways/workspace/a", env: "GOWORK="},
		{name: "race", dir: "prog", args: "-race", slow: true},
		{name: "cgo", dir: "ways/cgo", slow: true, status: 4},
		{name: "position independent", dir: "prog", args: "-buildmode=pie", slow: true},
		{name: "coverage", dir: "prog", args: "-cover -coverpkg=./...", slow: true},
		{name: "no optimisation", dir: "prog", args: "-gcflags=all=-N", slow: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.slow && !*all {
				t.Skip("only with -all")
			}
			if _, err := exec.LookPath("gcc"); err != nil && (tt.name == "race" || tt.name == "cgo") {
				t.Skip("needs a C compiler: ", err)
			}
			r := use(t, "")
			r.env = append(r.env, "CGO_ENABLED=1", tt.env)
			bin := r.build(t, filepath.Join("testdata", tt.dir), strings.Fields(tt.args)...)
			got := record(t, bin, overlay.Recording{}, "count")
			if got.status != tt.status {
				t.Fatalf("status %d, not %d\n%s", got.status, tt.status, got.stderr)
			}
			complete(t, got)
		})
	}
}

// The events of a benchmark's timer must frame exactly the measured part of the
// last call.
func TestBenchmarkWindows(t *testing.T) {
	r := use(t, "")
	bin := filepath.Join(scratch, "bench.test")
	r.command(t, "testdata/ways/bench", "test", "-c", "-o", bin, "-overlay", r.made.File)
	if err := overlay.Verify(bin); err != nil {
		t.Fatal(err)
	}
	const n = 50
	for _, name := range []string{"BenchmarkN", "BenchmarkLoop", "BenchmarkStopped"} {
		got := record(t, bin, overlay.Recording{}, "-test.run=^$", "-test.bench=^"+name+"$", "-test.benchtime=50x")
		events, err := read(got.file)
		if err != nil || got.status != 0 {
			t.Fatalf("%s: status %d, %v\n%s", name, got.status, err, got.stdout)
		}
		if locks := window(events); locks != n {
			t.Errorf("%s: %d locks in the window of the last call, not %d", name, locks, n)
		}
	}
}

// window counts the benchmark's locks while the timer was on, since its last
// reset.
func window(events []event) int {
	locks, on := 0, false
	for _, e := range events {
		switch {
		case e.kind == overlay.BenchReset:
			locks = 0
		case e.kind == overlay.BenchStart:
			on = true
		case e.kind == overlay.BenchStop:
			on = false
		case e.kind == overlay.Lock && on && in(e, "bench.Benchmark"):
			locks++
		}
	}
	return locks
}

// A test binary that starts its own trace gets the events in it.
func TestEventsInATestsOwnTrace(t *testing.T) {
	r := use(t, "")
	bin := filepath.Join(scratch, "own.test")
	r.command(t, "testdata/ways/bench", "test", "-c", "-o", bin, "-overlay", r.made.File)
	file := filepath.Join(t.TempDir(), "own.trace")
	cmd := exec.Command(bin, "-test.run=TestLock", "-test.trace="+file)
	cmd.Env = append(cmd.Environ(), overlay.EnvName+"="+overlay.Env(overlay.Recording{Events: true}))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	events, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.kind == overlay.Lock && in(e, "bench.TestLock") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d locks of the test, not 1", n)
	}
}

// An hour in a synctest bubble takes no time: it must not look like a sleep.
func TestSleepsInABubble(t *testing.T) {
	r := use(t, "")
	bin := filepath.Join(scratch, "bubble.test")
	r.command(t, "testdata/ways/bench", "test", "-c", "-o", bin, "-overlay", r.made.File)
	got := record(t, bin, overlay.Recording{}, "-test.run=TestBubble")
	events, err := read(got.file)
	if err != nil || got.status != 0 {
		t.Fatalf("status %d, %v\n%s", got.status, err, got.stdout)
	}
	var slept []uint64
	for _, e := range events {
		if e.kind == overlay.Sleep && in(e, "bench.TestBubble") {
			slept = append(slept, e.address)
		}
	}
	if len(slept) != 1 || slept[0] != 1000 {
		t.Errorf("slept %d ns, want the microsecond only", slept)
	}
}
