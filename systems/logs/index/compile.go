package index

import (
	"cmp"
	"fmt"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	"github.com/blevesearch/vellum/levenshtein"
)

// A compiler makes matchers of queries that are ours: see the function of that
// name.
type compiler struct {
	mapping mapping.IndexMapping
	dear    bool // to count all lines may take long
	boosted bool // a part of the query is to weigh more, which matchers do not heed
}

func (c *compiler) matcher(q query.Query) (matcher, error) {
	if b, ok := q.(query.BoostableQuery); ok && b.Boost() != 1 {
		c.boosted = true
	}
	switch q := q.(type) {
	case nil:
		return nothing{}, nil
	case *query.MatchAllQuery:
		return everything{}, nil
	case *query.TermQuery:
		return term{q.FieldVal, q.Term}, nil
	case *query.NumericRangeQuery: // of one number, and stands beside it as a word
		return nothing{}, nil
	case *span:
		return q, nil
	case *choice:
		c.dear, c.boosted = true, c.boosted || q.boost != 1
		return q, nil
	case *phrase:
		c.boosted = c.boosted || q.boost != 1
		return c.phrase(q), nil
	case *query.MatchQuery:
		return c.words(q)
	case *query.DisjunctionQuery:
		return c.any(q.Disjuncts)
	case *query.BooleanQuery:
		return c.boolean(q)
	default:
		return nil, fmt.Errorf("a search for %T is not possible", q)
	}
}

func (c *compiler) all(queries []query.Query) (all []matcher, err error) {
	for _, q := range queries {
		m, err := c.matcher(q)
		if err != nil {
			return nil, err
		}
		if m != (nothing{}) {
			all = append(all, m)
		}
	}
	return all, nil
}

func (c *compiler) any(queries []query.Query) (matcher, error) {
	should, err := c.all(queries)
	switch len(should) {
	case 0:
		return nothing{}, err
	case 1:
		return should[0], err
	default:
		return &boolean{should: should}, err
	}
}

func (c *compiler) boolean(q *query.BooleanQuery) (matcher, error) {
	var b boolean
	var err error
	if must, ok := q.Must.(*query.ConjunctionQuery); ok {
		if b.must, err = c.all(must.Conjuncts); err != nil {
			return nil, err
		}
	}
	if should, ok := q.Should.(*query.DisjunctionQuery); ok {
		if b.should, err = c.all(should.Disjuncts); err != nil {
			return nil, err
		}
	}
	if not, ok := q.MustNot.(*query.DisjunctionQuery); ok {
		if b.not, err = c.all(not.Disjuncts); err != nil {
			return nil, err
		}
	}
	if len(b.must)+len(b.should)+len(b.not) == 0 {
		return nothing{}, nil
	}
	return &b, nil
}

// words is a query of the words in a text, any of them.
func (c *compiler) words(q *query.MatchQuery) (matcher, error) {
	field := cmp.Or(q.FieldVal, lineField)
	var any []query.Query
	for _, token := range c.mapping.AnalyzerNamed(c.mapping.AnalyzerNameForPath(field)).Analyze([]byte(q.Match)) {
		if q.Fuzziness == 0 {
			one := query.NewTermQuery(string(token.Term))
			one.SetField(field)
			any = append(any, one)
			continue
		}
		like, err := newFuzzy(field, string(token.Term), q.Fuzziness)
		if err != nil {
			return nil, err
		}
		any = append(any, like)
	}
	return c.any(any)
}

// newFuzzy is of words that differ in a few letters.
func newFuzzy(field, text string, letters int) (*choice, error) {
	if letters < 0 || letters > searcher.MaxFuzziness {
		return nil, fmt.Errorf("%s~%d: it must be from 0 to %d letters", text, letters, searcher.MaxFuzziness)
	}
	builder, err := levenshtein.NewLevenshteinAutomatonBuilder(uint8(letters), true)
	if err != nil {
		return nil, err
	}
	like, err := builder.BuildDfa(text, uint8(letters))
	return &choice{field: field, boost: 1, like: like}, err
}

func (c *compiler) phrase(q *phrase) matcher {
	switch len(q.words) {
	case 0:
		return nothing{}
	case 1:
		return term{lineField, string(q.words[0])}
	default:
		c.dear = true
		return q
	}
}
