package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/trivet-go/trivet/internal/show"
)

var doctorCommand = command{
	name:  "doctor",
	short: "what works on this machine, and what to do about the rest",
	usage: "trivet doctor [-json]",
	long: `
Doctor checks what the other commands need: a Go toolchain, room for the
instrumented builds, the overlay that makes them (it builds and records a small
program, which takes half a minute the first time), cores, and a kernel that
tells when it took them away. Run it in the directory of your program, for the
Go release may depend on that.

Each check is ok, degraded (it works, and something is missing from the answers)
or missing. Checks marked optional do not count for the exit status: 0 when all
works, 1 when something is degraded, 2 when nothing can run.

examples:
  trivet doctor
  trivet doctor -json

JSON: state, tier (full, stock, or none), checks:[{name, state, optional, says,
hint?}].`,
	run: runDoctor,
}

// state is how much of something works.
type state string

const (
	ok       state = "ok"
	degraded state = "degraded"
	missing  state = "missing"
)

// check is the outcome of one look at the machine.
type check struct {
	Name     string `json:"name"`
	State    state  `json:"state"`
	Optional bool   `json:"optional"` // does not count for the exit status
	Says     string `json:"says"`     // a sentence, without a full stop
	Hint     string `json:"hint,omitempty"`
}

// checks are all looks at the machine, in the order in which they are told.
func checks() []func(context.Context, *doctor) check {
	return []func(context.Context, *doctor) check{
		checkGo,
		checkBuildCache,
		checkTrivetCache,
		checkOverlay,
		checkCores,
		checkPreemption,
		checkCompiler,
		checkTerminal,
	}
}

// doctor is what the checks share.
type doctor struct {
	env *env
	// goEnv asks the go command once.
	goEnv func() (goEnv, error)
	// found is what the checks before this one found.
	found []check
}

// lacks says whether an earlier check found the named thing missing.
func (d *doctor) lacks(name string) bool {
	return slices.ContainsFunc(d.found, func(c check) bool { return c.Name == name && c.State == missing })
}

// examination is what doctor -json prints. Its shape is stable.
type examination struct {
	State  state   `json:"state"` // the worst of the checks that count
	Tier   string  `json:"tier"`  // the best that explain can do here: full, stock, or none
	Checks []check `json:"checks"`
}

func runDoctor(ctx context.Context, e *env, args []string) int {
	set := e.flags()
	asJSON := set.Bool("json", false, "print one JSON object")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	if err := e.noArguments(append(own, rest...)); err != nil {
		return e.fail(err)
	}
	found := examine(ctx, e)
	if err := ctx.Err(); err != nil {
		return e.fail(err)
	}
	if *asJSON {
		e.printJSON(found)
	} else {
		found.print(e)
	}
	return found.status()
}

func examine(ctx context.Context, e *env) examination {
	d := &doctor{env: e, goEnv: sync.OnceValues(func() (goEnv, error) { return askGo(ctx, e) })}
	x := examination{State: ok}
	for _, look := range checks() {
		c := look(ctx, d)
		d.found = append(d.found, c)
		x.State = worse(x.State, c)
	}
	x.Checks = d.found
	x.Tier = x.tier()
	return x
}

// tier is the kind of recordings that explain can make here.
func (x examination) tier() string {
	works := func(name string) bool {
		return slices.ContainsFunc(x.Checks, func(c check) bool { return c.Name == name && c.State == ok })
	}
	switch {
	case x.State == missing || !works("go"):
		return "none"
	case works("overlay"):
		return "full"
	}
	return "stock"
}

func worse(s state, c check) state {
	switch {
	case c.Optional || c.State == ok:
		return s
	case c.State == missing || s == missing:
		return missing
	}
	return degraded
}

func (x examination) status() int {
	switch x.State {
	case ok:
		return exitFine
	case degraded:
		return exitMissed
	}
	return exitFailed
}

func (x examination) print(e *env) {
	terminal := e.terminal()
	verdict := map[state]string{
		ok:       "Everything that trivet needs works here. Tier: " + x.Tier + ".",
		degraded: "Trivet works here, but not all of it. Tier: " + x.Tier + ".",
		missing:  "Trivet cannot explain programs here.",
	}[x.State]
	fmt.Fprintf(e.stdout, "%s\n\n", terminal.Bold(verdict))
	colour := map[state]func(string) string{ok: terminal.Good, degraded: terminal.Warn, missing: terminal.Bad}
	table := show.Table{Indent: 2}
	for _, c := range x.Checks {
		name, mark := c.Name, colour[c.State](string(c.State))
		for _, text := range c.lines(terminal.Width - 30) {
			table.Row(mark, name, text)
			name, mark = "", ""
		}
	}
	fmt.Fprint(e.stdout, table.Text(terminal))
}

// lines is what a check says, and its hint below.
func (c check) lines(columns int) []string {
	says := c.Says
	if c.Optional && c.State != ok {
		says += " (optional)"
	}
	lines := show.Wrap(says, columns)
	if c.Hint != "" {
		lines = append(lines, show.Wrap("hint: "+strings.TrimSpace(c.Hint), columns)...)
	}
	return lines
}
