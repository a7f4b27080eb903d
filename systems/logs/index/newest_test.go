package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/systems/logs/event"
)

// model is an index that looks at every line.
type model struct {
	index *Index
	lines map[event.ID]*modelLine
	start time.Time
}

type modelLine struct {
	event.Event
	words []string
	n     int
	shard int
}

// newModel makes an index of a log whose lines are not in order, have no times or
// the same ones, and are partly replaced.
func newModel(t *testing.T, r *rand.Rand, shards, lines int) *model {
	x, err := Create(t.TempDir(), Rules{Shards: shards})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	m := &model{index: x, lines: map[event.ID]*modelLine{}, start: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}
	next := make([]int64, 3)
	for len(m.lines) < lines {
		shard := r.IntN(shards)
		batch := make([]*modelLine, 1+r.IntN(lines))
		source, untimed := r.IntN(len(next)), r.IntN(4) == 0
		for i := range batch {
			next[source]++
			batch[i] = m.line(r, event.ID{Source: source, Line: next[source]}, untimed)
		}
		m.put(t, shard, batch)
		again := batch[:0]
		for _, l := range m.lines {
			if l.shard == shard && r.IntN(20) == 0 {
				again = append(again, m.line(r, l.ID, r.IntN(2) == 0))
			}
		}
		m.put(t, shard, again)
	}
	return m
}

func (m *model) line(r *rand.Rand, id event.ID, untimed bool) *modelLine {
	l := &modelLine{n: r.IntN(1000)}
	for range r.IntN(6) {
		l.words = append(l.words, string(rune('a'+min(r.IntN(8), r.IntN(8))))+strings.Repeat("x", r.IntN(2)))
	}
	l.ID, l.Format = id, "test"
	if !untimed {
		seconds := id.Line/100 + r.Int64N(3)
		l.Time = m.start.Add(time.Duration(seconds) * time.Second)
	}
	l.Line = []byte(strings.Join(l.words, " ") + ".")
	l.Fields = []event.Field{{Name: "n", Value: fmt.Append(nil, l.n)}}
	return l
}

func (m *model) put(t *testing.T, shard int, batch []*modelLine) {
	var events []event.Event
	for _, l := range batch {
		l.shard = shard
		m.lines[l.ID] = l
		events = append(events, l.Event)
	}
	if err := m.index.Put(shard, events); err != nil {
		t.Fatal(err)
	}
}

// clause is a part of a query, and what it means.
type clause struct {
	text string
	fits func(*modelLine) bool
}

func (m *model) clause(r *rand.Rand) clause {
	word := string(rune('a' + r.IntN(9))) // the last of which no line has
	switch r.IntN(9) {
	case 0:
		other := string(rune('a' + r.IntN(4)))
		return clause{fmt.Sprintf(`"%s %s"`, word, other), func(l *modelLine) bool {
			return strings.Contains(" "+string(l.Line), " "+word+" "+other+" ") || strings.HasSuffix(" "+string(l.Line), " "+word+" "+other+".")
		}}
	case 1:
		return clause{word + "*", func(l *modelLine) bool {
			return slices.ContainsFunc(l.words, func(w string) bool { return w[:1] == word })
		}}
	case 2:
		limit := r.IntN(1100)
		return clause{fmt.Sprintf("n:<%d", limit), func(l *modelLine) bool { return l.n < limit }}
	case 3:
		number := r.IntN(1000)
		return clause{fmt.Sprintf("n:%d", number), func(l *modelLine) bool { return l.n == number }}
	case 4:
		at := m.start.Add(time.Duration(r.IntN(60)) * time.Second)
		than := []string{">", ">=", "<", "<="}[r.IntN(4)]
		return clause{fmt.Sprintf(`at:%s"%s"`, than, at.Format(time.RFC3339)), func(l *modelLine) bool {
			later := l.Time.Compare(at)
			switch {
			case l.Time.IsZero():
				return false
			case than == ">":
				return later > 0
			case than == ">=":
				return later >= 0
			case than == "<":
				return later < 0
			default:
				return later <= 0
			}
		}}
	case 5:
		return clause{word + "x~1", func(l *modelLine) bool {
			return slices.ContainsFunc(l.words, func(w string) bool { return w[0] == word[0] || len(w) == 2 })
		}}
	default:
		return clause{word, func(l *modelLine) bool { return slices.Contains(l.words, word) }}
	}
}

