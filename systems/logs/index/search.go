package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/systems/logs/event"
)

// A Query asks for lines.
type Query struct {
	// Text is in Bleve's query language: words, "phrases", field:value, +must,
	// -mustn't. An empty text is every line.
	Text string

	From, Until time.Time // if not zero: only lines at From or later, and before Until
	Order       Order
	Size        int // how many of the first to return; 0 means none

	// After, if not nil, is the place of a line, and only lines are returned that
	// come after it in the order Newest: the next page.
	After *Place

	// CountTo, if not 0, says how far to count lines in the order Newest where that
	// takes long: for patterns, ranges of numbers, phrases and words like another
	// one. When there are as many, and all that must be returned are found, the
	// others are not looked at: see Answer.AtLeast.
	CountTo int64

	// Buckets, if not 0, cuts the time from From to Until, which must be given
	// then, into so many equal parts, and counts the lines in each.
	Buckets int
}

// Limits of a query.
const (
	MaxSize    = 10_000
	MaxBuckets = 2_000
)

// An Answer is what was found.
type Answer struct {
	Hits    []Hit
	Total   int64         // lines that match
	AtLeast bool          // there may be more than Total, which were not counted
	Buckets []int64       // see Query.Buckets
	Missing []string      // shards that have not answered
	Notes   []string      // what may be wrong with the query, though it makes sense
	Took    time.Duration // all of it
}

// A Hit is one line that was found.
type Hit struct {
	ID    event.ID
	Score float64
	Time  time.Time
	Line  []byte

	key string // ID.String()
}

// Place returns what to ask for the lines after this one by.
func (h *Hit) Place() *Place { return &Place{h.Time, h.ID} }

// compare ranks hits: by score, then the newest first, then the later line of the
// log, which is all that is known of lines without a time. Such lines come after
// those with one.
func compare(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), b.Time.Compare(a.Time), strings.Compare(b.key, a.key))
}

// ErrQuery is the error of a query that makes no sense.
var ErrQuery = errors.New("query")

// queryError is what a shard says of a query.
type queryError struct{ cause error }

func (e *queryError) Error() string   { return "query: " + e.cause.Error() }
func (e *queryError) Unwrap() []error { return []error{ErrQuery, e.cause} }

// question is one search under way.
type question struct {
	Query
	fields  []string     // that it asks for
	notes   []string     // on it
	parsed  query.Query  // is ours
	matcher matcher      // of parsed
	dear    bool         // to count all lines may take long
	counted atomic.Int64 // so far, by all shards, if that is dear
	after   *candidate   // of Query.After; all of it is known, as all shards read it

	// In the order Best:
	views  guarded.Value[views]
	global statistics // the sums, known from the second round on
}

// views are what a search sees of the shards, by name.
type views struct {
	open  map[string]*view
	ended bool
}

// Search finds lines.
func (x *Index) Search(ctx context.Context, q Query) (Answer, error) {
	start := time.Now()
	s, err := x.question(q)
	if err != nil {
		return Answer{}, err
	}
	find := x.newest
	if q.Order == Best {
		find = x.findBest
	}
	answer, err := find(ctx, s)
	if err != nil {
		return Answer{}, blame(err)
	}
	answer.Notes = append(x.notes(s.fields), s.notes...)
	answer.Took = time.Since(start)
	return answer, nil
}

// Check tells whether a query makes sense, as Search would.
func (x *Index) Check(q Query) error {
	_, err := x.question(q)
	return err
}

// question prepares a search.
func (x *Index) question(q Query) (*question, error) {
	parsed, err := q.check()
	if err != nil {
		return nil, err
	}
	s := &question{Query: q, fields: x.fieldsIn(parsed)}
	if s.parsed, err = ours(parsed); err == nil {
		err = s.compile(x.mapping)
	}
	if err != nil {
		return nil, &queryError{err}
	}
	return s, nil
}

func (s *question) compile(m mapping.IndexMapping) (err error) {
	c := compiler{mapping: m}
	s.matcher, err = c.matcher(s.parsed)
	s.dear = c.dear
	if c.boosted && s.Order == Newest {
		s.notes = append(s.notes, "a boost (^) changes nothing when the newest lines come first")
	}
	if s.After != nil {
		s.after = &candidate{place: s.After.place(), key: s.After.ID.String(), tie: untimed(s.After.ID)}
	}
	return err
}

// findBest asks in two rounds: see the package comment.
func (x *Index) findBest(ctx context.Context, s *question) (answer Answer, err error) {
	defer s.end()
	if s.global, err = x.prepare(ctx, s); err != nil {
		return Answer{}, err
	}
	if answer, err = x.rank(ctx, s); err != nil {
		return Answer{}, err
	}
	for _, h := range answer.Hits {
		if math.IsInf(h.Score, 0) || math.IsNaN(h.Score) {
			return Answer{}, fmt.Errorf("%w %q: its scores are no numbers: mind the boosts", ErrQuery, s.Text)
		}
	}
	return answer, nil
}

