//go:build linux

package overlay_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/internal/overlay"
)

// releases are the Go versions whose sites are listed in known/. Write the
// lists anew with -update, after reading the functions that changed.
var releases = []string{"go1.24.10", "go1.25.5", "go1.26.8", "go1.27.0"}

func TestReleases(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			r := use(t, name)
			if r.tool.Version != name {
				t.Skipf("%s cannot be had here, the go command gave %s", name, r.tool.Version)
			}
			checkList(t, name, r.made.Sites)
			if len(r.made.Warnings) > 0 && !*update {
				t.Errorf("warnings: %q", r.made.Warnings)
			}
			if !*all {
				return // the running Go is built for by the other tests
			}
			bin := r.build(t, "testdata/prog")
			if r := record(t, bin, overlay.Recording{}, "count"); r.status != 0 {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			} else {
				checkArguments(t, complete(t, r))
			}
			for mode, status := range map[string]int{"exit": 3, "panic": 2} {
				r := record(t, bin, overlay.Recording{}, mode)
				if r.status != status {
					t.Errorf("%s: status %d, not %d", mode, r.status, status)
				}
				complete(t, r)
			}
			kill := func(p *os.Process) { p.Signal(os.Interrupt) }
			if r := recordUntil(t, bin, overlay.Recording{}, kill, "killed"); r.status != 128+2 {
				t.Errorf("status %d, not death by SIGINT", r.status)
			} else {
				complete(t, r)
			}
		})
	}
}

// checkList compares what was patched with the list of the minor release.
func checkList(t *testing.T, name string, done []overlay.Site) {
	t.Helper()
	var lines []string
	for _, s := range done {
		lines = append(lines, s.String()+"\n")
	}
	file := filepath.Join("known", name[:strings.LastIndexByte(name, '.')]+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(strings.Lines(string(text)))
	for _, line := range lines {
		if !slices.Contains(want, line) {
			t.Errorf("%s has not\n%s", file, line)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d sites, %d in %s", len(lines), len(want), file)
	}
}

// A doctored copy of the standard library must be refused, with all that is
// wrong with it, and must leave nothing behind.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name, file, old, new string
		say                  string
	}{
		{"a renamed function", "runtime/chan.go", "func closechan(", "func closeChannel(", "runtime.closechan: not found"},
		{"a changed signature", "runtime/chan.go", "block bool, callerpc uintptr) bool {", "block, quick bool, callerpc uintptr) bool {", "runtime.chansend: is func"},
		{"a pragma", "internal/sync/mutex.go", "func (m *Mutex) Lock() {", "//\n//go:nosplit\nfunc (m *Mutex) Lock() {", "internal/sync.(*Mutex).Lock: carries //go:nosplit"},
		{"another inner lock", "sync/rwmutex.go", "rw.w.Unlock()", "rw.w.Release()", "sync.(*RWMutex).Unlock: calls no rw.w.Unlock"},
		{"another end", "runtime/mgc.go", "memstats.enablegc = true // now", "if true { return }; memstats.enablegc = true // now", "runtime.gcenable: returns from its middle"},
		{"another bubble", "runtime/runtime2.go", "*synctestBubble", "*bubbleOfTests", "runtime.g: has no field"},
		{"another event writer", "runtime/traceruntime.go", "event(tracev2.EvUserLog", "write(tracev2.EvUserLog", "runtime.trace_userLog: writes its event"},
	}
	dir := t.TempDir()
	tool := doctor(t, dir)
	var all []string
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			replace(t, filepath.Join(dir, "src", tt.file), tt.old, tt.new)
			all = append(all, tt.say)
		})
	}
	cache := t.TempDir()
	_, err := overlay.Generate(t.Context(), tool, cache)
	var unsupported *overlay.UnsupportedError
	if !errors.As(err, &unsupported) {
		t.Fatalf("error %v, want an UnsupportedError", err)
	}
	for _, say := range all {
		if !strings.Contains(err.Error(), say) {
			t.Errorf("the error does not say %q:\n%s", say, strings.Join(unsupported.Problems, "\n"))
		}
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestAChangedBodyWarns(t *testing.T) {
	dir := t.TempDir()
	tool := doctor(t, dir)
	replace(t, filepath.Join(dir, "src/sync/waitgroup.go"), "func (wg *WaitGroup) Wait() {", "func (wg *WaitGroup) Wait() { _ = 1;")
	o, err := overlay.Generate(t.Context(), tool, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Warnings) != 1 || !strings.Contains(o.Warnings[0], "sync.(*WaitGroup).Wait") {
		t.Errorf("warnings %q", o.Warnings)
	}
}

func TestAFunctionMayMove(t *testing.T) {
	dir := t.TempDir()
	tool := doctor(t, dir)
	if err := os.Rename(filepath.Join(dir, "src/sync/cond.go"), filepath.Join(dir, "src/sync/condition.go")); err != nil {
		t.Fatal(err)
	}
	o, err := overlay.Generate(t.Context(), tool, t.TempDir())
	if err != nil || len(o.Warnings) > 0 {
		t.Errorf("%v %v", o, err)
	}
}

// doctor copies the packages that are patched into a GOROOT of its own.
func doctor(t *testing.T, dir string) overlay.Toolchain {
	t.Helper()
	tool, err := overlay.Find(t.Context(), ".", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"runtime", "internal/sync", "sync", "testing", "runtime/trace"} {
		from, to := filepath.Join(tool.GOROOT, "src", p), filepath.Join(dir, "src", p)
		if err := os.MkdirAll(to, 0o755); err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(os.DirFS(from), "*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(from, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(to, name), text, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	tool.GOROOT = dir
	return tool
}

func replace(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q: the test needs another place", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, new)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOtherProcessors(t *testing.T) {
	for _, arch := range []string{"arm64", "386", "riscv64"} {
		t.Run(arch, func(t *testing.T) {
			r := use(t, "", "GOARCH="+arch, "CGO_ENABLED=0")
			if r.tool.GOARCH != arch {
				t.Fatalf("found %s", r.tool.GOARCH)
			}
			if !*all {
				t.Skip("generated; builds only with -all")
			}
			r.build(t, "testdata/prog")
		})
	}
}

func TestOtherSystems(t *testing.T) {
	tool, err := overlay.Find(t.Context(), ".", nil)
	if err != nil {
		t.Fatal(err)
	}
	tool.GOOS = "plan9"
	var unsupported *overlay.UnsupportedError
	if _, err := overlay.Generate(t.Context(), tool, t.TempDir()); !errors.As(err, &unsupported) {
		t.Errorf("plan9: %v", err)
	}
}

// Several processes may generate the same overlay at once.
func TestGenerateTwiceAtOnce(t *testing.T) {
	tool, err := overlay.Find(t.Context(), ".", nil)
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	files := make(chan string)
	for range 2 {
		go func() {
			o, err := overlay.Generate(context.Background(), tool, cache)
			if err != nil {
				files <- err.Error()
				return
			}
			files <- o.File
		}()
	}
	if a, b := <-files, <-files; a != b || !filepath.IsAbs(a) {
		t.Errorf("%s and %s", a, b)
	}
	dirs, err := os.ReadDir(cache)
	if err != nil || len(dirs) != 1 {
		t.Errorf("%v %v", dirs, err)
	}
}

func ExampleEnv() {
	fmt.Println(overlay.Env(overlay.Recording{File: "/tmp/prog.%p.trace", Procs: 8}))
	// Output: rec=/tmp/prog.%p.trace,procs=8
}
