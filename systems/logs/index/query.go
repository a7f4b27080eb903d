package index

import (
	"cmp"
	"strings"

	"github.com/blevesearch/bleve/v2/search/query"
)

// ours replaces those parts of a query that the library cannot answer from this
// index, or not at any cost.
func ours(q query.Query) query.Query {
	switch q := q.(type) {
	case *query.BooleanQuery:
		q.Must, q.Should, q.MustNot = ours(q.Must), ours(q.Should), ours(q.MustNot)
	case *query.ConjunctionQuery:
		for i := range q.Conjuncts {
			q.Conjuncts[i] = ours(q.Conjuncts[i])
		}
	case *query.DisjunctionQuery:
		for i := range q.Disjuncts {
			q.Disjuncts[i] = ours(q.Disjuncts[i])
		}
	case *query.MatchPhraseQuery:
		if inLine(q.FieldVal) {
			return newPhrase(q.MatchPhrase, q.Boost())
		}
		whole := query.NewTermQuery(q.MatchPhrase) // other fields are one term each
		whole.SetField(q.FieldVal)
		whole.SetBoost(q.Boost())
		return whole
	case *query.RegexpQuery:
		return newPattern(cmp.Or(q.FieldVal, lineField), q.Regexp, q.Boost())
	case *query.WildcardQuery:
		return ourWildcard(q)
	case *query.NumericRangeQuery:
		if q.Min == nil || q.Max == nil { // with both it stands beside a number, which is also looked for as a word
			return newRange(q)
		}
	}
	return q
}

func inLine(field string) bool { return field == "" || field == lineField }

// wildcards makes regular expressions of patterns.
var wildcards = strings.NewReplacer(
	"*", ".*", "?", ".",
	"+", `\+`, "(", `\(`, ")", `\)`, "^", `\^`, "$", `\$`, ".", `\.`,
	"{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "|", `\|`, `\`, `\\`,
)

func ourWildcard(q *query.WildcardQuery) query.Query {
	pattern := q.Wildcard
	switch {
	case inLine(q.FieldVal) && strings.Trim(pattern, "*") == "":
		return query.NewMatchAllQuery()
	case inLine(q.FieldVal):
		pattern = strings.ToLower(pattern) // as the words of lines are
	}
	return newPattern(cmp.Or(q.FieldVal, lineField), wildcards.Replace(pattern), q.Boost())
}