// blame makes one error of those of all shards if it is the query's.
func blame(err error) error {
	if q, ok := errors.AsType[*queryError](err); ok {
		return q
	}
	return err
}

// keep closes v when the search has ended, which may have been before.
func (s *question) keep(name string, v *view) {
	ended := false
	s.views.Do(func(vs *views) {
		if ended = vs.ended; ended {
			return
		}
		if vs.open == nil {
			vs.open = map[string]*view{}
		}
		vs.open[name] = v
	})
	if ended {
		v.release()
	}
}

// use returns what was kept, and a function to call when it is used no more; nil
// if there is nothing.
func (s *question) use(name string) (v *view, release func()) {
	s.views.Do(func(vs *views) {
		if v = vs.open[name]; v != nil {
			v.hold()
		}
	})
	if v == nil {
		return nil, nil
	}
	return v, v.release
}

func (s *question) end() {
	var open map[string]*view
	s.views.Do(func(vs *views) {
		open, vs.ended, vs.open = vs.open, true, nil
	})
	for _, v := range open {
		v.release()
	}
}

// check parses the query.
func (q *Query) check() (query.Query, error) {
	switch {
	case q.Size < 0 || q.Size > MaxSize:
		return nil, fmt.Errorf("%w: size %d: it must be from 0 to %d", ErrQuery, q.Size, MaxSize)
	case q.Buckets < 0 || q.Buckets > MaxBuckets:
		return nil, fmt.Errorf("%w: %d buckets: there must be from 0 to %d", ErrQuery, q.Buckets, MaxBuckets)
	case q.CountTo < 0:
		return nil, fmt.Errorf("%w: counting to %d: it must not be negative", ErrQuery, q.CountTo)
	case q.Order == Best && q.After != nil:
		return nil, fmt.Errorf("%w: there is a next page of the newest lines only, not of the best", ErrQuery)
	case q.Buckets > 0 && !(q.From.Before(q.Until) && !q.From.IsZero()):
		return nil, fmt.Errorf("%w: buckets need a time to begin, and a later one to end", ErrQuery)
	}
	if q.Text == "" {
		return bleve.NewMatchAllQuery(), nil
	}
	parsed, err := bleve.NewQueryStringQuery(q.Text).Parse()
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w: put what is not a word into quotes", ErrQuery, q.Text, err)
	}
	return parsed, nil
}

// plan makes the rounds of searches.
func (x *Index) plan() {
	var prepare []scatter.Shard[*question, statistics]
	var rank, newest []scatter.Shard[*question, found]
	for _, s := range x.shards {
		newest = append(newest, scatter.Shard[*question, found]{Name: s.name, Ask: func(ctx context.Context, q *question) (found, error) {
			v, err := s.look()
			if err != nil {
				return found{}, err
			}
			defer v.release()
			return v.newest(ctx, q)
		}})
		prepare = append(prepare, scatter.Shard[*question, statistics]{Name: s.name, Ask: func(ctx context.Context, q *question) (statistics, error) {
			v, err := s.study(ctx, x.mapping, q.parsed)
			if err != nil {
				return statistics{}, err
			}
			local := v.local // v may be gone once it is kept
			q.keep(s.name, v)
			return local, nil
		}})
		rank = append(rank, scatter.Shard[*question, found]{Name: s.name, Ask: func(ctx context.Context, q *question) (found, error) {
			v, release := q.use(s.name)
			if v == nil {
				return found{}, errNoStatistics
			}
			defer release()
			return v.rank(ctx, x.mapping, q)
		}})
	}
	rules := x.rules.Gather
	rules.Name = "statistics"
	x.prepare = scatter.Gather(rules, sum, prepare...)
	rules.Name = "rank"
	x.rank = scatter.Gather(rules, merge, rank...)
	rules.Name = "newest"
	rules.Deadline *= 2 // one round has the time of two
	x.newest = scatter.Gather(rules, merge, newest...)
}

var errNoStatistics = errors.New("no answer in the first round")

// found is what one shard has found.
type found struct {
	hits    []Hit
	total   int64
	atLeast bool // total may be less than there are
	buckets []int64
	size    int // of the query
}

func merge(replies scatter.Replies[found]) (Answer, error) {
	a := Answer{Missing: replies.Missing()}
	size := 0
	var lists [][]Hit
	for _, f := range replies.Good() {
		size = f.size
		lists = append(lists, f.hits)
		a.Total += f.total
		a.AtLeast = a.AtLeast || f.atLeast
		if a.Buckets == nil {
			a.Buckets = make([]int64, len(f.buckets))
		}
		for i, n := range f.buckets {
			a.Buckets[i] += n
		}
	}
	a.Hits = scatter.Top(size, compare, lists...)
	return a, nil
}
