// Command figures measures the board models and writes what it says to where it is
// cited: why/choose/models.json, and the tables of docs/GUIDE.md.
//
//	go -C bench run ./models/figures               measure, which takes two minutes, and write
//	go -C bench run ./models/figures -from FILE    write what -only models -json has printed
//
// It is run on a machine with nothing else going on.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/bench/models"
	"github.com/trivet-go/trivet/why/choose"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context) error {
	from := flag.String("from", "", "a `FILE` of rows, as -json has printed them on this machine; measure if empty")
	rounds := flag.Int("rounds", contest.Rounds, "rounds of the measurement")
	sample := flag.Duration("sample", contest.Sample, "about how long each subject runs in a round")
	flag.Parse()
	rows, err := rowsOf(ctx, *from, *rounds, *sample)
	if err != nil {
		return err
	}
	m := &choose.Measured{Machine: board.Machine(), Date: time.Now().UTC().Format(time.DateOnly)}
	if m.Figures, err = models.Figures(rows); err != nil {
		return err
	}
	return write(ctx, m)
}

// rowsOf measures, or reads what was measured.
func rowsOf(ctx context.Context, from string, rounds int, sample time.Duration) (rows []contest.Row, err error) {
	var text bytes.Buffer
	if from != "" {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		text.Write(data)
	} else {
		all := new(board.Rows)
		o := board.Options{JSON: true, Rounds: rounds, Sample: sample, Rows: all, Progress: board.NewProgress(os.Stderr)}
		if err := models.Board.Make(ctx, o); err != nil {
			return nil, err
		}
		if err := all.Print(&text); err != nil {
			return nil, err
		}
	}
	return rows, json.Unmarshal(text.Bytes(), &rows)
}

// write writes the figures, and then what the command shows of them.
func write(ctx context.Context, m *choose.Measured) error {
	data, err := m.Format()
	if err != nil {
		return err
	}
	if _, err := choose.ParseMeasured(data); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join("..", "why", "choose", "models.json"), data, 0o644); err != nil {
		return err
	}
	guide := filepath.Join("..", "docs", "GUIDE.md")
	text, err := os.ReadFile(guide)
	if err != nil {
		return err
	}
	shown := exec.CommandContext(ctx, "go", "run", "./cmd/trivet", "choose", "-models")
	shown.Dir, shown.Stderr, shown.Env = "..", os.Stderr, append(os.Environ(), "GOWORK=")
	out, err := shown.Output()
	if err != nil {
		return fmt.Errorf("trivet choose -models: %w", err)
	}
	changed, err := replace(string(text), string(out))
	if err != nil {
		return err
	}
	if err := os.WriteFile(guide, []byte(changed), 0o644); err != nil {
		return err
	}
	fmt.Println("written: why/choose/models.json, docs/GUIDE.md; to see whether the texts still hold: go test ./why/choose ./docs")
	return nil
}

const command = "$ trivet choose -models\n"

// replace puts what the command prints to where the guide shows it.
func replace(guide, out string) (string, error) {
	before, after, found := strings.Cut(guide, command)
	end := strings.Index(after, "```")
	if !found || end < 0 {
		return "", fmt.Errorf("docs/GUIDE.md does not show %q", strings.TrimSpace(command))
	}
	return before + command + part(out) + after[end:], nil
}

// part is what the guide shows: the payload, how long changes take to be there, and
// where it was measured.
func part(out string) string {
	payload, rest, _ := strings.Cut(out, "TASKS")
	return payload + "…\n" + rest[strings.Index(rest, "WAITS"):]
}
