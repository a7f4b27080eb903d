package index

import (
	"bytes"
	"context"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// phrase asks for words that follow one another. The index does not know where
// in a line a word is, which would double its size: all lines with the words are
// looked at. (As does the field type match_only_text of Elasticsearch.)
type phrase struct {
	words [][]byte
	boost float64
}

func newPhrase(text string, boost float64) *phrase {
	p := &phrase{boost: boost}
	for _, token := range (words{}).Tokenize([]byte(text)) {
		p.words = append(p.words, token.Term)
	}
	return p
}

// Searcher is of query.Query.
func (p *phrase) Searcher(ctx context.Context, r bleveindex.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	if len(p.words) == 0 {
		return query.NewMatchNoneQuery().Searcher(ctx, r, m, o)
	}
	all := query.NewConjunctionQuery(nil)
	for _, w := range p.words {
		word := query.NewTermQuery(string(w))
		word.SetField(lineField)
		all.AddQuery(word)
	}
	all.SetBoost(p.boost)
	s, err := all.Searcher(ctx, r, m, o)
	if err != nil || len(p.words) == 1 {
		return s, err
	}
	return searcher.NewFilteringSearcher(ctx, s, func(sc *search.SearchContext, match *search.DocumentMatch) bool {
		line, err := lineOf(sc.IndexReader, match.IndexInternalID)
		return err != nil || p.fits(line) // with an error the line is let through, and its loading fails
	}), nil
}

func (p *phrase) in(part *part) (lines, error) {
	var words []matcher
	for _, w := range p.words {
		words = append(words, term{lineField, string(w)})
	}
	all, err := (&boolean{must: words}).in(part)
	all.check = func(number uint32) (bool, error) {
		fits := false
		err := part.VisitDocument(uint64(number), func(field string, _ byte, value []byte, _ []uint64) bool {
			if field == lineField {
				fits = p.fits(value)
			}
			return field != lineField
		})
		return fits, err
	}
	return all, err
}

// fits reports whether the words are in line, one after the other.
func (p *phrase) fits(line []byte) bool {
	tokens := words{}.Tokenize(line)
	for i := 0; i+len(p.words) <= len(tokens); i++ {
		j := 0
		for j < len(p.words) && bytes.Equal(tokens[i+j].Term, p.words[j]) {
			j++
		}
		if j == len(p.words) {
			return true
		}
	}
	return false
}

// lineOf loads a line. It may share memory with the index.
func lineOf(r bleveindex.IndexReader, number bleveindex.IndexInternalID) (line []byte, err error) {
	key, err := r.ExternalID(number)
	if err != nil {
		return nil, err
	}
	doc, err := r.Document(key)
	if err != nil || doc == nil {
		return nil, err
	}
	doc.VisitFields(func(f bleveindex.Field) {
		if f.Name() == lineField {
			line = f.Value()
		}
	})
	return line, nil
}
