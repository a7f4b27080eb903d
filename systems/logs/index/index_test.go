package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/systems/logs/generate"
	"github.com/trivet-go/trivet/systems/logs/parse"
	"github.com/trivet-go/trivet/task/scoped"
)

// fill makes an index of generated lines, dealt to the shards in unequal parts.
func fill(t testing.TB, shards, lines int) *Index {
	x, err := Create(t.TempDir(), Rules{Shards: shards})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	r := rand.New(rand.NewPCG(1, 2))
	shard := 0
	var batch []event.Event
	for _, e := range events(t, lines) {
		batch = append(batch, e)
		if r.IntN(100) == 0 {
			if err := x.Put(shard, batch); err != nil {
				t.Fatal(err)
			}
			batch, shard = nil, min(r.IntN(shards+1), shards-1)
		}
	}
	if err := x.Put(shard, batch); err != nil {
		t.Fatal(err)
	}
	return x
}

func events(t testing.TB, n int) (all []event.Event) {
	newLines, err := parse.New(parse.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	parser := newLines()
	for line := range generate.Lines(generate.Rules{Seed: 7, Broken: 0.01}) {
		e := event.Event{ID: event.ID{Line: int64(len(all) + 1)}, Line: append([]byte(nil), line[:len(line)-1]...)}
		if err := parser.Parse(&e); err != nil {
			t.Fatal(err)
		}
		if all = append(all, e); len(all) == n {
			break
		}
	}
	return all
}

// What four shards answer is what one shard with all the lines answers: the same
// lines in the same order, with the same scores. And no less is found when the
// newest come first.
func TestShardsRankAsOneDoes(t *testing.T) {
	one, four := fill(t, 1, 1000), fill(t, 4, 1000)
	for _, text := range []string{
		"", "basket", "zipper curl", "red -basket", "+wooden +GET", `"Mozilla 5"`, "status:404", "status:404 steel",
		"method:POST path:/shop/red-basket", "panic", "format:raw", "zip*", "path:/blog*", "candle~1", "nothing-of-the-kind",
		"basket^3 candle", "ip:1.147.96.243", "status:>=500", "lin?", "/bask.t/",
		"*", "+nosuch* -basket", "basket nosuch*", "+status:<300 +bask*^2 curl", "-path:/shop*", "/[0-9]+/",
		`"red basket" -"red basket 200"`, `agent:"curl/8.11.0" zipper`, `"basket"`, `"!?"`,
	} {
		t.Run(text, func(t *testing.T) {
			q := Query{Text: text, Size: 50, Order: Best}
			a, errA := one.Search(t.Context(), q)
			b, errB := four.Search(t.Context(), q)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if a.Total != b.Total || len(a.Hits) != len(b.Hits) {
				t.Fatalf("one shard finds %d, four %d", a.Total, b.Total)
			}
			for i := range a.Hits {
				if a.Hits[i].ID != b.Hits[i].ID || math.Abs(a.Hits[i].Score-b.Hits[i].Score) > 1e-9 {
					t.Fatalf("hit %d: %v %.6f, from four shards %v %.6f", i, a.Hits[i].ID, a.Hits[i].Score, b.Hits[i].ID, b.Hits[i].Score)
				}
			}
			q.Order = Newest
			if c, err := four.Search(t.Context(), q); err != nil || c.Total != a.Total || len(c.Hits) != len(a.Hits) {
				t.Fatalf("%d of the best, %d of the newest: %v", a.Total, c.Total, err)
			}
		})
	}
}

// Of lines that rank the same a log's reader wants the last: the newest, and
// without a time, or with the same, the later line of the later file.
func TestOfEqualsTheLast(t *testing.T) {
	noon := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	lines := []event.Event{ // from the best to the worst
		{ID: event.ID{Source: 0, Line: 300}, Time: noon.Add(time.Hour)},
		{ID: event.ID{Source: 1, Line: 2}, Time: noon},
		{ID: event.ID{Source: 1, Line: 1}, Time: noon},
		{ID: event.ID{Source: 0, Line: 200}, Time: noon},
		{ID: event.ID{Source: 1, Line: 4}},
		{ID: event.ID{Source: 1, Line: 3}},
		{ID: event.ID{Source: 0, Line: 299}},
		{ID: event.ID{Source: 0, Line: 1}},
	}
	for shards := 1; shards <= 3; shards++ {
		for _, size := range []int{1, 3, 100} {
			x, err := Create(t.TempDir(), Rules{Shards: shards})
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			for i, at := range rand.New(rand.NewPCG(uint64(shards), uint64(size))).Perm(len(lines)) {
				e := lines[at]
				e.Format, e.Line = event.Raw, []byte("foo")
				if err := x.Put(i%shards, []event.Event{e}); err != nil {
					t.Fatal(err)
				}
			}
			for _, order := range []Order{Newest, Best} {
				a, err := x.Search(t.Context(), Query{Text: "foo", Size: size, Order: order})
				if err != nil || len(a.Hits) != min(size, len(lines)) {
					t.Fatal(len(a.Hits), err)
				}
				for i, h := range a.Hits {
					if h.ID != lines[i].ID {
						t.Errorf("%d shards, place %d of %d: line %v, not %v", shards, i, size, h.ID, lines[i].ID)
					}
				}
			}
		}
	}
}

// Names as long as a line must not be kept: an index would run out of memory.
func TestLongNames(t *testing.T) {
	x := fill(t, 1, 1)
	before := len(*x.names.snapshot.Load())
	e := event.Event{ID: event.ID{Line: 2}, Line: []byte("x"), Fields: []event.Field{
		{Name: strings.Repeat("n", 100_000), Value: []byte("v")},
		{Name: "short", Value: []byte("v")},
	}}
	if err := x.Put(0, []event.Event{e}); err != nil {
		t.Fatal(err)
	}
	if more := len(*x.names.snapshot.Load()) - before; more != 1 {
		t.Errorf("%d more names are kept", more)
	}
	if a, err := x.Search(t.Context(), Query{Text: "+short:v -other:*", Size: 1}); err != nil || a.Total != 1 {
		t.Errorf("%d found, %v", a.Total, err)
	}
}

// value is that of the first field of that name; empty if there is none.
func value(e *event.Event, name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			return string(f.Value)
		}
	}
	return ""
}

