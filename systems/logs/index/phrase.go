package index

import (
	"bytes"
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"
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
	apart []byte // the words as appendWords writes them
	boost float64
}

func newPhrase(text string, boost float64) *phrase {
	p := &phrase{boost: boost, apart: appendWords(nil, []byte(text))}
	if inside := bytes.Trim(p.apart, apart); len(inside) > 0 {
		p.words = bytes.Split(inside, []byte(apart))
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
	fits := p.checker()
	return searcher.NewFilteringSearcher(ctx, s, func(sc *search.SearchContext, match *search.DocumentMatch) bool {
		line, err := lineOf(sc.IndexReader.(*scorch.IndexSnapshot), match.IndexInternalID.Value())
		return err != nil || fits(line) // with an error the line is let through, and its loading fails
	}), nil
}

func (p *phrase) in(part *part) (lines, error) {
	var words []matcher
	for _, w := range p.words {
		words = append(words, term{lineField, string(w)})
	}
	all, err := (&boolean{must: words}).in(part)
	fits := p.checker()
	all.check = func(number uint32) (ok bool, err error) {
		err = visitLine(part.SegmentSnapshot, uint64(number), func(line []byte) { ok = fits(line) })
		return ok, err
	}
	return all, err
}

// checker returns a function that reports whether the words are in a line, one
// after the other. It is for one goroutine.
func (p *phrase) checker() func(line []byte) bool {
	var text []byte
	return func(line []byte) bool {
		text = appendWords(text[:0], line)
		return bytes.Contains(text, p.apart)
	}
}

// lineOf loads a line of a view.
func lineOf(snapshot *scorch.IndexSnapshot, number uint64) (line []byte, err error) {
	for _, segment := range snapshot.Segments() {
		if size := uint64(segment.FullSize()); number >= size {
			number -= size
			continue
		}
		err = visitLine(segment, number, func(l []byte) { line = bytes.Clone(l) })
		return line, err
	}
	return nil, fmt.Errorf("there is no line %d", number)
}

// visitLine calls f with a line, which is used again after it.
func visitLine(segment *scorch.SegmentSnapshot, number uint64, f func(line []byte)) error {
	return segment.VisitDocument(number, func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == lineField {
			f(value)
		}
		return field != lineField
	})
}
