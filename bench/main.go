// Command bench prints Trivet's scoreboards: what it claims, beside what was
// measured on this machine.
//
//	go -C bench run .                     our pieces against their rivals, by pattern
//	go -C bench run . -only queue,state
//	go -C bench run . -only group -json -rounds 15
//	go -C bench run . -list               names all scoreboards
//	go -C bench run . -only explain       forecasts of trivet explain against measurements
//	go -C bench run . -only explain -kinds mutex,queue -pairs 10 -json
//
// Without -only it runs the scoreboards that compare running code, which takes a
// minute or two. Those of trivet explain build and record dozens of programs, take
// much longer, and run when they are named; -only all runs everything.
//
// -json prints one array on standard output and nothing else there. Boards that
// compare code join theirs into one, with the floors of the machine as references.
//
// A scoreboard tells misses first. It exits 0 when it could be made, whatever it
// says, and 2 when it could not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/bench/actors"
	"github.com/trivet-go/trivet/bench/consume"
	"github.com/trivet-go/trivet/bench/demons"
	"github.com/trivet-go/trivet/bench/demons/prevention"
	"github.com/trivet-go/trivet/bench/examples"
	"github.com/trivet-go/trivet/bench/explain"
	"github.com/trivet-go/trivet/bench/floors"
	"github.com/trivet-go/trivet/bench/forkjoin"
	"github.com/trivet-go/trivet/bench/future"
	"github.com/trivet-go/trivet/bench/group"
	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/bench/logs"
	"github.com/trivet-go/trivet/bench/mapreduce"
	"github.com/trivet-go/trivet/bench/masterworker"
	"github.com/trivet-go/trivet/bench/models"
	"github.com/trivet-go/trivet/bench/parallelmap"
	"github.com/trivet-go/trivet/bench/pipeline"
	"github.com/trivet-go/trivet/bench/queue"
	"github.com/trivet-go/trivet/bench/scatter"
	"github.com/trivet-go/trivet/bench/state"
)

// boards is every scoreboard, in the order in which they are made.
var boards = []board.Board{
	queue.Board.Scoreboard(),
	state.Board.Scoreboard(),
	future.Board.Scoreboard(),
	group.Board.Scoreboard(),
	pipeline.Board.Scoreboard(),
	consume.Board.Scoreboard(),
	masterworker.Board.Scoreboard(),
	scatter.Board.Scoreboard(),
	scatter.Tail,
	actors.Board,
	models.Board,
	forkjoin.Board,
	parallelmap.Board,
	mapreduce.Board,
	logs.Board.Scoreboard(),
	floors.Board.Scoreboard(),
	explain.Board,
	examples.Board,
	demons.Recall,
	demons.Rivals,
	demons.Precision,
	prevention.Board,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context) error {
	var o board.Options
	only := flag.String("only", "", "scoreboards to make, separated by commas; \"all\"; those that compare code if empty")
	kinds := flag.String("kinds", "", "explain, examples, demons: kinds or programs to try, separated by commas; all if empty")
	list := flag.Bool("list", false, "list the scoreboards and exit")
	flag.IntVar(&o.Rounds, "rounds", contest.Rounds, "rounds in which pieces and rivals run in turn; from 5 on differences are told")
	flag.DurationVar(&o.Sample, "sample", contest.Sample, "about how long each of them runs in a round")
	flag.DurationVar(&o.Idle, "idle", contest.Idle, "how long each idle queue is watched in a round")
	flag.IntVar(&o.Pairs, "pairs", 12, "explain, examples: interleaved pairs of runs for each measurement")
	flag.IntVar(&o.Repeats, "repeats", 3, "explain: runs on each number of emulated cores")
	flag.BoolVar(&o.Full, "full", false, "forkjoin, parallelmap, mapreduce, actors, models: large inputs; use it with -only and -rounds 5")
	flag.StringVar(&o.Trivet, "trivet", "", "explain, examples, demons: trivet command to try; built from this repository if empty")
	flag.BoolVar(&o.MeasureOnly, "measure-only", false, "explain, examples: measure, and ask trivet nothing")
	flag.BoolVar(&o.JSON, "json", false, "print one JSON array on standard output and nothing else there")
	flag.Usage = usage
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; choose scoreboards with -only", flag.Arg(0))
	}
	if o.Rounds < 1 || o.Sample <= 0 || o.Idle <= 0 {
		return errors.New("-rounds, -sample and -idle must be more than 0")
	}
	o.Out, o.Progress, o.Rows = os.Stdout, board.NewProgress(os.Stderr), new(board.Rows)
	if *kinds != "" {
		o.Kinds = strings.Split(*kinds, ",")
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if *list {
		return printList(os.Stdout, *only, chosen)
	}
	return makeAll(ctx, chosen, o)
}

func usage() {
	w := flag.CommandLine.Output()
	fmt.Fprint(w, `Prints Trivet's scoreboards: what it claims, beside what is measured here.

  go -C bench run .                     our pieces against their rivals, a minute or two
  go -C bench run . -only queue,state   some of them
  go -C bench run . -only explain       forecasts against measurements, much longer
  go -C bench run . -only demons        what trivet demons finds; demons-rivals, demons-precision, demons-prevention
  go -C bench run . -only all           everything

`)
	_ = printList(w, "", nil)
	fmt.Fprintln(w)
	flag.PrintDefaults()
}

// printList names the chosen boards, or all if none was asked for.
func printList(w io.Writer, only string, chosen []board.Board) error {
	if only == "" {
		chosen = boards
	}
	for _, b := range chosen {
		when := ""
		if !b.Contest {
			when = " (when named)"
		}
		if _, err := fmt.Fprintf(w, "%-12s %s%s\n", b.Name, b.What, when); err != nil {
			return err
		}
	}
	return nil
}

// makeAll makes the boards one after the other.
func makeAll(ctx context.Context, chosen []board.Board, o board.Options) error {
	contests := 0
	for _, b := range chosen {
		if b.Contest {
			contests++
		}
	}
	switch {
	case contests > 0 && len(o.Kinds) > 0:
		return errors.New("-kinds is for explain, examples and demons; choose one of them with -only")
	case contests < len(chosen) && len(chosen) > 1 && (o.JSON || len(o.Kinds) > 0):
		return errors.New("explain, examples and demons print rows of their own: -json and -kinds are for one of them alone; choose it with -only")
	}
	for _, b := range chosen {
		if err := b.Make(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	if o.JSON && contests > 0 {
		return o.Rows.Print(o.Out)
	}
	return nil
}

// choose finds the scoreboards that names, separated by commas, ask for. Contests
// come with the floors of the machine, once, behind them.
func choose(names string) ([]board.Board, error) {
	contests := slices.DeleteFunc(slices.Clone(boards), func(b board.Board) bool { return !b.Contest })
	switch names {
	case "":
		return contests, nil
	case "all":
		return boards, nil
	}
	var chosen []board.Board
	floorsWanted := false
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(boards, func(b board.Board) bool { return b.Name == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("no scoreboard %q; -list names them", name)
		case boards[i].Contest:
			floorsWanted = true
		}
		if name != floors.Board.Name {
			chosen = append(chosen, boards[i])
		}
	}
	if floorsWanted {
		chosen = append(chosen, floors.Board.Scoreboard())
	}
	return chosen, nil
}
