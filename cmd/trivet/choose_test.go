package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/choose"
)

// flagsFor draws answers until some lead to the leaf, and gives them as flags.
func flagsFor(t *testing.T, leaf string) []string {
	t.Helper()
	for {
		a := choose.Answers{}
		for _, q := range choose.Questions() {
			a[q.Name] = q.Choices[rand.IntN(len(q.Choices))].Name
		}
		answer, err := choose.Decide(a)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Leaf == leaf {
			return strings.Fields(a.Flags())
		}
	}
}

// TestNewPrograms writes the program of every leaf, and does with it what the
// command says comes next.
func TestNewPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds, tests and records a program for each leaf")
	}
	for _, leaf := range choose.Leaves() {
		t.Run(leaf, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), leaf)
			status, stdout, stderr := call(t, "", append([]string{"choose", "-new", dir}, flagsFor(t, leaf)...)...)
			if status != exitFine || !strings.Contains(stdout, "CHOOSE  "+leaf+"  ") {
				t.Fatalf("status %d: %s%s", status, stdout, stderr)
			}
			inDir(t, dir, "go", "vet", "./...")
			inDir(t, dir, "go", "test", "./...")
			explained(t, inDir(t, dir, "trivet", "explain", "-json", "."))
		})
	}
}

// inDir runs a command as a user would, and returns its standard output.
func inDir(t *testing.T, dir string, command ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=", "GORACE=atexit_sleep_ms=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command, " "), err, out, &stderr)
	}
	return out
}

// explained: a report has a forecast, or says why not.
func explained(t *testing.T, report []byte) {
	t.Helper()
	var r struct {
		Speedup []struct {
			Cores     int
			Predicted float64
		}
		Flags []struct{ Rule, Text string }
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	forecast := false
	for _, s := range r.Speedup {
		forecast = forecast || s.Cores > 2 && s.Predicted > 0
	}
	if !forecast && len(r.Flags) == 0 {
		t.Errorf("neither a forecast nor a reason:\n%s", report)
	}
	t.Logf("forecast: %v, doubts: %v", forecast, r.Flags)
}

// TestGoVersion: new programs ask for the Go that Trivet needs.
func TestGoVersion(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\ngo "+goVersion+"\n") {
		t.Errorf("go.mod does not say go %s", goVersion)
	}
}

func TestModuleName(t *testing.T) {
	for dir, want := range map[string]string{
		"/a/ingest": "ingest", "/a/My Words": "my-words", "/": "program", "/a/ätsch.x": "tsch-x", "/a/...": "program",
	} {
		if got := moduleName(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// TestRequireTrivet: a released trivet asks for its own version, unless a
// checkout is named.
func TestRequireTrivet(t *testing.T) {
	released := debug.Module{Path: modulePath, Version: "v1.2.3", Sum: "h1:x"}
	where, text, err := requireTrivet("", released)
	if want := "require github.com/trivet-go/trivet v1.2.3\n"; err != nil || where != "v1.2.3" || text != want {
		t.Errorf("released: %s, %q, %v, want %q", where, text, err, want)
	}
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{"", "../.."} {
		where, text, err := requireTrivet(named, debug.Module{Path: modulePath, Version: "(devel)"})
		if err != nil || where != checkout || !strings.Contains(text, "\nreplace github.com/trivet-go/trivet => \"") {
			t.Errorf("-trivet %q: %s, %q, %v", named, where, text, err)
		}
	}
	if _, text, err := requireTrivet("../..", released); err != nil || !strings.Contains(text, "replace") {
		t.Errorf("a checkout is named, and %q, %v", text, err)
	}
}

// TestNewModuleIsWholeOrNothing: when something goes wrong nothing of the program
// is left anywhere, and nothing of others is touched.
func TestNewModuleIsWholeOrNothing(t *testing.T) {
	answer, err := choose.Decide(choose.Answers{"objective": "flow", "io": "half", "state": "none",
		"order": "none", "failure": "stop", "machines": "one", "aim": "throughput"})
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(m *newModule) error{
		"the directory is filled meanwhile": func(m *newModule) error {
			return errors.Join(os.Mkdir(m.Dir, 0o700), os.WriteFile(filepath.Join(m.Dir, "theirs"), nil, 0o600))
		},
		"a file cannot be written": func(m *newModule) error {
			m.files["main.go/x"] = "" // main.go is a file
			return os.WriteFile(filepath.Join(m.Dir, "..", "theirs"), nil, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			m, err := planModule(filepath.Join(parent, "x"), "")
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(m); err != nil {
				t.Fatal(err)
			}
			if err := m.write(answer); err == nil {
				t.Error("no error")
			}
			var left []string
			err = filepath.WalkDir(parent, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					left = append(left, d.Name())
				}
				return err
			})
			if err != nil || !slices.Equal(left, []string{"theirs"}) {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// TestPlaceTakesBack: what cannot be moved as a whole is not moved in part.
func TestPlaceTakesBack(t *testing.T) {
	made, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(made, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "b", "theirs"), 0o700); err != nil { // no file can take its place
		t.Fatal(err)
	}
	if err := place(made, dir); err == nil {
		t.Error("no error")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "b" {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestInterruptWhileAsking: an interrupt does not wait for an answer.
func TestInterruptWhileAsking(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	nobodyTypes := make(chan string)
	if _, err := askOne(ctx, io.Discard, nobodyTypes, choose.Questions()[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
