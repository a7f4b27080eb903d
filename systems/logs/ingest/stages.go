package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/read"
)

// flow is the pipeline: read, parse, hand over. What sources could not be read
// is written to unread.
func (in *Ingest) flow(ctx context.Context, unread *error) error {
	chunks := pipeline.Generate("read", func(ctx context.Context, yield func(read.Chunk) bool) error {
		err := in.reader.Chunks(ctx, yield)
		if ctx.Err() == nil {
			*unread, err = err, nil
		}
		return err
	})
	// A chunk has a thousand lines: buffers and batches count chunks.
	batches := pipeline.Through(chunks, pipeline.Stage{Name: "parse", Workers: in.rules.Workers, Buffer: in.rules.Workers, Batch: 1}, in.parse)
	full := pipeline.Into(batches, pipeline.Stage{Name: "hand over", Buffer: 1, Batch: 1}, in.queue.Put)
	results := pipeline.Run(ctx, full)
	in.results.Store(results)
	return results.Wait()
}

// parse makes events of the lines of a chunk.
func (in *Ingest) parse(_ context.Context, c read.Chunk) (batch, error) {
	parser := in.parser()
	b := batch{source: c.Source, shard: int(in.chunks.Add(1)) % in.index.Shards(), events: make([]event.Event, 0, len(c.Lines))}
	fields := make([]event.Field, 0, 8*len(c.Lines)) // of all events, one after the other
	counts := Counts{Read: int64(len(c.Lines))}
	long := c.Long
	for i, line := range c.Lines {
		if len(long) > 0 && long[0].Index == i {
			if err := in.tooLong(&c, long[0]); err != nil {
				return batch{}, err
			}
			long = long[1:]
			counts.Dead++
			continue
		}
		e := event.Event{ID: c.ID(i), Line: line, Fields: fields[len(fields):]}
		if err := parser.Parse(&e); err != nil {
			if err := in.bury(c.Source, &e, err); err != nil {
				return batch{}, err
			}
			counts.Dead++
			continue
		}
		if len(e.Fields) <= cap(fields)-len(fields) {
			fields = fields[:len(fields)+len(e.Fields)]
			e.Fields = e.Fields[:len(e.Fields):len(e.Fields)]
		}
		if e.Format == event.Raw {
			counts.Raw++
		}
		b.events = append(b.events, e)
	}
	in.counts.Do(func(all *Counts) {
		all.Read += counts.Read
		all.Raw += counts.Raw
		all.Dead += counts.Dead
	})
	return b, nil
}

// put is one try to index a batch.
func (in *Ingest) put(_ context.Context, b batch) error {
	if len(b.events) == 0 { // all were dead letters
		return nil
	}
	start := time.Now()
	err := in.index.Put(b.shard, b.events)
	in.busy.Add(int64(time.Since(start)))
	if err == nil {
		in.indexed(b.events)
	}
	return err
}

func (in *Ingest) indexed(events []event.Event) {
	in.counts.Do(func(c *Counts) { c.Indexed += int64(len(events)) })
	in.times.add(events)
}

// oneByOne indexes the lines of a batch that could not be indexed as a whole,
// and puts aside those that are to blame. A disk that cannot be written to is the
// fault of none of them, and ends the run.
func (in *Ingest) oneByOne(ctx context.Context, letter consume.Letter[batch]) error {
	if errors.Is(letter.Err(), index.ErrStorage) {
		return fmt.Errorf("ingest: %w: %d lines of %s from line %d on are not in the index", letter.Err(),
			len(letter.Item.events), letter.Item.source.Name, letter.Item.events[0].ID.Line)
	}
	for i := range letter.Item.events {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		one := letter.Item.events[i : i+1]
		err := in.putOne(letter.Item.shard, one)
		if err == nil {
			in.indexed(one)
			continue
		}
		if errors.Is(err, index.ErrStorage) {
			return err
		}
		if err := in.bury(letter.Item.source, &one[0], err); err != nil {
			return err
		}
		in.counts.Do(func(c *Counts) { c.Dead++ })
	}
	return nil
}

// putOne is Put, with a panic as an error: it is the line's.
func (in *Ingest) putOne(shard int, one []event.Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &trivet.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return in.index.Put(shard, one)
}

func (in *Ingest) tooLong(c *read.Chunk, l read.Long) error {
	return in.rules.Dead.Add(DeadLetter{
		Source: c.Source.Name,
		Line:   c.ID(l.Index).Line,
		Offset: l.Offset,
		Length: l.Length,
		Reason: fmt.Sprintf("longer than the %d bytes that a line may have", len(l.Head)),
		Raw:    l.Head,
	})
}

func (in *Ingest) bury(s read.Source, e *event.Event, reason error) error {
	return in.rules.Dead.Add(DeadLetter{
		Source: s.Name,
		Line:   e.ID.Line,
		Length: int64(len(e.Line)),
		Reason: reason.Error(),
		Raw:    e.Line,
	})
}
