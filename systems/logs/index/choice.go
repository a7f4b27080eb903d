package index

import (
	"context"
	"fmt"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum/regexp"
)

// choice asks for lines with any of the terms of a field that fit, such as those
// of a pattern or of a range of numbers. All of its lines rank the same, as they
// do in Lucene: they are a set of bits, however many terms there are. The library
// would rank them by every term, and keep a reader open for each. (As with single
// terms, those of the line count for the ranking, and those of fields do not.)
type choice struct {
	field string
	boost float64
	like  segment.Automaton      // nil: any term
	fits  func(term string) bool // nil: all of them
}

func newPattern(field, expression string, boost float64) (*choice, error) {
	like, err := regexp.New(expression)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", expression, err)
	}
	return &choice{field: field, boost: boost, like: like}, nil
}

// newRange understands values as numbers. The library's ranges need sixteen
// terms a number.
func newRange(q *query.NumericRangeQuery) *choice {
	inside := func(n float64) bool {
		low := q.Min == nil || n > *q.Min || n == *q.Min && *q.InclusiveMin
		high := q.Max == nil || n < *q.Max || n == *q.Max && *q.InclusiveMax
		return low && high
	}
	return &choice{
		field: q.FieldVal,
		boost: q.Boost(),
		fits: func(term string) bool {
			n, err := strconv.ParseFloat(term, 64)
			return err == nil && inside(n)
		},
	}
}

func (c *choice) in(p *part) (lines, error) {
	dict, err := p.Segment().Dictionary(c.field)
	if err != nil {
		return lines{}, err
	}
	all := roaring.New()
	terms := termsLike(dict, c.like)
	for n := 0; ; n++ {
		if n%1024 == 0 && p.ctx.Err() != nil {
			return lines{}, context.Cause(p.ctx)
		}
		entry, err := terms.Next()
		if err != nil {
			return lines{}, err
		}
		if entry == nil {
			break
		}
		if c.fits != nil && !c.fits(entry.Term) {
			continue
		}
		one, err := withTerm(dict, entry.Term, p.Deleted())
		if err != nil {
			return lines{}, err
		}
		all.Or(one)
	}
	return lines{may: all}, nil
}

// termsLike lists terms, without how many lines have each if that can be had.
func termsLike(dict segment.TermDictionary, like segment.Automaton) segment.DictionaryIterator {
	type uncounted interface {
		AutomatonIteratorOmitCount(like segment.Automaton, from, to []byte) segment.DictionaryIterator
	}
	if d, ok := dict.(uncounted); ok {
		return d.AutomatonIteratorOmitCount(like, nil, nil)
	}
	return dict.AutomatonIterator(like, nil, nil)
}

// Searcher is of query.Query.
func (c *choice) Searcher(ctx context.Context, r bleveindex.IndexReader, _ mapping.IndexMapping, _ search.SearcherOptions) (search.Searcher, error) {
	boost := c.boost
	if c.field != lineField {
		boost = 0
	}
	return newAlike(ctx, r, c, boost)
}
