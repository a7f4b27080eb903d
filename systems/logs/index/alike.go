package index

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// alike is a searcher of the library for lines that all rank the same.
type alike struct {
	parts        []alikeIn // that are not passed yet
	count        uint64
	boost, score float64
}

type alikeIn struct {
	start uint64
	next  roaring.IntPeekable
}

// newAlike searches for what m finds, which must not have to be checked. The first
// round of a search has nothing to ask of it.
func newAlike(ctx context.Context, r bleveindex.IndexReader, m matcher, boost float64) (search.Searcher, error) {
	k, ok := r.(*knowing)
	if !ok {
		return searcher.NewMatchNoneSearcher(r)
	}
	a := &alike{boost: boost}
	for _, p := range k.clock.parts(ctx, k.IndexSnapshot) {
		found, err := m.in(p)
		if err != nil {
			return nil, err
		}
		a.parts = append(a.parts, alikeIn{p.start, found.may.Iterator()})
		a.count += found.may.GetCardinality()
	}
	return a, nil
}

func (a *alike) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	for ; len(a.parts) > 0; a.parts = a.parts[1:] {
		if p := a.parts[0]; p.next.HasNext() {
			match := ctx.DocumentMatchPool.Get()
			match.IndexInternalID = bleveindex.NewIndexInternalID(match.IndexInternalID, p.start+uint64(p.next.Next()))
			match.Score = a.score
			return match, nil
		}
	}
	return nil, nil
}

func (a *alike) Advance(ctx *search.SearchContext, to bleveindex.IndexInternalID) (*search.DocumentMatch, error) {
	number := to.Value()
	for len(a.parts) > 1 && a.parts[1].start <= number {
		a.parts = a.parts[1:]
	}
	if len(a.parts) > 0 && number > a.parts[0].start {
		a.parts[0].next.AdvanceIfNeeded(uint32(number - a.parts[0].start))
	}
	return a.Next(ctx)
}

// Weight is not 0 for the sake of norms, which are one by the sum of weights.
func (a *alike) Weight() float64           { return max(a.boost*a.boost, 1) }
func (a *alike) SetQueryNorm(norm float64) { a.score = a.boost * norm }

func (a *alike) Count() uint64              { return a.count }
func (a *alike) Min() int                   { return 0 }
func (a *alike) Size() int                  { return 0 }
func (a *alike) DocumentMatchPoolSize() int { return 1 }
func (a *alike) Close() error               { return nil }
