package index

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"strings"

	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// collector keeps the best lines of one shard, and counts all.
type collector struct {
	found
	view   *view
	query  *question
	span   span // of the time that is asked for
	ranged bool // only lines of some time are asked for
	all    []candidate
	err    error // of looking up a key
}

// candidate is a line that may be among the best. What it takes long to find out
// is found out when it matters.
type candidate struct {
	number uint64 // in the view
	score  float64
	place  place
	key    string // its ID; empty: not known yet
	tie    place  // see spot; 0: not known yet
}

func newCollector(v *view, q *question) *collector {
	return &collector{
		found:  found{size: q.Size, buckets: make([]int64, q.Buckets)},
		view:   v,
		query:  q,
		span:   between(q.From, q.Until),
		ranged: q.Buckets > 0 || !q.From.IsZero() || !q.Until.IsZero(),
	}
}

// inTime reports whether a line of that place is asked for.
func (c *collector) inTime(p place) bool { return !c.ranged || c.span.has(p) }

// add counts lines.
func (c *collector) add(n int64) {
	c.total += n
	if c.query.dear {
		c.query.counted.Add(n)
	}
}

// count counts a line where it is in time.
func (c *collector) count(p place) {
	c.add(1)
	if len(c.buckets) > 0 {
		c.buckets[c.bucket(p)]++
	}
}

func (c *collector) bucket(p place) int {
	from, until, n := c.query.From.UnixMicro(), c.query.Until.UnixMicro(), len(c.buckets)
	return min(int(float64(p-from)/float64(until-from)*float64(n)), n-1)
}

// full reports whether there are as many lines as were asked for. They can only
// be replaced by better ones then.
func (c *collector) full() bool { return len(c.all) >= c.size }

// wants reports whether a line is among the best so far.
func (c *collector) wants(n *candidate) bool {
	if c.size == 0 || c.full() && c.compare(n, &c.all[0]) >= 0 {
		return false
	}
	after := c.query.after
	return after == nil || c.compare(n, after) > 0
}

// keep puts a line that is wanted among the best.
func (c *collector) keep(n candidate) {
	if c.full() {
		c.all[0] = n
		heap.Fix(c, 0)
	} else {
		heap.Push(c, n)
	}
}

// compare ranks candidates as the function of that name does hits.
func (c *collector) compare(a, b *candidate) int {
	if order := cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.place, a.place)); order != 0 {
		return order
	}
	return strings.Compare(c.key(b), c.key(a))
}

// key returns the ID of a line.
func (c *collector) key(n *candidate) string {
	if n.key == "" && c.err == nil {
		n.key, c.err = c.view.snapshot.ExternalID(bleveindex.NewIndexInternalID(nil, n.number))
	}
	return n.key
}

// spot returns where a line is.
func (c *collector) spot(n *candidate) spot {
	if n.tie == 0 && c.err == nil {
		var id event.ID
		if id, c.err = event.ParseID(c.key(n)); c.err == nil {
			n.tie = untimed(id)
		}
	}
	return spot{n.place, n.tie}
}

// result loads the best lines.
func (c *collector) result() (found, error) {
	slices.SortFunc(c.all, func(a, b candidate) int { return c.compare(&a, &b) })
	for _, n := range c.all {
		h := Hit{Score: n.score, Time: timeOf(n.place), key: c.key(&n)}
		if c.err != nil {
			break
		}
		if h.ID, c.err = event.ParseID(n.key); c.err != nil {
			break
		}
		var err error
		if h.Line, err = lineOf(c.view.snapshot, n.number); err != nil {
			return found{}, fmt.Errorf("line %s cannot be loaded: %w", h.ID, err)
		}
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
