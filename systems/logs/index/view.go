package index

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// view is a shard at one moment. Its files stay open until all have released it,
// since what is in memory would be gone under a search that is late.
type view struct {
	snapshot *scorch.IndexSnapshot
	times    *times
	local    statistics
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

// look opens a view, and finds out what the shard knows of the terms of a query.
// The caller must release it.
func (s *shard) look(ctx context.Context, m mapping.IndexMapping, q query.Query) (*view, error) {
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
	searcher, err := q.parsed.Searcher(q.global.inContext(ctx), &knowing{v.snapshot, &q.global}, m, blevesearch.SearcherOptions{})
	if err != nil {
		return found{}, refused(ctx, err)
	}
	defer searcher.Close()
	clock, err := v.times.of(ctx, v)
	if err != nil {
		return found{}, err
	}
	c := collector{view: v, clock: clock, query: q, found: found{size: q.Size, buckets: make([]int64, q.Buckets)}}
	c.ranged = q.Buckets > 0 || !q.From.IsZero() || !q.Until.IsZero()
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
		if c.add(match); c.err != nil {
			return found{}, c.err
		}
		matches.DocumentMatchPool.Put(match)
	}
}

// collector keeps the best lines of one shard.
type collector struct {
	found
	view   *view
	query  *question
	clock  *clock
	ranged bool // only lines of some time are asked for
	all    []candidate
	err    error // of looking up a key
}

// candidate is a line that may be among the best. What it takes long to find out
// is found out when it matters.
type candidate struct {
	number bleveindex.IndexInternalID
	score  float64
	micros int64  // its time; noTime: none
	key    string // its ID; empty: not known yet
}

func (c *collector) add(m *blevesearch.DocumentMatch) {
	n := candidate{number: m.IndexInternalID, score: m.Score, micros: c.clock.at(m.IndexInternalID)}
	if c.ranged && !c.inRange(n.micros) {
		return
	}
	c.total++
	full := len(c.all) >= c.size
	if c.size == 0 || full && c.compare(&n, &c.all[0]) >= 0 {
		return
	}
	n.number = bytes.Clone(n.number) // the match is used again
	if full {
		c.all[0] = n
		heap.Fix(c, 0)
	} else {
		heap.Push(c, n)
	}
}

// compare ranks candidates as the function of that name does hits.
func (c *collector) compare(a, b *candidate) int {
	if order := cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.micros, a.micros)); order != 0 {
		return order
	}
	return strings.Compare(c.key(b), c.key(a))
}

// key returns the ID of a line.
func (c *collector) key(n *candidate) string {
	if n.key == "" && c.err == nil {
		n.key, c.err = c.view.snapshot.ExternalID(n.number)
	}
	return n.key
}

// inRange reports whether a line of that time is asked for, and counts it.
func (c *collector) inRange(micros int64) bool {
	q := c.query
	if micros == noTime ||
		!q.From.IsZero() && micros < q.From.UnixMicro() ||
		!q.Until.IsZero() && micros >= q.Until.UnixMicro() {
		return false
	}
	if q.Buckets > 0 {
		from, until := q.From.UnixMicro(), q.Until.UnixMicro()
		i := int(float64(micros-from) / float64(until-from) * float64(q.Buckets))
		c.buckets[min(i, q.Buckets-1)]++
	}
	return true
}

// result loads the best lines.
func (c *collector) result() (found, error) {
	slices.SortFunc(c.all, func(a, b candidate) int { return c.compare(&a, &b) })
	for _, n := range c.all {
		h := Hit{Score: n.score, key: c.key(&n)}
		if c.err != nil {
			break
		}
		if n.micros != noTime {
			h.Time = time.UnixMicro(n.micros).UTC()
		}
		if h.ID, c.err = event.ParseID(n.key); c.err != nil {
			break
		}
		line, err := lineOf(c.view.snapshot, n.number)
		if err != nil {
			return found{}, fmt.Errorf("line %s cannot be loaded: %w", h.ID, err)
		}
		h.Line = bytes.Clone(line)
		c.hits = append(c.hits, h)
	}
	return c.found, c.err
}

// A collector is a heap of its candidates, the worst first.

func (c *collector) Len() int           { return len(c.all) }
func (c *collector) Less(i, j int) bool { return c.compare(&c.all[i], &c.all[j]) > 0 }
func (c *collector) Swap(i, j int)      { c.all[i], c.all[j] = c.all[j], c.all[i] }
func (c *collector) Push(x any)         { c.all = append(c.all, x.(candidate)) }
func (c *collector) Pop() any {
	last := c.all[len(c.all)-1]
	c.all = c.all[:len(c.all)-1]
	return last
}
