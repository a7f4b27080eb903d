//go:build linux

package overlay_test

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/overlay"
)

var (
	update = flag.Bool("update", false, "write the lists in known/ anew")
	all    = flag.Bool("all", false, "build with every listed Go release and in every way: minutes, the first time")
)

// scratch is a directory for the whole run of the tests.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if scratch, err = os.MkdirTemp("", "overlay-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(scratch)
	os.Exit(status)
}

// release is a Go under test.
type release struct {
	tool overlay.Toolchain
	env  []string
	// made is the overlay, in the user's cache directory: the build cache knows
	// its files from the last run.
	made *overlay.Overlay
}

// use finds a Go by its GOTOOLCHAIN name, "" being the one that runs the test,
// and skips the test where it cannot be had.
func use(t *testing.T, name string, env ...string) release {
	t.Helper()
	r := release{env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")}
	r.env = append(r.env, env...)
	if name != "" {
		r.env = append(r.env, "GOTOOLCHAIN="+name)
	}
	var err error
	if r.tool, err = overlay.Find(t.Context(), ".", r.env); err != nil {
		if name != "" {
			t.Skipf("%s cannot be had here: %v", name, err)
		}
		t.Fatal(err)
	}
	if r.made, err = overlay.Generate(t.Context(), r.tool, ""); err != nil {
		t.Fatal(err)
	}
	return r
}

// build builds the program of a directory and returns the binary.
func (r release) build(t *testing.T, dir string, args ...string) string {
	t.Helper()
	bin := filepath.Join(scratch, strings.ReplaceAll(t.Name(), "/", "-"))
	r.command(t, dir, append([]string{"build", "-o", bin, "-overlay", r.made.File}, args...)...)
	if err := overlay.Verify(bin); err != nil {
		t.Fatal(err)
	}
	return bin
}

func (r release) command(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), r.made.Go, args...)
	cmd.Dir, cmd.Env = dir, append(r.env, r.made.Env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// prog is testdata/prog built by the running Go, once for all tests.
func prog(t *testing.T) string {
	t.Helper()
	progOnce.Do(func() { progBin = use(t, "").build(t, "testdata/prog") })
	if progBin == "" {
		t.Skip("the program could not be built: see the first test")
	}
	return progBin
}

var (
	progOnce sync.Once
	progBin  string
)

// A result is how a run ended.
type result struct {
	stdout, stderr string
	status         int // 128 + number for a signal
	file           string
}

// record runs a program and records it into a file.
func record(t *testing.T, bin string, r overlay.Recording, args ...string) result {
	t.Helper()
	return recordUntil(t, bin, r, nil, args...)
}

// recordUntil calls ready, if it is not nil, when the program has printed that
// word.
func recordUntil(t *testing.T, bin string, r overlay.Recording, ready func(*os.Process), args ...string) result {
	t.Helper()
	r.File = cmp.Or(r.File, filepath.Join(t.TempDir(), "file.trace"))
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Env = append(os.Environ(), overlay.EnvName+"="+overlay.Env(r))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var err error
	if ready == nil {
		err = cmd.Run()
	} else {
		err = runUntil(cmd, &stdout, ready)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	res := result{stdout: stdout.String(), stderr: stderr.String(), file: r.File}
	if w := cmd.ProcessState.Sys().(syscall.WaitStatus); w.Signaled() {
		res.status = 128 + int(w.Signal())
	} else {
		res.status = w.ExitStatus()
	}
	return res
}

// runUntil runs a command and calls ready once its output has said so.
func runUntil(cmd *exec.Cmd, stdout *bytes.Buffer, ready func(*os.Process)) error {
	w := &watch{to: stdout, seen: make(chan struct{})}
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-w.seen:
		ready(cmd.Process)
		return <-ended
	case err := <-ended:
		return err
	}
}

// watch closes seen when "ready" has been written.
type watch struct {
	to   *bytes.Buffer
	seen chan struct{}
	done bool
}

func (w *watch) Write(p []byte) (int, error) {
	w.to.Write(p)
	if !w.done && bytes.Contains(w.to.Bytes(), []byte("ready\n")) {
		w.done = true
		close(w.seen)
	}
	return len(p), nil
}

// An event is one that the overlay logged.
type event struct {
	kind    string
	address uint64
	arg     uint16
	frames  []trace.StackFrame
}

// read is all events of a recording that the overlay logged. The error is the
// trace reader's.
func read(file string) ([]event, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := trace.NewReader(f)
	if err != nil {
		return nil, err
	}
	var events []event
	for {
		ev, err := r.ReadEvent()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		if ev.Kind() != trace.EventLog || ev.Log().Message != overlay.Message {
			continue
		}
		e := event{kind: ev.Log().Category}
		e.address, e.arg = overlay.Split(uint64(ev.Log().Task))
		for frame := range ev.Stack().Frames() {
			e.frames = append(e.frames, frame)
		}
		events = append(events, e)
	}
}

// complete is the events of a recording that must be whole: the trace ends in
// good order and shows the last thing that the program did.
func complete(t *testing.T, r result) []event {
	t.Helper()
	events, err := read(r.file)
	if err != nil {
		t.Fatalf("the recording is not complete: %v", err)
	}
	checkTold(t, r.stdout, events)
	return events
}

// checkTold compares what the program says of its objects with the events.
func checkTold(t *testing.T, stdout string, events []event) {
	t.Helper()
	told := map[uint64]string{}
	for line := range strings.Lines(stdout) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(f) < 3 || !strings.HasPrefix(f[1], "0x") {
			continue
		}
		address, err := strconv.ParseUint(f[1], 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		told[address] = f[0] + " " + f[2] // the last word on an object counts
	}
	if len(told) == 0 {
		t.Fatalf("the program told nothing:\n%s", stdout)
	}
	for address, line := range told {
		checkObject(t, line, address, events)
	}
}

// begins are the kinds of Recording.Before, which have no place in the told
// counts.
var begins = map[string]bool{
	overlay.LockBegin: true, overlay.RLockBegin: true, overlay.WLockBegin: true, overlay.SendBegin: true,
	overlay.RecvBegin: true, overlay.WaitBegin: true, overlay.OnceBegin: true,
}

func checkObject(t *testing.T, line string, address uint64, events []event) {
	t.Helper()
	got := map[string]int{}
	sum := 0
	for _, e := range events {
		if e.address == address && e.kind != overlay.Sleep && !begins[e.kind] {
			got[e.kind]++
		}
		if e.address == address && e.kind == overlay.WaitGroupAdd {
			sum += int(e.arg) - 32768
		}
	}
	name, words, _ := strings.Cut(line, " ")
	for word := range strings.FieldsSeq(words) {
		key, text, _ := strings.Cut(word, "=")
		want, _ := strconv.Atoi(text)
		have := got[key]
		switch key {
		case "attempts":
			have = got[overlay.Lock] + got[overlay.TryFailed]
		case "buffered":
			have = got[overlay.Send] - got[overlay.Recv]
		case "sum":
			have = sum
		}
		if have != want {
			t.Errorf("%s: %s is %d, the program says %d", name, key, have, want)
		}
	}
	for kind := range got {
		if !strings.Contains(" "+words, " "+kind+"=") {
			t.Errorf("%s: %d events %s, the program says none", name, got[kind], kind)
		}
	}
}
