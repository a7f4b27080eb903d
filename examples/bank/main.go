// Command bank transfers money between grains while their nodes crash and their
// messages get lost, in thousands of simulations, and looks each time whether there is
// as much money as before.
//
//	go run ./examples/bank                       a thousand simulations
//	go run ./examples/bank -seed 7               one of them, and all that happens in it
//	go run ./examples/bank -flaw forgetful       a bank with a mistake, and how it is found
//
// The bank is in the package ledger; read that first: it says why no money can be lost.
// simulate.go is the world in which it is tried. Nothing in it is by chance: a seed
// decides who goes on next, which message is lost, delayed or doubled, and when a node
// crashes, so a simulation that went wrong can be had again, to the last step.
//
// The same bank in a file, in a process that is really killed:
//
//	go run ./engine/bolt/examples/bank
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/trivet-go/trivet/examples/bank/ledger"
	"github.com/trivet-go/trivet/task/scoped"
)

// settings are the flags.
type settings struct {
	scenario
	seeds  uint64
	seed   *uint64 // the only one
	flaw   string
	json   bool
	replay string // the command that runs one seed of it
}

const unfenced = "unfenced"

var flaws = []string{ledger.Forgetful, ledger.Wavering, unfenced}

// The statuses with which the program ends.
const (
	statusLost        = 1 // money is not conserved
	statusUsage       = 2
	statusInterrupted = 130
)

func main() { os.Exit(realMain()) }

// realMain is main with its exit status returned, so that defers run.
func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "bank:", err)
		fmt.Fprintln(stderr, "hint: bank -h tells what there is")
		return statusUsage
	}
	ledger.Flaw = s.flaw
	var told *story
	if s.seed != nil {
		told = new(story)
	}
	r := s.simulate(ctx, told, progressTo(stderr))
	if err := s.print(stdout, r, told); err != nil {
		fmt.Fprintln(stderr, "bank:", err)
		return 1
	}
	return r.status()
}

const help = `bank transfers money between grains while their nodes crash and their messages get
lost, in many simulations, and looks each time whether all the money is there.

  go run ./examples/bank                      a thousand simulations
  go run ./examples/bank -seeds 20000         more of them; ctrl-C ends it with what it has
  go run ./examples/bank -seed 7              one, and all that happens in it
  go run ./examples/bank -flaw forgetful      accounts that book what they have booked before
  go run ./examples/bank -flaw wavering       accounts that do not remember what they refused
  go run ./examples/bank -flaw unfenced       a store that lets two nodes write the same grain

It ends with status 1 if money was lost or made, and says how to have that again; with
2 if a flag makes no sense, and with 130 if it was interrupted.

`

func parse(args []string, out io.Writer) (s settings, err error) {
	f := flag.NewFlagSet("bank", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are told by run
	f.Uint64Var(&s.seeds, "seeds", 1000, "how `many` simulations to run, with the seeds from 0 on")
	f.Func("seed", "run only the one with this `number`, and tell all that happens in it", func(v string) error {
		seed, err := strconv.ParseUint(v, 10, 64)
		if s.seed = &seed; err != nil {
			return errors.New("it is a number from 0 on")
		}
		return nil
	})
	f.IntVar(&s.accounts, "accounts", 4, "how `many` there are")
	f.IntVar(&s.clients, "clients", 3, "how `many` transfer money at the same time")
	f.IntVar(&s.transfers, "transfers", 4, "how `many` each client makes, one after the other")
	f.StringVar(&s.flaw, "flaw", "", "a `mistake` to be found: "+strings.Join(flaws, ", "))
	f.BoolVar(&s.json, "json", false, "print JSON")
	f.Usage = func() {} // as are these
	err = f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, help)
		f.SetOutput(out)
		f.PrintDefaults()
	}
	if err != nil {
		return s, err
	}
	set := map[string]bool{}
	s.replay = "go run ./examples/bank"
	f.Visit(func(f *flag.Flag) {
		set[f.Name] = true
		if f.Name != "seed" && f.Name != "seeds" && f.Name != "json" {
			s.replay += fmt.Sprintf(" -%s %s", f.Name, f.Value)
		}
	})
	s.unfenced = s.flaw == unfenced
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("what is %q? there are only flags", f.Arg(0))
	case set["seed"] && set["seeds"]:
		err = errors.New("-seed is for one simulation, -seeds for many: take one of the two")
	case s.seeds < 1:
		err = errors.New("-seeds 0 would show nothing")
	case s.accounts < 1 || s.clients < 1 || s.transfers < 1:
		err = errors.New("-accounts, -clients and -transfers must be 1 or more")
	case s.flaw != "" && !slices.Contains(flaws, s.flaw):
		err = fmt.Errorf("-flaw %s is unknown: there are %s", s.flaw, strings.Join(flaws, ", "))
	}
	return s, err
}

