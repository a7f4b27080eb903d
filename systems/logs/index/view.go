package index

import (
	"context"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// view is a shard at one moment. Its files stay open until all have released it,
// since what is in memory would be gone under a search that is late.
type view struct {
	snapshot *scorch.IndexSnapshot
	times    *times
	local    statistics // of a view that was studied
	holders  atomic.Int32
}

func (v *view) hold() { v.holders.Add(1) }

// tryHold is hold for those who do not know whether somebody holds v.
func (v *view) tryHold() bool {
	for {
		n := v.holders.Load()
		if n == 0 {
			return false
		}
		if v.holders.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (v *view) release() {
	if v.holders.Add(-1) == 0 {
		v.snapshot.Close()
	}
}

// look opens a view. The caller must release it.
func (s *shard) look() (*view, error) {
	advanced, err := s.bleve.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, err
	}
	v := &view{snapshot: reader.(*scorch.IndexSnapshot), times: &s.times}
	v.hold()
	return v, nil
}

// study opens a view, and finds out what the shard knows of the terms of a query.
// The caller must release it.
func (s *shard) study(ctx context.Context, m mapping.IndexMapping, q query.Query) (*view, error) {
	v, err := s.look()
	if err != nil {
		return nil, err
	}
	if v.local, err = v.ask(ctx, m, q); err != nil {
		v.release()
		return nil, err
	}
	v.local.words = s.words.Load()
	return v, nil
}

// ask prepares the query as if to run it, for the sake of what that asks for.
func (v *view) ask(ctx context.Context, m mapping.IndexMapping, q query.Query) (statistics, error) {
	lines, err := v.snapshot.DocCount()
	if err != nil {
		return statistics{}, err
	}
	a := &asking{IndexSnapshot: v.snapshot, local: newStatistics()}
	a.local.lines = lines
	searcher, err := q.Searcher(ctx, a, m, blevesearch.SearcherOptions{})
	if err != nil {
		return statistics{}, refused(ctx, err)
	}
	return a.local, searcher.Close()
}

// refused is the error of a query that cannot be prepared, or not in time.
func refused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &queryError{err}
}

// rank finds the best lines of the shard.
func (v *view) rank(ctx context.Context, m mapping.IndexMapping, q *question) (found, error) {
	clock, err := v.times.of(ctx, v)
	if err != nil {
		return found{}, err
	}
	searcher, err := q.parsed.Searcher(q.global.inContext(ctx), &knowing{v.snapshot, clock, &q.global}, m, blevesearch.SearcherOptions{})
	if err != nil {
		return found{}, refused(ctx, err)
	}
	defer searcher.Close()
	c := newCollector(v, q)
	matches := &blevesearch.SearchContext{
		DocumentMatchPool: blevesearch.NewDocumentMatchPool(searcher.DocumentMatchPoolSize()+1, 0),
		IndexReader:       v.snapshot,
	}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return found{}, context.Cause(ctx)
		}
		match, err := searcher.Next(matches)
		if err != nil {
			return found{}, err
		}
		if match == nil {
			return c.result()
		}
		number := match.IndexInternalID.Value()
		one := candidate{number: number, score: match.Score, place: clock.at(number)}
		if c.inTime(one.place) {
			c.count(one.place)
			if c.wants(&one) {
				c.keep(one)
			}
		}
		matches.DocumentMatchPool.Put(match)
	}
}
