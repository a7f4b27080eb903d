package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
)

// Exit statuses of every command.
const (
	exitFine   = 0
	exitMissed = 1 // a threshold was missed, or something works only in part
	exitFailed = 2 // it could not run
)

// command is one word after trivet.
type command struct {
	name  string
	short string // what it does, for the list of trivet help
	usage string // how it is called, one line or more, without "usage:"
	long  string // what it does, with examples; shown by trivet NAME -h
	run   func(ctx context.Context, env *env, args []string) int
}

// env is what a command sees of the world, so that tests can be the world.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // "NAME=value"
	dir            string   // where the command runs; "" = the current directory
	command        command  // the one that runs
}

// getenv is the value of an environment variable. As in os/exec, the last
// entry counts.
func (e *env) getenv(name string) string {
	for _, entry := range slices.Backward(e.environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// terminal is what standard output can show.
func (e *env) terminal() show.Terminal { return show.TerminalOf(e.stdout, e.getenv) }

// run finds the command and runs it.
func run(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 {
		overview(e)
		return exitFine
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			overview(e)
			return exitFine
		}
		name, rest = rest[0], []string{"-h"}
	case "-version", "--version":
		name = "version"
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return e.fail(unknownCommand(name, all))
	}
	e.command = all[i]
	return e.command.run(ctx, e, rest)
}

func overview(e *env) {
	fmt.Fprint(e.stdout, "trivet tells why a Go program is or is not fast, and what more cores would bring.\n\n"+
		"usage: trivet COMMAND [flags] [arguments]\n\ncommands:\n")
	table := show.Table{Indent: 2}
	for _, c := range commands() {
		table.Row(c.name, c.short)
	}
	fmt.Fprint(e.stdout, table.Text(e.terminal()))
	fmt.Fprint(e.stdout, "\ntrivet COMMAND -h tells how, with examples.\n")
}

func unknownCommand(name string, all []command) error {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.name
	}
	hint := "trivet help lists the commands"
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean trivet %s?", near)
	}
	return withHint(fmt.Errorf("unknown command %q", name), hint)
}

// fail prints the error, and its hint if it has one, and gives the exit status.
func (e *env) fail(err error) int {
	who := "trivet"
	if e.command.name != "" {
		who += " " + e.command.name
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	text := strings.TrimPrefix(err.Error(), e.command.name+": ") // the package may be called like the command
	fmt.Fprintf(e.stderr, "%s: %s\n", who, text)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		fmt.Fprintf(e.stderr, "hint: %s\n", hinted.Hint())
	}
	return exitFailed
}

// hintError is an error with one thing to try. Packages have their own types
// with a Hint method; fail knows any of them.
type hintError struct {
	error
	hint string
}

func (h hintError) Hint() string  { return h.hint }
func (h hintError) Unwrap() error { return h.error }

func withHint(err error, hint string) error { return hintError{err, hint} }

// flags is an empty flag set for the command that runs.
func (e *env) flags() *flag.FlagSet {
	set := flag.NewFlagSet(e.command.name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // parse reports in trivet's own form
	return set
}

// parse reads the arguments. Flags may stand before and after the command's
// own arguments, which it returns apart from those that follow "--". done says
// that the command is over: help was asked for, or a flag is wrong.
func (e *env) parse(set *flag.FlagSet, args []string) (own, rest []string, status int, done bool) {
	if i := slices.Index(args, "--"); i >= 0 {
		args, rest = args[:i], args[i+1:]
	}
	for {
		err := set.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			e.help(set)
			return nil, nil, exitFine, true
		case err != nil:
			return nil, nil, e.fail(withHint(err, e.flagHint(set, err, own))), true
		case set.NArg() == 0:
			return own, rest, 0, false
		}
		own, args = append(own, set.Arg(0)), set.Args()[1:]
	}
}

// flagHint is what to try after a flag that could not be read. What stands behind the
// target is most often meant for the program.
func (e *env) flagHint(set *flag.FlagSet, err error, own []string) string {
	if wrong, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		var names []string
		set.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
		if near := nearest(wrong, names); near != "" {
			return fmt.Sprintf("did you mean -%s?", near)
		}
		if len(own) > 0 && strings.Contains(e.command.usage, "[-- ") {
			return "arguments of the program go after --"
		}
	}
	return fmt.Sprintf("trivet %s -h lists the flags", e.command.name)
}

// help prints the command's own page.
func (e *env) help(set *flag.FlagSet) {
	terminal := e.terminal()
	usage := strings.ReplaceAll(strings.TrimSpace(e.command.usage), "\n", "\n       ")
	fmt.Fprintf(e.stdout, "usage: %s\n\n%s\n", usage, strings.TrimSpace(e.command.long))
	table := show.Table{Indent: 2}
	set.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			text += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		left := strings.TrimSpace("-" + f.Name + " " + value)
		for _, line := range show.Wrap(text, terminal.Width-30) {
			table.Row(left, line)
			left = ""
		}
	})
	if text := table.Text(terminal); text != "" {
		fmt.Fprintf(e.stdout, "\nflags:\n%s", text)
	}
}

// noArguments refuses arguments that a command has no use for.
func (e *env) noArguments(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return withHint(fmt.Errorf("unexpected argument %q", args[0]), fmt.Sprintf("trivet %s -h shows examples", e.command.name))
}

// nearest is the name that was most likely meant, or "" when none is near.
func nearest(wrong string, names []string) string {
	best, distance := "", 3 // what differs more is something else
	for _, name := range names {
		if d := editDistance(wrong, name); d < distance && d < max(len(name), 2) {
			best, distance = name, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
