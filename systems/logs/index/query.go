package index

import (
	"cmp"
	"strings"

	"github.com/blevesearch/bleve/v2/search/query"
)

// ours replaces those parts of a query that the library cannot answer from this
// index, or not at any cost.
func ours(q query.Query) (_ query.Query, err error) {
	switch q := q.(type) {
	case *query.BooleanQuery:
		for _, part := range []*query.Query{&q.Must, &q.Should, &q.MustNot} {
			if *part, err = ours(*part); err != nil {
				return nil, err
			}
		}
	case *query.ConjunctionQuery:
		return q, allOurs(q.Conjuncts)
	case *query.DisjunctionQuery:
		return q, allOurs(q.Disjuncts)
	case *query.MatchPhraseQuery:
		if inLine(q.FieldVal) {
			return newPhrase(q.MatchPhrase, q.Boost()), nil
		}
		whole := query.NewTermQuery(q.MatchPhrase) // other fields are one term each
		whole.SetField(q.FieldVal)
		whole.SetBoost(q.Boost())
		return whole, nil
	case *query.RegexpQuery:
		return newPattern(cmp.Or(q.FieldVal, lineField), q.Regexp, q.Boost())
	case *query.WildcardQuery:
		return ourWildcard(q)
	case *query.DateRangeQuery:
		return newSpan(q)
	case *query.NumericRangeQuery:
		if q.Min == nil || q.Max == nil { // with both it stands beside a number, which is also looked for as a word
			return newRange(q), nil
		}
	}
	return q, nil
}

func allOurs(all []query.Query) (err error) {
	for i := range all {
		if all[i], err = ours(all[i]); err != nil {
			return err
		}
	}
	return nil
}

func inLine(field string) bool { return field == "" || field == lineField }

// wildcards makes regular expressions of patterns.
var wildcards = strings.NewReplacer(
	"*", ".*", "?", ".",
	"+", `\+`, "(", `\(`, ")", `\)`, "^", `\^`, "$", `\$`, ".", `\.`,
	"{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "|", `\|`, `\`, `\\`,
)

func ourWildcard(q *query.WildcardQuery) (query.Query, error) {
	pattern := q.Wildcard
	switch {
	case inLine(q.FieldVal) && strings.Trim(pattern, "*") == "":
		return query.NewMatchAllQuery(), nil
	case inLine(q.FieldVal):
		pattern = strings.ToLower(pattern) // as the words of lines are
	}
	return newPattern(cmp.Or(q.FieldVal, lineField), wildcards.Replace(pattern), q.Boost())
}
