package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"trivet": func() { os.Exit(realMain()) },
	})
}

// TestScripts drives the command as a user would: each testdata/*.txtar is a
// dialogue in a shell with its expected output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", "atexit_sleep_ms=0") // with -race each call would last a second longer
			repository, err := filepath.Abs("../..")
			if err != nil {
				return err
			}
			e.Setenv("REPOSITORY", repository)
			return shareGo(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// shareGo lets scripts use the caches of the go command outside: a script has a
// home of its own, in which the standard library would be built anew.
func shareGo(e *testscript.Env) error {
	names := []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		e.Setenv(names[i], value)
	}
	return nil
}

// status runs "status N command args...": the command must end with exit
// status N. The script's own "!" cannot tell 1 from 2.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// call runs trivet inside the test's process.
func call(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	status = run(t.Context(), &env{stdin: strings.NewReader(stdin), stdout: &out, stderr: &diagnostics}, args)
	return status, out.String(), diagnostics.String()
}

// TestEveryCommandHasHelp: -h works everywhere, shows an example, and keeps to
// 100 columns.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range commands() {
		status, stdout, stderr := call(t, "", c.name, "-h")
		if status != 0 || stderr != "" || !strings.HasPrefix(stdout, "usage: trivet "+c.name) {
			t.Errorf("%s -h: status %d, %q, %q", c.name, status, stdout, stderr)
		}
		if again, viaHelp, _ := call(t, "", "help", c.name); again != 0 || viaHelp != stdout {
			t.Errorf("help %s differs from %s -h", c.name, c.name)
		}
		for line := range strings.Lines(stdout) {
			if len(line) > 101 {
				t.Errorf("%s -h: %d columns: %s", c.name, len(line), line)
			}
		}
		if c.short == "" || len(c.short) > 85 {
			t.Errorf("%s: short text of %d letters", c.name, len(c.short))
		}
	}
}

// TestEveryFailureHasOneLineAndAHint holds all bad calls to one form.
func TestEveryFailureHasOneLineAndAHint(t *testing.T) {
	for _, args := range [][]string{
		{"nix"}, {"law"}, {"law", "-parallel", "2"}, {"law", "-nix"}, {"law", "-cores"},
		{"law", "-fit", "no such file"}, {"law", "-fit", "-"}, {"law", "-parallel", "0.5", "x"},
		{"why", "nix"}, {"review", "-rules", "nix"}, {"why", "a", "b"}, {"doctor", "x"}, {"version", "x"}, {"help", "nix"},
	} {
		status, stdout, stderr := call(t, "", args...)
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		if status != 2 || stdout != "" || len(lines) != 2 ||
			!strings.HasPrefix(lines[0], "trivet") || !strings.HasPrefix(lines[1], "hint: ") {
			t.Errorf("%q: status %d, stdout %q, stderr %q", args, status, stdout, stderr)
		}
	}
}

func TestFlagsAfterArguments(t *testing.T) {
	e := &env{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), command: command{name: "test"}}
	set := e.flags()
	x, y := set.Bool("x", false, ""), set.Int("y", 0, "")
	own, rest, _, done := e.parse(set, []string{"a", "-x", "b", "-y", "3", "--", "-x", "c", "--", "d"})
	if done || !*x || *y != 3 || fmt.Sprint(own, rest) != "[a b] [-x c -- d]" {
		t.Errorf("own %q, rest %q, x %v, y %d, done %v", own, rest, *x, *y, done)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"law", "why", "doctor", "version", "explain"}
	for wrong, want := range map[string]string{
		"lwa": "law", "docter": "doctor", "explan": "explain", "xyzzy": "", "": "", "wyh": "why", "verison": "version",
	} {
		if got := nearest(wrong, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", wrong, got, want)
		}
	}
}

func TestFailKnowsHintsAndInterrupts(t *testing.T) {
	var stderr bytes.Buffer
	e := &env{stderr: &stderr, command: command{name: "x"}}
	e.fail(fmt.Errorf("read: %w", withHint(errors.New("boom"), "do less")))
	e.fail(fmt.Errorf("replay: %w", context.Canceled))
	if want := "trivet x: read: boom\nhint: do less\ntrivet x: interrupted\n"; stderr.String() != want {
		t.Errorf("%q, want %q", stderr.String(), want)
	}
}

func TestLastEnvironmentEntryCounts(t *testing.T) {
	e := &env{environ: []string{"A=1", "AB=2", "A=3"}}
	if got := e.getenv("A"); got != "3" {
		t.Errorf("A = %q", got)
	}
}
