package index

import (
	"context"
	"errors"
	"sort"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/numeric"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/lockfree"
)

// noTime is the time of a line that has none.
const noTime = -1 << 63

// times are those of a shard's lines, in memory: eight bytes a line. Lines that
// rank the same are sorted by time, and of a frequent word all lines rank the
// same; reading their times from the files takes longer than all the rest of a
// search.
//
// The files of a shard, its segments, never change. They are read once each, by
// the first search that sees them.
type times struct {
	known   lockfree.Snapshot[map[uint64][]int64] // by segment
	loading async.Shared[uint64, []int64]
}

// clock tells the times of the lines in one snapshot.
type clock struct {
	starts []uint64  // number of the first line of each segment
	micros [][]int64 // since 1970
}

// of returns the clock of a view.
func (t *times) of(ctx context.Context, v *view) (*clock, error) {
	c := &clock{}
	known := *t.known.Load()
	all := map[uint64][]int64{}
	start, news := uint64(0), false
	for _, segment := range v.snapshot.Segments() {
		id, n := segment.Id(), uint64(segment.FullSize())
		micros, ok := known[id]
		if !ok {
			var err error
			micros, err = t.load(ctx, v, id, start, n)
			if err != nil {
				return nil, err
			}
			news = true
		}
		all[id] = micros
		c.starts = append(c.starts, start)
		c.micros = append(c.micros, micros)
		start += n
	}
	if news {
		t.known.Store(all) // segments that are no more are forgotten
	}
	return c, nil
}

// load reads the times of the n lines of a segment, unless another search is
// about that already.
func (t *times) load(ctx context.Context, v *view, id, first, n uint64) (micros []int64, err error) {
	for {
		micros, _, err = t.loading.Do(ctx, id, func(ctx context.Context, _ uint64) ([]int64, error) {
			// This goes on for others when the search that has begun it ends.
			if !v.tryHold() {
				return nil, errReleased
			}
			defer v.release()
			return readTimes(ctx, v.snapshot, first, n)
		})
		if !errors.Is(err, errReleased) || ctx.Err() != nil {
			return micros, err
		}
	}
}

var errReleased = errors.New("the search that was to read the times has ended")

func readTimes(ctx context.Context, snapshot *scorch.IndexSnapshot, first, n uint64) ([]int64, error) {
	reader, err := snapshot.DocValueReader([]string{timeField})
	if err != nil {
		return nil, err
	}
	micros := make([]int64, n)
	var number bleveindex.IndexInternalID
	for i := range micros {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		micros[i] = noTime
		number = bleveindex.NewIndexInternalID(number, first+uint64(i))
		err := reader.VisitDocValues(number, func(_ string, value []byte) {
			if m, err := numeric.PrefixCoded(value).Int64(); err == nil {
				micros[i] = m
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return micros, nil
}

// at returns the time of a line.
func (c *clock) at(number bleveindex.IndexInternalID) int64 {
	n := number.Value()
	i := sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > n }) - 1
	return c.micros[i][n-c.starts[i]]
}
