// Package page is the web page of the log search, and its JSON: search, how the
// lines spread over time, how the flow does, and dead letters.
package page

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/read"
	"github.com/trivet-go/trivet/task/limit"
)

//go:embed page.html
var html []byte

// A Page serves one index and what fills it.
type Page struct {
	Index   *index.Index
	Ingest  *ingest.Ingest
	Dead    *ingest.DeadLetters
	Sources []read.Source

	// Searches is how many may run at the same time; further ones wait.
	Searches *limit.Limit

	// Wait is how long a search waits for its turn. How long it may take then is
	// a rule of Index.
	Wait time.Duration
}

// Handler serves the page at / and JSON below /api/.
func (p *Page) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
		w.Write(html)
	})
	mux.HandleFunc("GET /api/search", answer(p.search))
	mux.HandleFunc("GET /api/histogram", answer(p.histogram))
	mux.HandleFunc("GET /api/flow", answer(p.flow))
	mux.HandleFunc("GET /api/dead", answer(p.dead))
	return mux
}

// answer writes what f returns as JSON.
func answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := f(r)
		status := http.StatusOK
		if err != nil {
			status = statusOf(err)
			result = map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(result) // an error means that the client is gone
	}
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, index.ErrQuery):
		return http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, scatter.ErrDeadline):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled):
		return 499 // nginx's word for a client that has gone
	default:
		return http.StatusInternalServerError
	}
}

// find is a search below the limit.
func (p *Page) find(ctx context.Context, q index.Query) (index.Answer, error) {
	turn, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	if err := p.Searches.Acquire(turn, 1); err != nil {
		return index.Answer{}, fmt.Errorf("too many searches at the same time: %w", err)
	}
	defer p.Searches.Release(1)
	return p.Index.Search(ctx, q)
}

// Hit is a line in an answer.
type Hit struct {
	Source string     `json:"source"`
	Line   int64      `json:"line"`
	Score  float64    `json:"score,omitempty"` // if the best come first
	Time   *time.Time `json:"time,omitempty"`
	Text   string     `json:"text"`
}

// Found is the answer to a search.
type Found struct {
	Total   int64    `json:"total"`
	AtLeast bool     `json:"at_least,omitempty"` // there may be more than total, which were not counted
	Millis  float64  `json:"millis"`
	Hits    []Hit    `json:"hits"`
	Missing []string `json:"missing,omitempty"` // shards that have not answered
	Notes   []string `json:"notes,omitempty"`   // what may be wrong with the query, though it makes sense
	Next    string   `json:"next,omitempty"`    // what to ask for the next page by, as the parameter after
}

// Search is what /api/search does.
func (p *Page) Search(ctx context.Context, q index.Query) (Found, error) {
	a, err := p.find(ctx, q)
	if err != nil {
		return Found{}, err
	}
	found := Found{Total: a.Total, AtLeast: a.AtLeast, Millis: float64(a.Took.Microseconds()) / 1000, Missing: a.Missing, Notes: a.Notes, Hits: []Hit{}}
	for _, h := range a.Hits {
		hit := Hit{Source: p.Sources[h.ID.Source].Name, Line: h.ID.Line, Score: h.Score, Text: string(h.Line)}
		if !h.Time.IsZero() {
			hit.Time = &h.Time
		}
		found.Hits = append(found.Hits, hit)
	}
	if n := len(a.Hits); n > 0 && n == q.Size && q.Order == index.Newest {
		found.Next = a.Hits[n-1].Place().String()
	}
	return found, nil
}

func (p *Page) search(r *http.Request) (any, error) {
	q, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	return p.Search(r.Context(), q)
}

// CountTo is how far lines are counted where that takes long, if nothing else is
// asked for.
const CountTo = 10_000

// queryOf reads the parameters of a request.
func queryOf(r *http.Request) (q index.Query, err error) {
	form := r.URL.Query()
	q = index.Query{Text: form.Get("q"), Size: 20, CountTo: CountTo}
	if q.Order, err = index.ParseOrder(cmp.Or(form.Get("rank"), "time")); err != nil {
		return q, err
	}
	if s := form.Get("size"); s != "" {
		if q.Size, err = strconv.Atoi(s); err != nil {
			return q, fmt.Errorf("%w: size %q: it must be a number", index.ErrQuery, s)
		}
	}
	if s := form.Get("count"); s != "" {
		if q.CountTo, err = strconv.ParseInt(s, 10, 64); err != nil {
			return q, fmt.Errorf("%w: count %q: it must be a number, 0 for all", index.ErrQuery, s)
		}
	}
	if s := form.Get("after"); s != "" {
		if q.After, err = index.ParsePlace(s); err != nil {
			return q, err
		}
	}
	for name, to := range map[string]*time.Time{"from": &q.From, "until": &q.Until} {
		if s := form.Get(name); s != "" {
			if *to, err = time.Parse(time.RFC3339, s); err != nil {
				return q, fmt.Errorf("%w: %s %q: write it as in 2026-01-05T10:00:00Z", index.ErrQuery, name, s)
			}
		}
	}
	return q, nil
}

// Histogram is how the lines of a search spread over time.
type Histogram struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Counts []int64   `json:"counts"`
	Millis float64   `json:"millis"`

	Missing []string `json:"missing,omitempty"` // shards that have not answered
}

func (p *Page) histogram(r *http.Request) (any, error) {
	q, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	q.Order, q.Size, q.After, q.Buckets = index.Newest, 0, nil, 60
	if s := r.URL.Query().Get("parts"); s != "" {
		if q.Buckets, err = strconv.Atoi(s); err != nil || q.Buckets < 1 || q.Buckets > index.MaxBuckets {
			return nil, fmt.Errorf("%w: parts %q: it must be from 1 to %d", index.ErrQuery, s, index.MaxBuckets)
		}
	}
	first, last := p.Ingest.Span()
	if q.From.IsZero() {
		q.From = first
	}
	if q.Until.IsZero() {
		q.Until = last
	}
	h := Histogram{From: q.From, Until: q.Until, Counts: []int64{}}
	if !q.From.Before(q.Until) {
		return h, nil
	}
	if q.Text == "" {
		h.Counts = p.Ingest.Histogram(q.From, q.Until, q.Buckets)
		return h, nil
	}
	a, err := p.find(r.Context(), q)
	h.Counts, h.Millis, h.Missing = a.Buckets, float64(a.Took.Microseconds())/1000, a.Missing
	return h, err
}

// Flow is how the flow does.
type Flow struct {
	ingest.Counts
	Stages    []ingest.Stage `json:"stages"`
	Seconds   float64        `json:"seconds"`
	PerSecond float64        `json:"per_second"` // lines
	Ended     bool           `json:"ended"`
}

func (p *Page) flow(*http.Request) (any, error) {
	f := Flow{Counts: p.Ingest.Counts(), Stages: p.Ingest.Stages(), Seconds: p.Ingest.Took().Seconds(), Ended: p.Ingest.Ended()}
	if f.Seconds > 0 {
		f.PerSecond = float64(f.Indexed) / f.Seconds
	}
	return f, nil
}

func (p *Page) dead(*http.Request) (any, error) {
	count, last := p.Dead.Last()
	if last == nil {
		last = []ingest.DeadLetter{}
	}
	return map[string]any{"count": count, "last": last}, nil
}