// A report is what came of all simulations.
type report struct {
	Seeds uint64 `json:"seeds"` // how many were run to their end
	outcome
	Seconds     float64  `json:"seconds"`
	Interrupted bool     `json:"interrupted"`
	Failure     *failure `json:"failure"` // of the first seed that had one
	Story       []event  `json:"story,omitempty"`
}

type failure struct {
	Seed   uint64 `json:"seed"`
	What   string `json:"what"`
	Replay string `json:"replay"` // the command that shows it
}

// simulate runs all seeds, as many at a time as there are cores, until one fails.
func (s settings) simulate(ctx context.Context, told *story, progress func(report, uint64)) (r report) {
	start := time.Now()
	first, n := uint64(0), s.seeds
	if s.seed != nil {
		first, n = *s.seed, 1
	}
	type result struct {
		seed uint64
		outcome
		err error
	}
	// The error of a simulation is a result like others: those before it are to come first.
	step := func(ctx context.Context, seed uint64) (result, error) {
		o, err := simulate(ctx, seed, s.scenario, told)
		return result{seed, o, err}, nil
	}
	for one, err := range scoped.Map(ctx, upFrom(first, n), step, runtime.GOMAXPROCS(0)) {
		if err != nil || errors.Is(one.err, errInterrupted) {
			r.Interrupted = true
			break
		}
		r.Seeds++
		r.outcome.add(one.outcome)
		r.Seconds = time.Since(start).Seconds()
		if one.err != nil {
			r.Failure = &failure{one.seed, reason(one.err), fmt.Sprint(s.replay, " -seed ", one.seed)}
			break
		}
		progress(r, n)
	}
	progress(r, 0)
	if told != nil {
		r.Story = told.events
	}
	return r
}

// upFrom yields n numbers.
func upFrom(first, n uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range n {
			if !yield(first + i) {
				return
			}
		}
	}
}

// reason is what the error of a simulation says beside the seed.
func reason(err error) string { return cmp.Or(errors.Unwrap(err), err).Error() }

func (r report) status() int {
	switch {
	case r.Failure != nil:
		return statusLost
	case r.Interrupted:
		return statusInterrupted
	}
	return 0
}

func (s settings) print(w io.Writer, r report, told *story) error {
	if s.json {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	b := bufio.NewWriter(w)
	told.print(b)
	s.summarize(b, r)
	return b.Flush()
}

func (s settings) summarize(w io.Writer, r report) {
	what := "1 simulation"
	switch {
	case s.seed != nil:
		what = fmt.Sprint("simulation ", *s.seed)
	case r.Seeds != 1:
		what = fmt.Sprint(r.Seeds, " simulations")
	}
	fmt.Fprintf(w, "%s in %.1f s: %d transfers done, %d refused for lack of money\n", what, r.Seconds, r.Done, r.Refused)
	fmt.Fprintf(w, "%d tries of clients, %d crashes of nodes, %d writes refused: their node was not in charge any more\n", r.Tries, r.Crashes, r.Fenced)
	switch {
	case r.Failure != nil && s.seed != nil:
		fmt.Fprintf(w, "WRONG: %s\n", r.Failure.What)
	case r.Failure != nil:
		fmt.Fprintf(w, "WRONG with seed %d: %s\nto see how it happened: %s\n", r.Failure.Seed, r.Failure.What, r.Failure.Replay)
	case r.Interrupted && s.seed != nil:
		fmt.Fprintln(w, "interrupted")
	case r.Interrupted:
		fmt.Fprintf(w, "interrupted, of %d; money was conserved so far\n", s.seeds)
	case s.flaw != "":
		fmt.Fprintln(w, "money was conserved: the flaw has not shown itself, try more seeds")
	default:
		fmt.Fprintln(w, "money was conserved")
	}
}

// progressTo returns what tells on a terminal how far it is; elsewhere it says nothing.
// Of 0 seeds it clears the line.
func progressTo(w io.Writer) func(r report, of uint64) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(report, uint64) {}
	}
	shown := 0.0
	return func(r report, of uint64) {
		switch {
		case of == 0:
			fmt.Fprint(f, "\r\x1b[K")
		case r.Seconds-shown > 0.1:
			shown = r.Seconds
			left := r.Seconds / float64(r.Seeds) * float64(of-r.Seeds)
			fmt.Fprintf(f, "\r\x1b[K%d of %d simulations, all the money is there; %.0f s left", r.Seeds, of, left)
		}
	}
}
