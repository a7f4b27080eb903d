package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/demon/hunt"
)

var demonsCommand = command{
	name:  "demons",
	short: "find races, deadlocks, livelocks and starvation by running tests",
	usage: "trivet demons [flags] [PACKAGES] [-- arguments]",
	long: `
Demons runs the tests of the packages again and again, each time under a
schedule that is shaken in another way, and tells which of the four demons it
saw, or can predict from the order of locks: race, deadlock, livelock and
starvation. Nothing is changed or imported: the tests are built with an
instrumented Go. A package main without tests is run itself.

Each finding tells who does what where, how sure it is, what to try, and a
command that runs it again. A seed makes the same decisions again, not quite the
same schedule, so a replay tries ten times.

Exit status: 0 nothing found, 1 something seen or predicted, 2 it could not run,
or there was nothing to run. -json says so in one word, as "outcome": found,
nothing-found, nothing-run.

examples:
  trivet demons ./...                   a minute for all packages
  trivet demons -for 10s -run TestPool ./pool
  trivet demons -replay A17@4/60 ./pool a case again, by its name in a finding
  trivet demons ./cmd/tally -- -n 100   a program that ends by itself`,
	run: runDemons,
}

func runDemons(ctx context.Context, e *env, args []string) int {
	o := hunt.Options{Dir: e.dir}
	var replay string
	var known knownFile
	var asJSON, asSARIF, race bool
	set := e.flags()
	set.DurationVar(&o.For, "for", time.Minute, "run for this `time`, building apart")
	set.IntVar(&o.Seeds, "seeds", 0, "run so many `seeds` of each lane and package; 0: as many as there is time for")
	set.StringVar(&o.Run, "run", "", "only tests that match `regexp`")
	set.StringVar(&o.Tags, "tags", "", "build `tags`, comma separated")
	set.BoolVar(&o.Main, "main", false, "run the program itself, though its package has tests")
	set.StringVar(&replay, "replay", "", "run this `case` again, as a finding has it: A17@4/60")
	set.IntVar(&o.Parallel, "parallel", 0, "`processes` at once; 0: twice the cores, since many sleep")
	set.DurationVar(&o.Limit, "limit", 0, "end a run that gets on after this `time`; 0: ten times the usual")
	set.BoolVar(&race, "race", true, "also build and run with the race detector")
	set.BoolVar(&asJSON, "json", false, "print one JSON object")
	set.BoolVar(&asSARIF, "sarif", false, "print SARIF 2.1.0, for code scanners")
	set.StringVar(&known.name, "known", "", "do not count the findings that `file` gives a reason for")
	set.StringVar(&known.add, "known-add", "", "add what is found to that file, for this `reason`")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	o.Packages, o.Args = own, rest
	if !race {
		o.Lanes = []hunt.Lane{hunt.Watched}
	}
	err := checkDemons(&o, replay)
	if err == nil && asJSON && asSARIF {
		err = withHint(errors.New("-json and -sarif exclude each other"), "run it twice, with the same -seeds")
	}
	if err == nil {
		err = known.read(e)
	}
	if err != nil {
		return e.fail(err)
	}
	report, err := demons(ctx, e, o)
	if nothing := (*hunt.NothingRunError)(nil); errors.As(err, &nothing) && asJSON {
		err = errors.Join(err, report.JSON(e.stdout))
	}
	if err != nil {
		return e.fail(err)
	}
	if err := known.apply(report); err != nil {
		return e.fail(err)
	}
	if err := printDemons(e, report, asJSON, asSARIF); err != nil {
		return e.fail(err)
	}
	if report.Failed() {
		return exitMissed
	}
	return exitFine
}

func checkDemons(o *hunt.Options, replay string) error {
	switch {
	case o.For <= 0:
		return withHint(fmt.Errorf("-for %v is no time to run", o.For), "try -for 10s")
	case o.Seeds < 0:
		return withHint(errors.New("-seeds is negative"), "try -seeds 20")
	}
	if _, err := regexp.Compile(o.Run); err != nil {
		return withHint(fmt.Errorf("-run: %w", err), "it is a regular expression, as for go test")
	}
	if replay == "" {
		return nil
	}
	c, err := hunt.ParseCase(replay)
	if err != nil {
		return withHint(fmt.Errorf("-replay: %w", err), "copy it from the report of the finding")
	}
	o.Replay = &c
	return nil
}

func demons(ctx context.Context, e *env, o hunt.Options) (*hunt.Report, error) {
	progress := show.StartProgress(e.stderr, show.TerminalOf(e.stderr, e.getenv), show.Phase{What: "looking for packages"})
	defer progress.Stop()
	o.Progress = func(what string) { progress.Phase(show.Phase{What: what}) }
	return hunt.Hunt(ctx, o)
}

func printDemons(e *env, r *hunt.Report, asJSON, asSARIF bool) error {
	switch {
	case asSARIF:
		dir, err := filepath.Abs(e.dir)
		if err != nil {
			return err
		}
		return r.SARIF(e.stdout, dir)
	case asJSON:
		return r.JSON(e.stdout)
	}
	return r.Text(e.stdout, e.terminal())
}

// knownFile is the file of known findings.
type knownFile struct {
	name, add string
	known     *hunt.Known
}

// read reads it; it need not be there when something is to be added to it.
func (k *knownFile) read(e *env) error {
	if k.name == "" {
		if k.add != "" {
			return withHint(errors.New("-known-add without a file"), "name it: -known demons.known")
		}
		return nil
	}
	if !filepath.IsAbs(k.name) {
		k.name = filepath.Join(e.dir, k.name)
	}
	f, err := os.Open(k.name)
	if errors.Is(err, os.ErrNotExist) && k.add != "" {
		return nil
	}
	if err != nil {
		return withHint(fmt.Errorf("-known: %w", err), "make one with -known-add 'there before we looked'")
	}
	defer f.Close()
	if k.known, err = hunt.ReadKnown(f); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	return nil
}

// apply marks what is known, and adds what is not.
func (k *knownFile) apply(r *hunt.Report) error {
	if k.known != nil {
		k.known.Mark(r)
	}
	if k.add == "" {
		return nil
	}
	f, err := os.OpenFile(k.name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("-known-add: %w", err)
	}
	if err := hunt.WriteKnown(f, r.Findings, k.add); err != nil {
		f.Close()
		return fmt.Errorf("-known-add: %w", err)
	}
	return f.Close()
}
