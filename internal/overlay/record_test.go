//go:build linux

package overlay_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/overlay"
)

func TestCountsAreExact(t *testing.T) {
	for _, cores := range []string{"1", "2"} {
		t.Run("GOMAXPROCS="+cores, func(t *testing.T) {
			bin := prog(t)
			t.Setenv("GOMAXPROCS", cores)
			r := record(t, bin, overlay.Recording{}, "count")
			if r.status != 0 {
				t.Fatalf("status %d\n%s", r.status, r.stderr)
			}
			events := complete(t, r)
			checkArguments(t, events)
		})
	}
}

// checkArguments looks at those events of the program whose argument says more
// than the counts do.
func checkArguments(t *testing.T, events []event) {
	t.Helper()
	tries, slept := 0, 0
	capacities := map[uint16]bool{}
	for _, e := range events {
		switch {
		case !in(e, "main."):
		case e.kind == overlay.Send && in(e, "main.channels"):
			capacities[e.arg] = true
		case e.kind == overlay.WLock && e.arg == 1:
			tries++
		case e.kind == overlay.Sleep:
			slept++
			if e.address != 1234567 {
				t.Errorf("slept %d ns, not 1234567", e.address)
			}
		}
	}
	if want := map[uint16]bool{0: true, 5: true, 7: true}; !maps.Equal(capacities, want) {
		t.Errorf("sends to channels of capacities %v, not %v", capacities, want)
	}
	if tries != 1 || slept != 1 {
		t.Errorf("%d write locks by TryLock and %d sleeps, not 1 and 1", tries, slept)
	}
}

// in tells whether a function with this prefix stands in the event's stack.
func in(e event, prefix string) bool {
	for _, f := range e.frames {
		if strings.HasPrefix(f.Func, prefix) {
			return true
		}
	}
	return false
}

func TestEachAttemptHasItsResult(t *testing.T) {
	events := complete(t, record(t, prog(t), overlay.Recording{Before: true}, "count"))
	tests := []struct {
		where, begin string
		results      []string
	}{
		{"main.locks", overlay.LockBegin, []string{overlay.Lock}},
		{"main.rwlocks", overlay.RLockBegin, []string{overlay.RLock}},
		{"main.rwlocks", overlay.WLockBegin, []string{overlay.WLock}},
		{"main.groups", overlay.WaitBegin, []string{overlay.WaitGroupWait}},
		{"main.onces", overlay.OnceBegin, []string{overlay.OnceEnd}},
		{"main.channels", overlay.SendBegin, []string{overlay.Send}},
		{"main.channels", overlay.RecvBegin, []string{overlay.Recv, overlay.RecvClosed}},
	}
	for _, tt := range tests {
		begun, done := 0, 0
		for _, e := range events {
			byTry := e.arg == 1 && (e.kind == overlay.Lock || e.kind == overlay.RLock || e.kind == overlay.WLock)
			switch {
			case !in(e, tt.where) || byTry:
			case e.kind == tt.begin:
				begun++
			case slices.Contains(tt.results, e.kind):
				done++
			}
		}
		if begun == 0 || begun != done {
			t.Errorf("%s: %d events %s, %d %v", tt.where, begun, tt.begin, done, tt.results)
		}
	}
	selects := 0
	for _, e := range events {
		if e.kind == overlay.SelectBegin && in(e, "main.selects") {
			selects++
		}
	}
	if selects != 1 {
		t.Errorf("%d selects that can block, not 1", selects)
	}
}

