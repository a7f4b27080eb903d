package index

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/numeric"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// view is a shard at one moment. Its files stay open until all have released it,
// since what is in memory would be gone under a search that is late.
type view struct {
	snapshot *scorch.IndexSnapshot
	local    statistics
	holders  atomic.Int32
}

func (v *view) hold() { v.holders.Add(1) }

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
	v := &view{snapshot: reader.(*scorch.IndexSnapshot)}
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
		return statistics{}, fmt.Errorf("%w: %w", ErrQuery, err)
	}
	return a.local, searcher.Close()
}

// rank finds the best lines of the shard.
func (v *view) rank(ctx context.Context, m mapping.IndexMapping, q *question) (found, error) {
	searcher, err := q.parsed.Searcher(q.global.inContext(ctx), &knowing{v.snapshot, &q.global}, m, blevesearch.SearcherOptions{})
	if err != nil {
		return found{}, fmt.Errorf("%w: %w", ErrQuery, err)
	}
	defer searcher.Close()
	times, err := v.snapshot.DocValueReader([]string{timeField})
	if err != nil {
		return found{}, err
	}
	c := collector{view: v, times: times, query: q, found: found{size: q.Size, buckets: make([]int64, q.Buckets)}}
	c.needTime = q.Buckets > 0 || !q.From.IsZero() || !q.Until.IsZero()
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
		if err := c.add(match); err != nil {
			return found{}, err
		}
		matches.DocumentMatchPool.Put(match)
	}
}

// collector keeps the best lines of one shard.
type collector struct {
	found
	view     *view
	query    *question
	times    bleveindex.DocValueReader
	needTime bool
	best     worstFirst
}

// candidate is a line that may be among the best. What it takes long to find out
// is found out when it matters.
type candidate struct {
	number bleveindex.IndexInternalID
	score  float64
	micros int64 // its time; noTime: none
	key    string
}

const noTime = -1 << 63

func (c *collector) add(m *blevesearch.DocumentMatch) error {
	n := candidate{number: m.IndexInternalID, score: m.Score, micros: noTime}
	if c.needTime {
		if err := c.time(&n); err != nil {
			return err
		}
		if !c.inRange(n.micros) {
			return nil
		}
	}
	c.total++
	full := len(c.best.all) >= c.size
	if c.size == 0 || full && n.score < c.best.all[0].score {
		return nil
	}
	if !c.needTime {
		if err := c.time(&n); err != nil {
			return err
		}
	}
	if full {
		if n.score == c.best.all[0].score && n.micros < c.best.all[0].micros {
			return nil
		}
		if err := c.key(&n); err != nil {
			return err
		}
		if n.compare(&c.best.all[0]) >= 0 {
			return nil
		}
		n.number = bytes.Clone(n.number) // the match is used again
		c.best.all[0] = n
		heap.Fix(&c.best, 0)
		return nil
	}
	if err := c.key(&n); err != nil {
		return err
	}
	n.number = bytes.Clone(n.number)
	heap.Push(&c.best, n)
	return nil
}

func (n *candidate) compare(other *candidate) int {
	return cmp.Or(cmp.Compare(other.score, n.score), cmp.Compare(other.micros, n.micros), cmp.Compare(n.key, other.key))
}

// time finds out the time of a line.
func (c *collector) time(n *candidate) error {
	return c.times.VisitDocValues(n.number, func(_ string, value []byte) {
		if micros, err := numeric.PrefixCoded(value).Int64(); err == nil {
			n.micros = micros
		}
	})
}

func (c *collector) key(n *candidate) (err error) {
	n.key, err = c.view.snapshot.ExternalID(n.number)
	return err
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
	slices.SortFunc(c.best.all, func(a, b candidate) int { return a.compare(&b) })
	for _, n := range c.best.all {
		h := Hit{Score: n.score, key: n.key}
		if n.micros != noTime {
			h.Time = time.UnixMicro(n.micros).UTC()
		}
		var err error
		if h.ID, err = event.ParseID(n.key); err != nil {
			return found{}, err
		}
		line, err := lineOf(c.view.snapshot, n.number)
		if err != nil {
			return found{}, fmt.Errorf("line %s cannot be loaded: %w", h.ID, err)
		}
		h.Line = bytes.Clone(line)
		c.hits = append(c.hits, h)
	}
	return c.found, nil
}

// worstFirst is a heap of candidates.
type worstFirst struct{ all []candidate }

func (w *worstFirst) Len() int           { return len(w.all) }
func (w *worstFirst) Less(i, j int) bool { return w.all[i].compare(&w.all[j]) > 0 }
func (w *worstFirst) Swap(i, j int)      { w.all[i], w.all[j] = w.all[j], w.all[i] }
func (w *worstFirst) Push(x any)         { w.all = append(w.all, x.(candidate)) }
func (w *worstFirst) Pop() any {
	last := w.all[len(w.all)-1]
	w.all = w.all[:len(w.all)-1]
	return last
}
