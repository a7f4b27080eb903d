package index

import (
	"context"
	"strconv"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// choice asks for lines with any of the terms of a field that fit, such as those
// of a pattern or of a range of numbers. All of its lines rank the same, as they
// do in Lucene: they are a set of bits, however many terms there are. The library
// would rank them by every term, and keep a reader open for each. (As with single
// terms, those of the line count for the ranking, and those of fields do not.)
type choice struct {
	field string
	boost float64
	terms func(*scorch.IndexSnapshot) (bleveindex.FieldDict, error)
	fits  func(term string) bool // nil: all of them
}

func newPattern(field, expression string, boost float64) *choice {
	return &choice{field: field, boost: boost, terms: func(s *scorch.IndexSnapshot) (bleveindex.FieldDict, error) {
		dict, _, err := s.FieldDictRegexpAutomaton(field, expression)
		return dict, err
	}}
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
		terms: func(s *scorch.IndexSnapshot) (bleveindex.FieldDict, error) { return s.FieldDict(q.FieldVal) },
		fits: func(term string) bool {
			n, err := strconv.ParseFloat(term, 64)
			return err == nil && inside(n)
		},
	}
}

// unranked lets the library put sets of bits together.
var unranked = search.SearcherOptions{Score: "none"}

// Searcher is of query.Query. The first round of a search has nothing to ask of
// it.
func (c *choice) Searcher(ctx context.Context, r bleveindex.IndexReader, _ mapping.IndexMapping, _ search.SearcherOptions) (search.Searcher, error) {
	k, ok := r.(*knowing)
	if !ok {
		return searcher.NewMatchNoneSearcher(r)
	}
	dict, err := c.terms(k.IndexSnapshot)
	if err != nil {
		return nil, err
	}
	defer dict.Close()
	plain := context.Background() // what ctx carries is for ranking
	var all []search.Searcher
	for {
		terms, err := c.some(ctx, dict)
		if err != nil {
			return nil, err
		}
		more, err := searcher.NewMultiTermSearcher(plain, k.IndexSnapshot, terms, c.field, 1, unranked, false)
		if err != nil {
			return nil, err
		}
		one, err := searcher.NewDisjunctionSearcher(plain, k.IndexSnapshot, append(all, more), 0, unranked)
		if err != nil || len(terms) < atOnce {
			return c.alike(one), err
		}
		all = []search.Searcher{one}
	}
}

// atOnce is how many terms have an open reader at the same time.
const atOnce = 1024

// some returns the next terms that fit: atOnce, or fewer if these are the last.
func (c *choice) some(ctx context.Context, dict bleveindex.FieldDict) (terms []string, err error) {
	for n := 1; len(terms) < atOnce; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return terms, err
		}
		if c.fits == nil || c.fits(entry.Term) {
			terms = append(terms, entry.Term)
		}
	}
	return terms, ctx.Err()
}

// alike gives all lines the same score.
type alike struct {
	search.Searcher
	boost, score float64
}

func (c *choice) alike(lines search.Searcher) *alike {
	if c.field != lineField {
		return &alike{lines, 0, 0}
	}
	return &alike{lines, c.boost, c.boost}
}

// Weight is not 0 for the sake of norms, which are one by the sum of weights.
func (a *alike) Weight() float64           { return max(a.boost*a.boost, 1) }
func (a *alike) SetQueryNorm(norm float64) { a.score = a.boost * norm }

func (a *alike) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	return a.scored(a.Searcher.Next(ctx))
}

func (a *alike) Advance(ctx *search.SearchContext, number bleveindex.IndexInternalID) (*search.DocumentMatch, error) {
	return a.scored(a.Searcher.Advance(ctx, number))
}

func (a *alike) scored(match *search.DocumentMatch, err error) (*search.DocumentMatch, error) {
	if match != nil {
		match.Score = a.score
	}
	return match, err
}