func TestEndings(t *testing.T) {
	ended := func(mode string, status int, stderr string) {
		t.Run(mode, func(t *testing.T) {
			r := record(t, prog(t), overlay.Recording{}, mode)
			if r.status != status {
				t.Errorf("status %d, not %d", r.status, status)
			}
			if !strings.HasPrefix(r.stderr, stderr) || stderr == "" && r.stderr != "" {
				t.Errorf("stderr is\n%s\nnot %s", r.stderr, stderr)
			}
			complete(t, r)
		})
	}
	ended("return", 0, "")
	ended("exit", 3, "")
	ended("goexit", 4, "")
	ended("panic", 2, "panic: the message\n")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run("killed by "+sig.String(), func(t *testing.T) {
			r := recordUntil(t, prog(t), overlay.Recording{}, func(p *os.Process) { p.Signal(sig) }, "killed")
			if r.status != 128+int(sig) {
				t.Errorf("status %d, not death by signal %d", r.status, sig)
			}
			complete(t, r)
		})
	}
	t.Run("killed while it computes", func(t *testing.T) {
		t.Setenv("GOMAXPROCS", "1")
		r := recordUntil(t, prog(t), overlay.Recording{}, func(p *os.Process) { p.Signal(syscall.SIGTERM) }, "spin")
		if r.status != 128+int(syscall.SIGTERM) {
			t.Errorf("status %d, not death by SIGTERM", r.status)
		}
		complete(t, r)
	})
	t.Run("deadlock after the recording", func(t *testing.T) {
		r := record(t, prog(t), overlay.Recording{For: 100 * time.Millisecond}, "asleep")
		if r.status != 2 || !strings.HasPrefix(r.stderr, "fatal error: all goroutines are asleep") {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
		complete(t, r)
	})
	t.Run("signal handled", func(t *testing.T) {
		r := recordUntil(t, prog(t), overlay.Recording{}, func(p *os.Process) { p.Signal(syscall.SIGINT) }, "handled")
		if r.status != 130 {
			t.Errorf("status %d, not the program's own 130", r.status)
		}
		complete(t, r)
	})
	t.Run("after a time", func(t *testing.T) {
		r := record(t, prog(t), overlay.Recording{For: 100 * time.Millisecond}, "busy")
		if r.status != 0 || !strings.Contains(r.stdout, "outlived") {
			t.Errorf("status %d, stdout %s", r.status, r.stdout)
		}
		complete(t, r)
	})
}

func TestOwnRegionsAreRecorded(t *testing.T) {
	r := record(t, prog(t), overlay.Recording{}, "region")
	complete(t, r)
	f, err := os.Open(r.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := trace.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		ev, err := in.ReadEvent()
		if err != nil {
			t.Fatalf("no region begins: %v", err)
		}
		if ev.Kind() == trace.EventRegionBegin && ev.Region().Type == "the region" {
			return
		}
	}
}

func TestAFullDiskStopsOnlyTheRecording(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full: ", err)
	}
	for _, mode := range []string{"count", "busy"} {
		r := record(t, prog(t), overlay.Recording{File: "/dev/full"}, mode)
		if r.status != 0 || r.stderr != "trivet: recording stopped: writing /dev/full: errno 28\n" {
			t.Errorf("%s: status %d, stderr %s", mode, r.status, r.stderr)
		}
	}
}

// When the disk fills up in the middle, what is on it must be readable: whole
// batches, and at most one that is cut.
func TestADiskThatFillsUp(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("needs the right to mount a small file system: ", err)
	}
	defer syscall.Unmount(dir, 0)
	file := filepath.Join(dir, "small.trace")
	r := record(t, prog(t), overlay.Recording{File: file}, "many")
	if r.status != 0 || !strings.HasPrefix(r.stderr, "trivet: recording stopped: writing ") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %s", r.status, r.stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := batches(text); n < 2 || len(text) < 200<<10 {
		t.Errorf("%d whole batches in %d bytes", n, len(text))
	}
}

// batches counts the whole batches of a trace: one byte, then generation,
// thread, time and size as variable-length numbers, then so many bytes. It is 0
// if the trace is not made of batches up to one that the end cuts.
func batches(text []byte) int {
	const header, batch = 16, 1
	n := 0
	for text = text[header:]; len(text) > 0; n++ {
		kind := text[0]
		text = text[1:]
		if kind != batch {
			return 0
		}
		size := uint64(0)
		for range 4 {
			var width int
			if size, width = binary.Uvarint(text); width <= 0 {
				return n
			}
			text = text[width:]
		}
		if size > uint64(len(text)) {
			return n
		}
		text = text[size:]
	}
	return n
}

func TestNoSuchFolder(t *testing.T) {
	r := record(t, prog(t), overlay.Recording{File: "/no/such/folder"}, "count")
	if r.status != 0 || r.stderr != "trivet: recording stopped: cannot open /no/such/folder\n" {
		t.Errorf("status %d, stderr %s", r.status, r.stderr)
	}
}

