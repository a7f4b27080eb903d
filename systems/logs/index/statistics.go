package index

import (
	"context"
	"maps"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/flow/scatter"
)

// statistics are what BM25 needs to know of a collection of lines.
type statistics struct {
	lines  uint64
	words  int64           // of all lines
	fields map[string]bool // that the query is about
	with   map[term]uint64 // lines that have the term
}

type term struct{ field, text string }

func newStatistics() statistics {
	return statistics{fields: map[string]bool{}, with: map[term]uint64{}}
}

// sum makes those of the whole index.
func sum(replies scatter.Replies[statistics]) (statistics, error) {
	all := newStatistics()
	for _, s := range replies.Good() {
		all.lines += s.lines
		all.words += s.words
		maps.Copy(all.fields, s.fields)
		for t, n := range s.with {
			all.with[t] += n
		}
	}
	return all, nil
}

// inContext tells the library's scorers the number of lines and their lengths.
// By itself the library takes for the length of all lines the number of different
// words in them, once for each file of the index.
func (s *statistics) inContext(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, search.GetScoringModelCallbackKey, search.GetScoringModelCallbackFn(func() string {
		return bleveindex.BM25Scoring
	}))
	lengths := map[string]int{}
	for field := range s.fields {
		lengths[field] = int(s.lines) // a value is one word
	}
	lengths[lineField] = int(s.words)
	return context.WithValue(ctx, search.BM25StatsKey, &search.BM25Stats{
		DocCount:         float64(s.lines),
		FieldCardinality: lengths,
	})
}

// asking is a reader of a shard that notes what a query asks it for.
type asking struct {
	*scorch.IndexSnapshot
	local statistics
}

func (a *asking) TermFieldReader(ctx context.Context, text []byte, field string, freq, norm, vectors bool) (bleveindex.TermFieldReader, error) {
	r, err := a.IndexSnapshot.TermFieldReader(ctx, text, field, freq, norm, vectors)
	if err != nil {
		return nil, err
	}
	a.local.with[term{field, string(text)}] = r.Count()
	a.local.fields[field] = true
	return r, nil
}

// knowing is a reader of a shard that says of a term how many lines of the whole
// index have it.
type knowing struct {
	*scorch.IndexSnapshot
	clock  *clock
	global *statistics
}

func (k *knowing) TermFieldReader(ctx context.Context, text []byte, field string, freq, norm, vectors bool) (bleveindex.TermFieldReader, error) {
	r, err := k.IndexSnapshot.TermFieldReader(ctx, text, field, freq, norm, vectors)
	if err != nil {
		return nil, err
	}
	return &counted{r, k.global.with[term{field, string(text)}]}, nil
}

type counted struct {
	bleveindex.TermFieldReader
	count uint64
}

func (c *counted) Count() uint64 { return c.count }