// Phrases, patterns and ranges find what a look at every line finds.
func TestEveryLineThatFits(t *testing.T) {
	x := fill(t, 2, 3000)
	all := events(t, 3000)
	word := func(pattern string) func(*event.Event) bool {
		r := regexp.MustCompile(`(?i)\b` + pattern + `\b`)
		return func(e *event.Event) bool { return r.Match(e.Line) }
	}
	number := func(name string, fits func(n float64) bool) func(*event.Event) bool {
		return func(e *event.Event) bool {
			n, err := strconv.ParseFloat(value(e, name), 64)
			return err == nil && fits(n)
		}
	}
	has := func(name string) func(*event.Event) bool {
		return func(e *event.Event) bool { return value(e, name) != "" }
	}
	for text, fits := range map[string]func(*event.Event) bool{
		"*":                     func(*event.Event) bool { return true },
		"Bask*":                 word("bask[a-z]*"),
		"b?ue":                  word("b[a-z]ue"),
		"/zip+er/":              word("zipper"),
		"user:*":                has("user"),
		"bytes:*":               has("bytes"), // more terms than are put together at once
		"status:>=500":          number("status", func(n float64) bool { return n >= 500 }),
		"status:>304":           number("status", func(n float64) bool { return n > 304 }),
		"bytes:<1000":           number("bytes", func(n float64) bool { return n < 1000 }),
		"+bytes:<=0 +bytes:>-1": number("bytes", func(n float64) bool { return n == 0 }),
		"nosuch*":               func(*event.Event) bool { return false },
		"nosuch:>1":             func(*event.Event) bool { return false },
		`"GET shop red"`: func(e *event.Event) bool {
			return bytes.Contains(bytes.ToLower(e.Line), []byte("get /shop/red-"))
		},
	} {
		t.Run(text, func(t *testing.T) {
			want := int64(0)
			for i := range all {
				if fits(&all[i]) {
					want++
				}
			}
			if a, err := x.Search(t.Context(), Query{Text: text, Size: 1}); err != nil || a.Total != want {
				t.Errorf("%d lines, want %d: %v", a.Total, want, err)
			}
		})
	}
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	x := fill(t, 2, 100)
	for _, text := range []string{`"open`, "/(/", "/a{1000}{1000}/", "basket~9", "basket^1e308", "-", ":", `time:>"2026-01-05"`} {
		for _, order := range []Order{Newest, Best} {
			if text == "basket^1e308" && order == Newest {
				continue
			}
			_, err := x.Search(t.Context(), Query{Text: text, Size: 1, Order: order})
			if !errors.Is(err, ErrQuery) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// Who weighs the words of a query is told that it is in vain where nothing ranks.
func TestBoostsAreTold(t *testing.T) {
	x := fill(t, 1, 10)
	for _, text := range []string{"basket^3", `"a b"^2 x`, "-b*^2", "+status:500^4"} {
		for order, want := range map[Order]int{Newest: 1, Best: 0} {
			if a, err := x.Search(t.Context(), Query{Text: text, Order: order}); err != nil || len(a.Notes) != want {
				t.Errorf("%s: %q %v", text, a.Notes, err)
			}
		}
	}
}

func TestBuckets(t *testing.T) {
	x := fill(t, 3, 2000)
	var want []int64
	from := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	until := from.Add(8 * time.Minute)
	want = make([]int64, 8)
	total := int64(0)
	for _, e := range events(t, 2000) {
		if !e.Time.IsZero() && !e.Time.Before(from) && e.Time.Before(until) {
			want[e.Time.Sub(from)/time.Minute]++
			total++
		}
	}
	a, err := x.Search(t.Context(), Query{From: from, Until: until, Buckets: 8})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(a.Buckets) != fmt.Sprint(want) || a.Total != total || total == 0 {
		t.Errorf("got %v, %d in all; want %v, %d", a.Buckets, a.Total, want, total)
	}
}

func TestPutAgainReplaces(t *testing.T) {
	x := fill(t, 2, 500)
	before, _ := x.Len()
	if err := x.Put(0, events(t, 1)); err != nil {
		t.Fatal(err)
	}
	after, _ := x.Len()
	if before != 500 || after > 501 {
		t.Errorf("%d lines, then %d", before, after)
	}
	if err := x.Flush(context.Background()); err != nil {
		t.Error(err)
	}
}

// Searches and puts at the same time, with searches that are given up: none may
// touch files that are closed.
func TestSearchWhilePutting(t *testing.T) {
	x := fill(t, 2, 200)
	all := events(t, 600)
	err := scoped.Run(t.Context(), func(g *scoped.Group) error {
		for s := range 2 {
			g.Go(func(context.Context) error {
				for i := s * 50; i+50 <= len(all); i += 100 {
					if err := x.Put(s, all[i:i+50]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		for i := range 4 {
			g.Go(func(ctx context.Context) error {
				for n := range 30 {
					ctx, cancel := context.WithTimeout(ctx, time.Duration(n*i)*20*time.Microsecond)
					_, err := x.Search(ctx, Query{Text: "basket 200", Size: 10})
					cancel()
					if err != nil && !errors.Is(err, context.DeadlineExceeded) {
						return err
					}
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := x.Search(t.Context(), Query{Text: "format:combined", Size: 1})
	if n, _ := x.Len(); err != nil || n < 600 || a.Total == 0 {
		t.Errorf("%d lines, %d found, %v", n, a.Total, err)
	}
}