func TestProcessIDInTheFileName(t *testing.T) {
	dir := t.TempDir()
	record(t, prog(t), overlay.Recording{File: filepath.Join(dir, "a,b.%p.trace")}, "return")
	record(t, prog(t), overlay.Recording{File: filepath.Join(dir, "a,b.%p.trace")}, "return")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 2 {
		t.Fatalf("%v %v, want two files", names, err)
	}
	for _, name := range names {
		if !regexp.MustCompile(`^a,b\.\d+\.trace$`).MatchString(filepath.Base(name)) {
			t.Errorf("file %s", name)
		}
		if _, err := read(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestToldCores(t *testing.T) {
	for _, real := range []string{"1", "2"} {
		t.Setenv("GOMAXPROCS", real)
		r := record(t, prog(t), overlay.Recording{Procs: 16}, "procs")
		if r.status != 0 || !strings.Contains(r.stdout, "asked 16 16 16 3\n") {
			t.Errorf("on %s cores: status %d\n%s%s", real, r.status, r.stdout, r.stderr)
		}
		var asked []string
		for _, e := range complete(t, r) {
			if e.kind == overlay.Query && in(e, "main.procs") {
				asked = append(asked, fmt.Sprint(e.arg, e.address))
			}
		}
		if got := strings.Join(asked, ", "); got != "16 0, 16 0, 16 3, 3 0, 3 1" {
			t.Errorf("on %s cores: asked and set %s", real, got)
		}
	}
}

func TestQueriesWithTheTruth(t *testing.T) {
	t.Setenv("GOMAXPROCS", "2")
	r := record(t, prog(t), overlay.Recording{}, "procs")
	if !regexp.MustCompile(`asked \d+ 2 2 3\n`).MatchString(r.stdout) {
		t.Errorf("stdout %s", r.stdout)
	}
	n := 0
	for _, e := range complete(t, r) {
		if e.kind == overlay.Query && in(e, "main.procs") {
			n++
		}
	}
	if n != 5 {
		t.Errorf("%d queries, not 5", n)
	}
}

func TestAChannelBeginsWithMakeChan(t *testing.T) {
	r := record(t, prog(t), overlay.Recording{}, "reuse")
	var made, again int
	if _, err := fmt.Sscanf(r.stdout[strings.Index(r.stdout, "made"):], "made %d again %d", &made, &again); err != nil {
		t.Fatal(err)
	}
	if again == 0 {
		t.Fatal("no address came back: the test shows nothing")
	}
	n, seen, reused := 0, map[uint64]int{}, 0
	for _, e := range complete(t, r) {
		if !in(e, "main.reuse") || in(e, "runtime.GC") { // a collection receives too, from a channel that dies
			continue
		}
		switch e.kind {
		case overlay.MakeChan:
			n++
			if _, ok := seen[e.address]; ok {
				reused++
			}
			seen[e.address] = 0
		case overlay.Send, overlay.Recv:
			if seen[e.address]++; seen[e.address] > 2 {
				t.Fatalf("channel %x lives on without MakeChan", e.address)
			}
		}
	}
	if n != made || reused != again {
		t.Errorf("%d channels of which %d at an old address, the program says %d and %d", n, reused, made, again)
	}
}

// Where a line of the standard library shows, it must be the one that the user
// finds in an editor.
func TestLinesDoNotMove(t *testing.T) {
	r := use(t, "")
	plain := filepath.Join(scratch, "plain")
	r.command(t, "testdata/prog", "build", "-o", plain, ".")
	for _, mode := range []string{"negative", "nilclose", "panic"} {
		want := exec.Command(plain, mode)
		got := exec.Command(prog(t), mode)
		a, _ := want.CombinedOutput()
		b, _ := got.CombinedOutput()
		for _, place := range places(string(a)) {
			if !strings.Contains(string(b), place) {
				t.Errorf("%s: no %s in\n%s", mode, place, b)
			}
		}
		if len(places(string(a))) == 0 || strings.Contains(string(b), "zz_trivet") {
			t.Errorf("%s:\n%s", mode, b)
		}
	}
}

// places are the file:line of a crash report.
func places(report string) []string {
	var places []string
	s := bufio.NewScanner(strings.NewReader(report))
	for s.Scan() {
		if place, _, ok := strings.Cut(strings.TrimPrefix(s.Text(), "\t"), " +0x"); ok && strings.HasPrefix(s.Text(), "\t") {
			places = append(places, place)
		}
	}
	return places
}

func TestVerifyRefuses(t *testing.T) {
	r := use(t, "")
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	r.command(t, "testdata/prog", "build", "-o", plain, ".")
	if err := overlay.Verify(plain); err == nil {
		t.Error("a plain build is taken for a patched one")
	}
	relative := filepath.Join(dir, "relative")
	r.command(t, "testdata/prog", "build", "-o", relative, "-overlay", relativeKeys(t, r.made.File), ".")
	if err := overlay.Verify(relative); err == nil {
		t.Error("a build that ignored relative keys is taken for a patched one")
	}
	if err := overlay.Verify(os.Args[0]); err == nil {
		t.Error("this test, which holds the generator, is taken for a patched program")
	}
}

// relativeKeys is a copy of overlay.json whose keys are not absolute.
func relativeKeys(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(out, []byte(strings.ReplaceAll(string(text), `"/`, `"`)), 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}
