package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/choose"
)

// flagsFor gives the flags of one combination of answers for each leaf.
func flagsFor(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	var vary func(a choose.Answers, rest []choose.Question)
	vary = func(a choose.Answers, rest []choose.Question) {
		if len(rest) > 0 {
			for _, c := range rest[0].Choices {
				a[rest[0].Name] = c.Name
				vary(a, rest[1:])
			}
			return
		}
		answer, err := choose.Decide(a)
		if err != nil {
			t.Fatal(err)
		}
		found[answer.Leaf] = strings.Fields(a.Flags())
	}
	vary(choose.Answers{}, choose.Questions())
	return found
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
			status, stdout, stderr := call(t, "", append([]string{"choose", "-new", dir}, flagsFor(t)[leaf]...)...)
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
