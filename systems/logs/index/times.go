package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/numeric"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/systems/logs/event"
)

// A place says how new a line is: that of a newer line is greater. Of a line with
// a time it is that, in microseconds since 1970. Lines without one come before
// all others, in the order of their IDs.
type place = int64

// firstTime is the least place of a line with a time: 146,000 years ago.
const firstTime place = -1 << 62

// untimed is the place of a line without a time. Those of different lines differ
// as long as there are fewer than 4 million sources.
func untimed(id event.ID) place {
	source, line := min(int64(id.Source), 1<<22-1), min(id.Line, 1<<40-1)
	return math.MinInt64 + source<<40 + line
}

// timeOf returns the time of a line; zero if it has none.
func timeOf(p place) time.Time {
	if p < firstTime {
		return time.Time{}
	}
	return time.UnixMicro(p).UTC()
}

// times are the places of a shard's lines, in memory: eight bytes a line. Every
// search needs them, and reading them from the files takes longer than all the
// rest of it.
//
// The files of a shard, its segments, never change. They are read once each, by
// the first search that sees them.
type times struct {
	known   lockfree.Snapshot[map[uint64]*timeline] // by segment
	loading async.Shared[uint64, *timeline]
}

// A timeline has the places of the lines of one segment.
type timeline struct {
	places []place // by number of the line in the segment
	blocks []block // the newest first
}

// A block is blockSize lines that follow one another in a segment, or fewer at
// its end. The lines of a log come more or less in the order of their times, so
// most blocks need not be looked at for what is newest, or in a range of time.
type block struct {
	first, end     uint32 // numbers of lines; end is not in it
	oldest, newest spot
}

const blockSize = 2048

// A spot is a place, and what decides between lines of the same place: what their
// place would be without a time. (Beyond 4 million sources it does not decide.)
type spot struct{ place, tie place }

// before is a spot that no line is before.
var before = spot{math.MinInt64, math.MinInt64}

func (a spot) compare(b spot) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.tie, b.tie))
}

// newTimeline cuts lines into blocks. It asks for the ties that it needs.
func newTimeline(places []place, tie func(number uint32) (place, error)) (*timeline, error) {
	t := &timeline{places: places}
	for first := 0; first < len(places); first += blockSize {
		end := min(first+blockSize, len(places))
		b := block{first: uint32(first), end: uint32(end)}
		if err := b.measure(places[first:end], tie); err != nil {
			return nil, err
		}
		t.blocks = append(t.blocks, b)
	}
	slices.SortFunc(t.blocks, func(a, b block) int { return b.newest.compare(a.newest) })
	return t, nil
}

func (b *block) measure(places []place, tie func(uint32) (place, error)) error {
	b.oldest = spot{slices.Min(places), math.MaxInt64}
	b.newest = spot{slices.Max(places), math.MinInt64}
	for i, p := range places {
		if p != b.oldest.place && p != b.newest.place {
			continue
		}
		one, err := tie(b.first + uint32(i))
		if err != nil {
			return err
		}
		if p == b.oldest.place {
			b.oldest.tie = min(b.oldest.tie, one)
		}
		if p == b.newest.place {
			b.newest.tie = max(b.newest.tie, one)
		}
	}
	return nil
}

// newest is where the newest line is.
func (t *timeline) newest() spot {
	if len(t.blocks) == 0 {
		return before
	}
	return t.blocks[0].newest
}

// clock tells the places of the lines in one snapshot.
type clock struct {
	starts []uint64 // number of the first line of each segment
	lines  []*timeline
}

// of returns the clock of a view.
func (t *times) of(ctx context.Context, v *view) (*clock, error) {
	c := &clock{}
	known := *t.known.Load()
	all := map[uint64]*timeline{}
	start, news := uint64(0), false
	for _, segment := range v.snapshot.Segments() {
		id := segment.Id()
		line, ok := known[id]
		if !ok {
			var err error
			if line, err = t.load(ctx, v, segment, start); err != nil {
				t.add(all)
				return nil, err
			}
			news = true
		}
		all[id] = line
		c.starts = append(c.starts, start)
		c.lines = append(c.lines, line)
		start += uint64(segment.FullSize())
	}
	if news {
		t.known.Store(all) // segments that are no more are forgotten
	}
	return c, nil
}

// add keeps what a search has read that could not go on, so that the next one
// gets further.
func (t *times) add(more map[uint64]*timeline) {
	t.known.Update(func(known map[uint64]*timeline) map[uint64]*timeline {
		all := maps.Clone(more)
		maps.Copy(all, known)
		return all
	})
}

// load reads the places of the lines of a segment, of which first is the number
// of the first one, unless another search is about that already.
func (t *times) load(ctx context.Context, v *view, segment *scorch.SegmentSnapshot, first uint64) (line *timeline, err error) {
	for {
		line, _, err = t.loading.Do(ctx, segment.Id(), func(ctx context.Context, _ uint64) (*timeline, error) {
			// This goes on for others when the search that has begun it ends.
			if !v.tryHold() {
				return nil, errReleased
			}
			defer v.release()
			places, err := readPlaces(ctx, v.snapshot, segment, first)
			if err != nil {
				return nil, err
			}
			return newTimeline(places, func(number uint32) (place, error) { return tieOf(segment, number) })
		})
		if !errors.Is(err, errReleased) || ctx.Err() != nil {
			return line, err
		}
	}
}

var errReleased = errors.New("the search that was to read the times has ended")

func readPlaces(ctx context.Context, snapshot *scorch.IndexSnapshot, segment *scorch.SegmentSnapshot, first uint64) ([]place, error) {
	reader, err := snapshot.DocValueReader([]string{timeField})
	if err != nil {
		return nil, err
	}
	places := make([]place, segment.FullSize())
	var number bleveindex.IndexInternalID
	for i := range places {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		timed := false
		number = bleveindex.NewIndexInternalID(number, first+uint64(i))
		err := reader.VisitDocValues(number, func(_ string, value []byte) {
			if m, err := numeric.PrefixCoded(value).Int64(); err == nil {
				places[i], timed = max(m, firstTime), true
			}
		})
		if err == nil && !timed {
			places[i], err = tieOf(segment, uint32(i))
		}
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

// tieOf is the place of a line if it has no time.
func tieOf(segment *scorch.SegmentSnapshot, number uint32) (place, error) {
	key, err := segment.DocID(uint64(number))
	if err != nil {
		return 0, err
	}
	id, err := event.ParseID(string(key))
	if err != nil {
		return 0, fmt.Errorf("index: %w", err)
	}
	return untimed(id), nil
}

// at returns the place of a line.
func (c *clock) at(number uint64) place {
	i := sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > number }) - 1
	return c.lines[i].places[number-c.starts[i]]
}