// query makes up a query.
func (m *model) query(r *rand.Rand) clause {
	var must, should, not []clause
	var text []string
	for range r.IntN(4) {
		c := m.clause(r)
		switch r.IntN(4) {
		case 0:
			not, text = append(not, c), append(text, "-"+c.text)
		case 1:
			must, text = append(must, c), append(text, "+"+c.text)
		default:
			should, text = append(should, c), append(text, c.text)
		}
	}
	return clause{strings.Join(text, " "), func(l *modelLine) bool {
		fits := func(c clause) bool { return c.fits(l) }
		misses := func(c clause) bool { return !c.fits(l) }
		switch {
		case slices.ContainsFunc(not, fits), slices.ContainsFunc(must, misses):
			return false
		case len(must) == 0 && len(should) > 0:
			return slices.ContainsFunc(should, fits)
		default:
			return true
		}
	}}
}

// find returns the lines that fit in the time from q.From to q.Until, the newest
// first.
func (m *model) find(q Query, fits func(*modelLine) bool) (found []*modelLine) {
	for _, l := range m.lines {
		early := !q.From.IsZero() && l.Time.Before(q.From)
		late := !q.Until.IsZero() && (l.Time.IsZero() || !l.Time.Before(q.Until))
		if fits(l) && !early && !late {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b *modelLine) int {
		return cmp.Or(b.Time.Compare(a.Time), strings.Compare(b.ID.String(), a.ID.String()))
	})
	return found
}

// What is found page by page is what a look at every line finds, in its order; it
// is counted exactly, or as far as asked for, and marked then.
func TestNewestFirst(t *testing.T) {
	for _, shards := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(shards), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(shards), 3))
			m := newModel(t, r, shards, 5000)
			for range 25 {
				m.compare(t, r)
			}
		})
	}
}

func (m *model) compare(t *testing.T, r *rand.Rand) {
	c := m.query(r)
	q := Query{Text: c.text, CountTo: []int64{0, 1, 30, 1000, 100_000}[r.IntN(5)]}
	if r.IntN(3) == 0 {
		q.From = m.start.Add(time.Duration(r.IntN(60)) * time.Second)
	}
	if r.IntN(3) == 0 {
		q.Until = m.start.Add(time.Duration(1+r.IntN(60)) * time.Second)
	}
	want := m.find(q, c.fits)
	m.comparePages(t, r, q, want)
	m.compareBuckets(t, r, q, want)
	best, err := m.index.Search(t.Context(), Query{Text: q.Text, From: q.From, Until: q.Until, Order: Best})
	if err != nil || best.Total != int64(len(want)) {
		t.Errorf("%s: %d of the best, not %d: %v", q.Text, best.Total, len(want), err)
	}
}

func (m *model) comparePages(t *testing.T, r *rand.Rand, q Query, want []*modelLine) {
	q.Size = 1 + r.IntN(len(want)/3+3)
	for at := 0; ; {
		a, err := m.index.Search(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", q.Text, err)
		}
		exact := a.Total == int64(len(want))
		enough := q.CountTo > 0 && a.Total >= q.CountTo && a.Total <= int64(len(want))
		if a.AtLeast && !enough || !a.AtLeast && !exact {
			t.Fatalf("%s: %d in all, more: %v, not %d, counting to %d", q.Text, a.Total, a.AtLeast, len(want), q.CountTo)
		}
		if len(a.Hits) != min(q.Size, len(want)-at) {
			t.Fatalf("%s: %d lines, and %d before, of %d", q.Text, len(a.Hits), at, len(want))
		}
		for i, h := range a.Hits {
			if w := want[at+i]; h.ID != w.ID || !h.Time.Equal(w.Time) || string(h.Line) != string(w.Line) {
				t.Fatalf("%s, place %d: %v of %v, not %v of %v", q.Text, at+i, h.ID, h.Time, w.ID, w.Time)
			}
		}
		if at += len(a.Hits); len(a.Hits) < q.Size {
			return
		}
		q.After = a.Hits[len(a.Hits)-1].Place()
	}
}

