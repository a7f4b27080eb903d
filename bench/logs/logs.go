// Package logs is the scoreboard of the log search: what the flow around the
// index costs, and what other indexes cost.
package logs

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	_ "modernc.org/sqlite"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/systems/logs/generate"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/parse"
	"github.com/trivet-go/trivet/systems/logs/read"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "logs",
	What:  "what it costs to bring a line of an access log into the index of systems/logs",
	Cases: cases,
	LeftOut: []string{
		"bluge: no release since 2022",
	},
}

const (
	lines = 10_000 // of a sample
	batch = 1_000
)

func cases() []contest.Case {
	return []contest.Case{{
		Name:    "ingest",
		Op:      "a line",
		Unit:    lines,
		Promise: "all lines are found, and on disk",
		Subjects: []contest.Subject{
			{Who: "trivet systems/logs", Role: contest.Ours, Run: repeat(whole)},
			{Who: "its index bare, a goroutine a core", Role: contest.Rival, Run: repeat(bare)},
			{Who: "SQLite FTS5, a goroutine a core", Role: contest.Reference,
				Note: "no fields are indexed, only words; ranked searches take far longer", Run: repeat(fts)},
		},
		Targets: []contest.Target{{Who: "trivet systems/logs", Of: "its index bare, a goroutine a core", Ratio: 1.15}},
	}}
}

// repeat makes a subject of what ingests the sample once, into a new folder.
func repeat(f func(sample *sample, dir string) error) func(n int) {
	return func(n int) {
		s := theSample()
		for range n / lines {
			dir, err := os.MkdirTemp("", "bench-logs-")
			if err == nil {
				err = f(s, dir)
			}
			if err := os.RemoveAll(dir); err != nil {
				panic(err)
			}
			if err != nil {
				panic(err)
			}
		}
	}
}

// sample is a log, and its lines parsed.
type sample struct {
	log     []byte
	batches [][]event.Event
}

var theSample = sync.OnceValue(func() *sample {
	parsers, err := parse.New(parse.Rules{})
	if err != nil {
		panic(err)
	}
	s, parser := &sample{}, parsers()
	var b []event.Event
	number := int64(0)
	for line := range generate.Lines(generate.Rules{}) {
		s.log = append(s.log, line...)
		number++
		e := event.Event{ID: event.ID{Line: number}, Line: append([]byte(nil), line[:len(line)-1]...)}
		if err := parser.Parse(&e); err != nil {
			panic(err)
		}
		if b = append(b, e); len(b) == batch {
			s.batches, b = append(s.batches, b), nil
		}
		if number == lines {
			return s
		}
	}
	panic("the generator ended")
})

func cores() int { return runtime.GOMAXPROCS(0) }

// whole is systems/logs: it reads the file, parses, and indexes.
func whole(s *sample, dir string) error {
	x, err := index.Create(filepath.Join(dir, "index"), index.Rules{Shards: cores()})
	if err != nil {
		return err
	}
	defer x.Close()
	name := filepath.Join(dir, "access.log")
	if err := os.WriteFile(name, s.log, 0o600); err != nil {
		return err
	}
	sources, err := read.Sources(name)
	if err != nil {
		return err
	}
	in, err := ingest.New(&read.Reader{Sources: sources}, x, ingest.Rules{Dead: ingest.NewDeadLetters(io.Discard)})
	if err != nil {
		return err
	}
	if err := in.Run(context.Background()); err != nil {
		return err
	}
	return all(x.Len())
}

// bare puts lines that are in memory and parsed.
func bare(s *sample, dir string) error {
	x, err := index.Create(filepath.Join(dir, "index"), index.Rules{Shards: cores()})
	if err != nil {
		return err
	}
	defer x.Close()
	if err := each(func(worker int) error {
		for i := worker; i < len(s.batches); i += cores() {
			if err := x.Put(worker, s.batches[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := x.Flush(context.Background()); err != nil {
		return err
	}
	return all(x.Len())
}

func all(n int64, err error) error {
	if err == nil && n != lines {
		err = fmt.Errorf("%d lines are in the index, want %d", n, lines)
	}
	return err
}

// each calls f once for each core, at the same time.
func each(f func(worker int) error) error {
	errs := make([]error, cores())
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fts puts the words of lines into a database for each core.
func fts(s *sample, dir string) error {
	return each(func(worker int) error {
		db, err := sql.Open("sqlite", fmt.Sprintf("file:%s/%d.db?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)", dir, worker))
		if err != nil {
			return err
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		_, err = db.Exec(`CREATE TABLE lines (id INTEGER PRIMARY KEY, at INTEGER, line TEXT);
			CREATE VIRTUAL TABLE words USING fts5(line, content='lines', content_rowid='id', detail=none)`)
		for i := worker; i < len(s.batches) && err == nil; i += cores() {
			err = putFTS(db, s.batches[i])
		}
		return err
	})
}

func putFTS(db *sql.DB, events []event.Event) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	line, err := tx.Prepare("INSERT INTO lines VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	words, err := tx.Prepare("INSERT INTO words (rowid, line) VALUES (?, ?)")
	if err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if _, err := line.Exec(e.ID.Line, e.Time.UnixMicro(), e.Line); err != nil {
			return err
		}
		if _, err := words.Exec(e.ID.Line, string(e.Line)); err != nil {
			return err
		}
	}
	return tx.Commit()
}
