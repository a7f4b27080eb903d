package index

import (
	"context"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// newest finds the newest lines of the shard.
//
// It goes from the segment with the newest line to the one whose newest line is
// the oldest, and in a segment from block to block in the same order. So the
// lines that are wanted are found soon, and what is left is only counted.
func (v *view) newest(ctx context.Context, q *question) (found, error) {
	clock, err := v.times.of(ctx, v)
	if err != nil {
		return found{}, err
	}
	c := newCollector(v, q)
	parts := clock.parts(ctx, v.snapshot)
	slices.SortStableFunc(parts, func(a, b *part) int { return b.newest().compare(a.newest()) })
	for _, p := range parts {
		if c.counted() && !c.mayWant(before, p.newest()) {
			c.atLeast = true
			break
		}
		if err := c.collect(p); err != nil {
			return found{}, err
		}
	}
	return c.result()
}

// parts are the segments of a snapshot.
func (c *clock) parts(ctx context.Context, snapshot *scorch.IndexSnapshot) []*part {
	var all []*part
	for i, segment := range snapshot.Segments() {
		all = append(all, &part{SegmentSnapshot: segment, timeline: c.lines[i], ctx: ctx, start: c.starts[i]})
	}
	return all
}

// counted reports whether counting has gone as far as was asked for, in all shards
// together.
func (c *collector) counted() bool {
	q := c.query
	return q.dear && q.CountTo > 0 && q.counted.Load() >= q.CountTo && len(c.buckets) == 0
}

// mayWant reports whether one of some lines can be wanted, of which these are the
// oldest and the newest.
func (c *collector) mayWant(oldest, newest spot) bool {
	if c.size == 0 || c.query.after != nil && oldest.compare(c.spot(c.query.after)) > 0 {
		return false
	}
	return !c.full() || newest.compare(c.spot(&c.all[0])) >= 0
}

// collect keeps and counts the lines of a segment.
func (c *collector) collect(p *part) error {
	lines, err := c.query.matcher.in(p)
	if err != nil || lines.may.IsEmpty() {
		return err
	}
	m := &matches{collector: c, part: p, lines: lines}
	if lines.check == nil && !c.ranged {
		c.add(int64(lines.may.GetCardinality()))
		m.known = true
	}
	for i := range p.blocks {
		if p.ctx.Err() != nil {
			return context.Cause(p.ctx)
		}
		if err := m.block(&p.blocks[i]); err != nil {
			return err
		}
	}
	return nil
}

// matches are the lines of a segment that a query finds.
type matches struct {
	*collector
	*part
	lines
	known bool // their number is in the total already
}

func (m *matches) block(b *block) error {
	switch {
	case m.ranged && !m.span.touches(b):
		return nil
	case m.mayWant(b.oldest, b.newest):
		return m.each(b)
	case m.known:
		return nil
	case m.check == nil && m.inOneBucket(b):
		m.countMany(b)
		return nil
	case m.counted():
		m.atLeast = true
		return nil
	default:
		return m.each(b)
	}
}

// each looks at every line of a block.
func (m *matches) each(b *block) error {
	next := m.may.Iterator()
	next.AdvanceIfNeeded(b.first)
	for next.HasNext() && next.PeekNext() < b.end {
		number := next.Next()
		n := candidate{number: m.start + uint64(number), place: m.places[number]}
		if !m.inTime(n.place) {
			continue
		}
		wanted := m.wants(&n)
		if !wanted && m.known {
			continue
		}
		if !wanted && m.counted() {
			m.atLeast = true
			continue
		}
		if m.check != nil {
			if ok, err := m.check(number); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		if !m.known {
			m.count(n.place)
		}
		if wanted {
			m.keep(n)
		}
	}
	return nil
}

// inOneBucket reports whether all lines of a block are in the time that is asked
// for, and in the same part of it.
func (m *matches) inOneBucket(b *block) bool {
	return m.span.hasAll(b) && (len(m.buckets) == 0 || m.bucket(b.oldest.place) == m.bucket(b.newest.place))
}

// countMany counts the lines of a block that need not be looked at.
func (m *matches) countMany(b *block) {
	n := int64(m.may.Rank(b.end - 1))
	if b.first > 0 {
		n -= int64(m.may.Rank(b.first - 1))
	}
	m.add(n)
	if len(m.buckets) > 0 {
		m.buckets[m.bucket(b.newest.place)] += n
	}
}
