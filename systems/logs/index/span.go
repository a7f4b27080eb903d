package index

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// span asks for lines of a time: those from one place to another, both of them
// included.
type span struct{ from, to place }

// whenever is all lines that have a time.
var whenever = span{firstTime, math.MaxInt64}

// newSpan is of at:>"2026-01-05T10:00:00Z" and the like.
func newSpan(q *query.DateRangeQuery) (*span, error) {
	if q.FieldVal != timeField {
		return nil, fmt.Errorf("%s: only %s is a time, as in %s:>=\"2026-01-05T10:00:00Z\"", q.FieldVal, timeField, timeField)
	}
	s := whenever
	if from := q.Start.Time; !from.IsZero() {
		s.from = from.UnixMicro()
		if q.InclusiveStart != nil && !*q.InclusiveStart {
			s.from++
		}
	}
	if to := q.End.Time; !to.IsZero() {
		s.to = to.UnixMicro()
		if q.InclusiveEnd == nil || !*q.InclusiveEnd {
			s.to--
		}
	}
	return &s, nil
}

// between is from one time on, and before another; zero: no limit.
func between(from, until time.Time) span {
	s := whenever
	if !from.IsZero() {
		s.from = from.UnixMicro()
	}
	if !until.IsZero() {
		s.to = until.UnixMicro() - 1
	}
	return s
}

func (s span) has(p place) bool      { return s.from <= p && p <= s.to }
func (s span) hasAll(b *block) bool  { return s.from <= b.oldest.place && b.newest.place <= s.to }
func (s span) touches(b *block) bool { return s.from <= b.newest.place && b.oldest.place <= s.to }

func (s *span) in(p *part) (lines, error) {
	found := roaring.New()
	for i := range p.blocks {
		b := &p.blocks[i]
		switch {
		case !s.touches(b):
		case s.hasAll(b):
			found.AddRange(uint64(b.first), uint64(b.end))
		default:
			for n := b.first; n < b.end; n++ {
				if s.has(p.places[n]) {
					found.Add(n)
				}
			}
		}
	}
	if p.Deleted() != nil {
		found.AndNot(p.Deleted())
	}
	return lines{may: found}, nil
}

// Searcher is of query.Query. A time chooses lines, and does not rank them.
func (s *span) Searcher(ctx context.Context, r bleveindex.IndexReader, _ mapping.IndexMapping, _ search.SearcherOptions) (search.Searcher, error) {
	return newAlike(ctx, r, s, 0)
}
