// Command bench prints Trivet's scoreboards: what it claims, beside what was
// measured on this machine.
//
//	go -C bench run . -list
//	go -C bench run . -only explain
//	go -C bench run . -only explain -kinds mutex,queue -pairs 10 -json
//
// A scoreboard tells misses first. It exits 0 when it could be made, whatever it
// says, and 2 when it could not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/trivet-go/trivet/bench/examples"
	"github.com/trivet-go/trivet/bench/explain"
	"github.com/trivet-go/trivet/bench/internal/board"
)

// boards is every scoreboard, in the order in which they are made.
var boards = []board.Board{
	explain.Board,
	examples.Board,
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
	only := flag.String("only", "", "scoreboards to make, separated by commas; all if empty")
	kinds := flag.String("kinds", "", "kinds or examples to try, separated by commas; all if empty")
	list := flag.Bool("list", false, "list the scoreboards and exit")
	flag.IntVar(&o.Pairs, "pairs", 12, "interleaved pairs of runs for each measurement")
	flag.IntVar(&o.Repeats, "repeats", 3, "runs on each number of emulated cores")
	flag.StringVar(&o.Trivet, "trivet", "", "trivet command to try; built from this repository if empty")
	flag.BoolVar(&o.MeasureOnly, "measure-only", false, "measure, and ask trivet nothing")
	flag.BoolVar(&o.JSON, "json", false, "print JSON on standard output and nothing else there")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; choose scoreboards with -only", flag.Arg(0))
	}
	o.Out, o.Progress = os.Stdout, board.NewProgress(os.Stderr)
	if *kinds != "" {
		o.Kinds = strings.Split(*kinds, ",")
	}

	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if len(chosen) != 1 && (o.JSON || *kinds != "") {
		return errors.New("-json and -kinds are for one scoreboard; choose it with -only")
	}
	for _, b := range chosen {
		if *list {
			fmt.Printf("%-10s %s\n", b.Name, b.What)
			continue
		}
		if err := b.Make(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	return nil
}

// choose finds the scoreboards that names, separated by commas, ask for.
func choose(names string) ([]board.Board, error) {
	if names == "" {
		return boards, nil
	}
	var chosen []board.Board
	for _, name := range strings.Split(names, ",") {
		found := false
		for _, b := range boards {
			if b.Name == name {
				chosen, found = append(chosen, b), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no scoreboard %q; -list names them", name)
		}
	}
	return chosen, nil
}
