// Package ingest brings the lines of logs into an index:
//
//	read ──chunks──▶ parse ──▶ ▯▯▯ queue ──▶ index ──▶ shards
//	                   │                       │
//	                   └───── dead letters ◀───┘
//
// Reading and parsing are stages of a pipeline: an error there is an error of
// all of it, and chunks pass through. Indexing consumes a queue: the index can
// fail for a while, so a batch is tried again, and what cannot be indexed is put
// aside, line by line. The queue is where the two meet. All of it is bounded, so
// a slow index slows down the reader, and nothing is dropped.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/systems/logs/parse"
	"github.com/trivet-go/trivet/systems/logs/read"
	"github.com/trivet-go/trivet/task/scoped"
)

// Index is where lines go.
type Index interface {
	Shards() int
	Put(shard int, events []event.Event) error
	Flush(ctx context.Context) error
}

// Rules say how.
type Rules struct {
	Parse   parse.Rules
	Workers int // that parse, and that index; 0 means one for each core
	Tries   int // how often a batch is put before its lines are put one by one; 0 means 3
	Backoff consume.Backoff
	Dead    *DeadLetters // must not be nil
}

// An Ingest is one run. Its methods other than Run may be called by any
// goroutine at any time.
type Ingest struct {
	rules  Rules
	reader *read.Reader
	index  Index
	parser func() *parse.Lines

	queue    *bounded.Queue[batch]
	consumer *consume.Consumer[batch]
	results  atomic.Pointer[pipeline.Results[struct{}]]
	chunks   atomic.Int64 // so far: they are dealt to the shards in turn
	busy     atomic.Int64 // nanoseconds in which workers put batches
	started  atomic.Int64 // in nanoseconds since 1970
	ended    atomic.Int64
	complete atomic.Bool

	counts guarded.Value[Counts]
	times  *times
}

// Counts are numbers of lines. Once a run has ended well, Read is Indexed + Dead.
type Counts struct {
	Read    int64 `json:"read"`
	Raw     int64 `json:"raw"` // that no parser took; they are indexed all the same
	Indexed int64 `json:"indexed"`
	Dead    int64 `json:"dead"`
	Retries int64 `json:"retries"` // tries to index a batch that failed
}

// batch is a chunk after parsing.
type batch struct {
	source read.Source
	shard  int
	events []event.Event
}

// New prepares a run; nothing is read before Run.
func New(reader *read.Reader, x Index, rules Rules) (*Ingest, error) {
	parser, err := parse.New(rules.Parse)
	if err != nil {
		return nil, err
	}
	if rules.Workers <= 0 {
		rules.Workers = runtime.GOMAXPROCS(0)
	}
	if rules.Tries <= 0 {
		rules.Tries = 3
	}
	in := &Ingest{rules: rules, reader: reader, index: x, parser: parser, times: newTimes()}
	in.queue = bounded.New(2*rules.Workers, bounded.Rules[batch]{Name: "batches"})
	in.consumer = consume.New(in.queue, in.put, consume.Rules[batch]{
		Name:        "index",
		Workers:     rules.Workers,
		Ahead:       rules.Workers,
		Tries:       rules.Tries,
		Backoff:     rules.Backoff,
		DeadLetters: in.oneByOne,
	})
	return in, nil
}

// Run reads all sources to their end, and returns when every line is on disk or
// a dead letter. A source that cannot be read is in the error, and all others
// are indexed. Any other error, or the end of ctx, ends the run early.
func (in *Ingest) Run(ctx context.Context) error {
	in.started.Store(time.Now().UnixNano())
	defer func() { in.ended.Store(time.Now().UnixNano()) }()
	var unread error
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			report, err := in.consumer.Run(ctx)
			if n := len(report.Abandoned); err == nil && n > 0 {
				err = fmt.Errorf("ingest: %d batches were left", n)
			}
			return err
		})
		g.Go(func(ctx context.Context) error {
			defer in.queue.Close()
			return in.flow(ctx, &unread)
		})
		return nil
	})
	if err == nil {
		err = in.index.Flush(ctx)
	}
	in.complete.Store(err == nil)
	return errors.Join(err, unread)
}
