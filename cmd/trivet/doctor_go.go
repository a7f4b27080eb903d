package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// goEnv is what "go env" says in the directory of the target.
type goEnv struct {
	GOVERSION, GOROOT, GOOS, GOARCH, GOHOSTOS, GOHOSTARCH, GOCACHE, CC, CGO_ENABLED string
}

// patience is how long a program that only has to answer may take. A go
// command may first download the toolchain that go.mod names.
const patience = 2 * time.Minute

func askGo(ctx context.Context, e *env) (goEnv, error) {
	out, err := e.output(ctx, "go", "env", "-json",
		"GOVERSION", "GOROOT", "GOOS", "GOARCH", "GOHOSTOS", "GOHOSTARCH", "GOCACHE", "CC", "CGO_ENABLED")
	if err != nil {
		return goEnv{}, err
	}
	var g goEnv
	if err := json.Unmarshal(out, &g); err != nil {
		return goEnv{}, fmt.Errorf("go env: %w", err)
	}
	return g, nil
}

// output runs a program where the command runs, and gives what it prints. An
// error carries the first line that the program complained with.
func (e *env) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = e.dir, e.environ
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); err != nil && first != "" {
		return nil, fmt.Errorf("%s: %s", name, first)
	}
	return out, err
}

func checkGo(_ context.Context, d *doctor) check {
	c := check{Name: "go"}
	g, err := d.goEnv()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		c.State, c.Says, c.Hint = missing, "there is no go command in PATH", "install Go from https://go.dev/dl and put its bin directory into PATH"
	case err != nil:
		c.State, c.Says, c.Hint = missing, fmt.Sprintf("the go command does not answer: %v", err), "run go env in this directory"
	case g.GOOS != g.GOHOSTOS || g.GOARCH != g.GOHOSTARCH:
		c.State = missing
		c.Says = fmt.Sprintf("%s in %s builds for %s/%s, which does not run on %s/%s", g.GOVERSION, g.GOROOT, g.GOOS, g.GOARCH, g.GOHOSTOS, g.GOHOSTARCH)
		c.Hint = "unset GOOS and GOARCH"
	default:
		c.State, c.Says = ok, fmt.Sprintf("%s in %s, for %s/%s", g.GOVERSION, g.GOROOT, g.GOOS, g.GOARCH)
	}
	return c
}

// checkCompiler looks for the C compiler, which the race detector needs on
// most systems.
func checkCompiler(ctx context.Context, d *doctor) check {
	c := check{Name: "C compiler", Optional: true, State: missing,
		Hint: "the race detector needs it: install gcc or clang, or name one in CC"}
	g, err := d.goEnv()
	if err != nil {
		c.Says, c.Hint = "not looked for: there is no go command to ask which one it uses", ""
		return c
	}
	if g.CGO_ENABLED == "0" {
		c.Says = "cgo is off, and so is the race detector on most systems"
		c.Hint = "set CGO_ENABLED=1; where no C compiler is found go switches it off by itself"
		return c
	}
	name, args := splitCommand(g.CC)
	out, err := d.env.output(ctx, name, append(args, "--version")...)
	if err != nil {
		c.Says = fmt.Sprintf("the C compiler %s does not run", g.CC)
		return c
	}
	first, _, _ := strings.Cut(string(out), "\n")
	c.State, c.Hint = ok, ""
	c.Says = fmt.Sprintf("%s: %s", g.CC, strings.TrimSpace(first))
	return c
}

// splitCommand takes the flags off a compiler such as "gcc -m64".
func splitCommand(command string) (name string, args []string) {
	fields := strings.Fields(command)
	if len(fields) == 0 {
		return "cc", nil
	}
	return fields[0], fields[1:]
}