func (m *model) compareBuckets(t *testing.T, r *rand.Rand, q Query, want []*modelLine) {
	if q.From.IsZero() || !q.From.Before(q.Until) {
		return
	}
	q.Buckets = 1 + r.IntN(20)
	counts := make([]int64, q.Buckets)
	for _, l := range want {
		counts[int(float64(l.Time.Sub(q.From))/float64(q.Until.Sub(q.From))*float64(q.Buckets))]++
	}
	a, err := m.index.Search(t.Context(), q)
	if err != nil || !slices.Equal(a.Buckets, counts) || a.AtLeast || a.Total != int64(len(want)) {
		t.Errorf("%s: %v, %d in all, not %v, %d: %v", q.Text, a.Buckets, a.Total, counts, len(want), err)
	}
}

// troubled is a matcher that does not work in one segment.
type troubled struct {
	matcher
	segment *timeline
	err     error // nil: it takes until the search is given up
}

func (m *troubled) in(p *part) (lines, error) {
	switch {
	case p.timeline != m.segment:
		return m.matcher.in(p)
	case m.err == nil:
		<-p.ctx.Done()
		return lines{}, context.Cause(p.ctx)
	default:
		return lines{}, m.err
	}
}

// What shards that are late, or fail, would have found is missing, and they are
// named; what the others have found is there.
func TestShardsThatDoNotAnswer(t *testing.T) {
	x, err := Create(t.TempDir(), Rules{Shards: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	all := events(t, 300)
	for i := range 3 {
		if err := x.Put(i, all[100*i:100*(i+1)]); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := x.Search(t.Context(), Query{}); err != nil || a.Total != 300 || a.Missing != nil {
		t.Fatalf("%d found without %v: %v", a.Total, a.Missing, err)
	}
	x.rules.Gather = scatter.Rules{Quorum: 2}
	x.plan()
	for _, trouble := range []error{nil, errors.New("a bad disk")} {
		q, err := x.question(Query{Size: 300})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range *x.shards[1].times.known.Load() {
			q.matcher = &troubled{q.matcher, line, trouble}
		}
		a, err := x.newest(t.Context(), q)
		if err != nil || a.Total != 200 || len(a.Hits) != 200 || !slices.Equal(a.Missing, []string{"shard 1"}) {
			t.Errorf("%v: %d found without %v: %v", trouble, a.Total, a.Missing, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that is given up: %v", err)
	}
}

func TestPlacesOfPages(t *testing.T) {
	for _, p := range []Place{
		{},
		{ID: event.ID{Source: 7, Line: 1 << 47}},
		{Time: time.UnixMicro(-1).UTC(), ID: event.ID{Line: 1}},
		{Time: time.Date(2026, 1, 5, 10, 0, 0, 123_000, time.UTC), ID: event.ID{Source: 1 << 23, Line: 2}},
	} {
		if got, err := ParsePlace(p.String()); err != nil || *got != p {
			t.Errorf("%v, from %v: %v", got, &p, err)
		}
	}
	for _, s := range []string{"", "/", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z/", "x/000000000000000001", "2026-01-05T10:00:00Z/00000000000000000x"} {
		if p, err := ParsePlace(s); !errors.Is(err, ErrQuery) {
			t.Errorf("%q: %v, %v", s, p, err)
		}
	}
}

// A search that ends before it has read all times leaves what it has read to the
// next one.
func TestTimesAreReadOnce(t *testing.T) {
	x := fill(t, 1, 400)
	s := x.shards[0]
	v, err := s.look()
	if err != nil {
		t.Fatal(err)
	}
	defer v.release()
	first := v.snapshot.Segments()[0]
	line, err := s.times.load(t.Context(), v, first, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.times.add(map[uint64]*timeline{first.Id(): line})
	c, err := s.times.of(t.Context(), v)
	if err != nil || c.lines[0] != line || len(c.lines) != len(v.snapshot.Segments()) || len(*s.times.known.Load()) != len(c.lines) {
		t.Errorf("%d segments, %d of them known: %v", len(c.lines), len(*s.times.known.Load()), err)
	}
}
