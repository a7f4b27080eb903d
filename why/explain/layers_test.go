package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/inventory"
	"github.com/trivet-go/trivet/why/review"
)

// in is one line of p.go.
func in(lines ...int) (all []inventory.Span) {
	for _, l := range lines {
		all = append(all, inventory.Span{Package: "main", File: "p.go", From: l, To: l})
	}
	return all
}

func pattern(kind inventory.Kind, name string, line int) inventory.Pattern {
	return inventory.Pattern{
		Kind: kind, Origin: inventory.HandMade, By: "go, channel", Name: name,
		Where: inventory.Place{File: "p.go", Line: line},
	}
}

func explainedWith(t *testing.T, p *program.Program, o Options) *Report {
	t.Helper()
	o.At, o.Cores = []int{1, 2, 4, 8, 16}, 8
	if o.Source == nil {
		o.Source = &Source{}
	}
	r, err := Explain(context.Background(), set(p), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// workers is a pool of n that main feeds through a channel made in line 5; the
// workers are started in line 10. Each item runs for work, and for locked under
// mu.
func workers(n, items int, work, locked time.Duration) *program.Program {
	b := program.Build()
	jobs, mu, wg := b.Chan("", 16), b.Mutex("mu"), b.WaitGroup("wg")
	b.Made(jobs, "p.go:5")
	main := b.Main()
	main.Add(wg, n)
	var gs []*program.G
	for range n {
		gs = append(gs, main.At("p.go:10").Go("main.main.func1"))
	}
	for i := range items {
		main.At("p.go:20").Send(jobs)
		g := gs[i%n]
		g.At("p.go:11").Item(jobs)
		g.Run(work).At("p.go:13").Lock(mu)
		g.Run(locked).At("p.go:14").Unlock(mu)
	}
	b.Dealt(jobs)
	main.Close(jobs)
	for _, g := range gs {
		g.At("p.go:11").RecvClosed(jobs).Done(wg)
	}
	main.At("p.go:30").Join(wg)
	return b.Program()
}

func poolOf() inventory.Pattern {
	p := pattern(inventory.Pool, "jobs", 10)
	p.Starts, p.Channels = in(10), in(5)
	return p
}

func TestPatternsMeetTheirRecording(t *testing.T) {
	guarded := pattern(inventory.Guarded, "cache.mu", 3)
	guarded.Origin, guarded.Locks = inventory.Standard, in(13)
	future := pattern(inventory.Future, "result", 50)
	future.Starts, future.Channels = in(50), in(49)
	r := explainedWith(t, workers(4, 64, 900*us, 100*us), Options{Source: &Source{Patterns: []inventory.Pattern{
		poolOf(), future, guarded, pattern(inventory.Atomics, "count", 2),
	}}})
	if len(r.Layers) != 4 {
		t.Fatalf("%+v", r.Layers)
	}
	pool, never, mutex, atomics := r.Layers[0], r.Layers[1], r.Layers[2], r.Layers[3]
	if pool.Seen != Ran || pool.Layer != 2 || pool.Goroutines != 4 || pool.Share < 0.99 || pool.Where != "p.go:10" || pool.Ops != 128 {
		t.Errorf("the pool: %+v", pool)
	}
	if never.Seen != NeverRan || never.Goroutines+int(never.Ops) != 0 {
		t.Errorf("what never ran: %+v", never)
	}
	if mutex.Seen != Ran || mutex.Ops != 64 || mutex.Wait <= 0 {
		t.Errorf("the mutex: %+v", mutex)
	}
	if atomics.Seen != NotRecorded {
		t.Errorf("the atomics: %+v", atomics)
	}
}

// A go statement inside another one's literal belongs to its own pattern.
func TestInnermostFrameDecides(t *testing.T) {
	b := program.Build()
	main := b.Main()
	main.At("p.go:12 p.go:10").Go("inner").Run(ms1)
	main.At("p.go:10").Go("outer").Run(ms1)
	outer, inner := pattern(inventory.FanOut, "outer", 10), pattern(inventory.FanOut, "inner", 12)
	outer.Starts, inner.Starts = in(10), in(12)
	r := explainedWith(t, b.Program(), Options{Source: &Source{Patterns: []inventory.Pattern{outer, inner}}})
	if r.Layers[0].Goroutines != 1 || r.Layers[1].Goroutines != 1 {
		t.Errorf("%+v", r.Layers)
	}
}

func TestSameFile(t *testing.T) {
	for _, c := range []struct {
		source, frame string
		want          bool
	}{
		{"/home/me/m/lib/lib.go", "/home/me/m/lib/lib.go", true},
		{"/home/me/m/lib/lib.go", "example.com/m/lib/lib.go", true}, // -trimpath
		{"/home/me/m/lib/lib.go", "example.com/m/other/lib.go", false},
		{"/home/me/m/lib/lib.go", "/home/me/n/lib/lib.go", false},
	} {
		if got := sameFile(c.source, c.frame); got != c.want {
			t.Errorf("%s and %s: %v", c.source, c.frame, got)
		}
	}
}

func answers(r *Report) (found, looked, not []string) {
	for _, q := range r.Review {
		for _, f := range q.Findings {
			found = append(found, f.Rule)
		}
		for _, c := range q.Looked {
			looked = append(looked, c.Rule)
		}
		for _, c := range q.NotLooked {
			not = append(not, c.Rule)
		}
	}
	return found, looked, not
}

// Each program has one flaw that a reviewer asks for; healthy twins have none.
func TestReviewFindsWhatIsWrong(t *testing.T) {
	pipeline := pattern(inventory.Pipeline, "parsed, indexed", 10)
	pipeline.Starts = in(10, 11)
	actor := pattern(inventory.Actor, "mailbox", 10)
	actor.Starts, actor.Channels = in(10), in(5)
	fan := pattern(inventory.FanOut, "wg", 10)
	fan.Starts = in(10)
	for _, c := range []struct {
		name    string
		program *program.Program
		pattern inventory.Pattern
		want    []string
	}{
		{"a goroutine for two microseconds", tinyAt(), fan, []string{"tiny-tasks"}},
		{"a goroutine for a millisecond", workers(4, 64, ms1, 0), poolOf(), nil},
		{"values of 100 ns", messages(100), poolOf(), []string{"tiny-messages"}},
		{"values of 10 us", messages(10 * us), poolOf(), nil},
		{"an actor that computes", actorOf(4, ms1), actor, []string{"actor-computes"}},
		{"an actor that keeps", actorOf(4, 10*us), actor, nil},
		{"an actor that computes for one", actorOf(1, ms1), actor, nil},
		{"a send under a lock", sendUnder(true, 0), poolOf(), []string{"lock-across-channel"}},
		{"a send after a lock", sendUnder(false, 0), poolOf(), nil},
		{"a send under a lock, with room", sendUnder(true, 1000), poolOf(), nil},
		{"two stages and a lock", stagesWithLock(true), pipeline, []string{"lock-in-stage"}},
		{"one stage and a lock", stagesWithLock(false), pipeline, nil},
		{"half of the work under a lock", workers(16, 160, 500*us, 500*us), poolOf(), []string{"idle-workers"}},
		{"little of the work under a lock", workers(8, 160, 990*us, 10*us), poolOf(), nil},
		{"a full buffer", workers(1, 64, ms1, 0), poolOf(), []string{"queue-hides-stage"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := explainedWith(t, c.program, Options{Source: &Source{Patterns: []inventory.Pattern{c.pattern}}})
			found, _, _ := answers(r)
			if !slices.Equal(found, c.want) {
				t.Errorf("found %v, want %v: %+v", found, c.want, r.Review)
			}
			for _, q := range r.Review {
				for _, f := range q.Findings {
					if _, ok := why.RuleNamed(f.Rule); !ok || f.Where == "" || len(f.Evidence) == 0 || f.Try == "" || f.Sure == "" {
						t.Errorf("not whole: %+v", f)
					}
				}
			}
		})
	}
}

func tinyAt() *program.Program {
	b := program.Build()
	wg := b.WaitGroup("wg")
	main := b.Main()
	main.Add(wg, 400)
	for range 400 {
		main.At("p.go:10").Go("main.work").Run(2 * us).Done(wg)
	}
	main.Join(wg)
	return b.Program()
}

func messages(work time.Duration) *program.Program {
	b := program.Build()
	ch := b.Chan("values", 8)
	b.Made(ch, "p.go:5")
	main := b.Main()
	last := main.At("p.go:10").Go("main.sum")
	for range 2000 {
		main.Run(50 * us).At("p.go:20").Send(ch)
		last.At("p.go:11").Item(ch).Run(work)
	}
	main.Close(ch)
	end := b.Event("end")
	last.At("p.go:11").RecvClosed(ch).Signal(end)
	main.Wait(end)
	return b.Program()
}

// actorOf serves so many clients; each request takes so long.
func actorOf(n int, work time.Duration) *program.Program {
	b := program.Build()
	box, wg := b.Chan("mailbox", 0), b.WaitGroup("wg")
	b.Made(box, "p.go:5")
	main := b.Main()
	main.Add(wg, n)
	actor := main.At("p.go:10").Go("main.loop")
	var clients []*program.G
	for range n {
		clients = append(clients, main.At("p.go:20").Go("main.client"))
	}
	for range 16 {
		for _, c := range clients {
			c.Run(100 * us).At("p.go:21").Send(box)
			actor.At("p.go:11").Recv(box).Run(work)
		}
	}
	actor.At("p.go:11").Cut()
	for _, c := range clients {
		c.Done(wg)
	}
	main.At("p.go:30").Join(wg)
	return b.Program()
}

func sendUnder(lock bool, room int) *program.Program {
	b := program.Build()
	mu, ch := b.Mutex("mu"), b.Chan("events", room)
	b.Made(ch, "p.go:5")
	main := b.Main()
	last := main.At("p.go:10").Go("main.write")
	for range 20 {
		main.Run(100 * us).At("p.go:20").Lock(mu).Run(us)
		if lock {
			main.At("p.go:21").Send(ch).Unlock(mu)
		} else {
			main.Unlock(mu).At("p.go:22").Send(ch)
		}
		last.At("p.go:11")
	}
	for range 20 {
		last.At("p.go:11").Recv(ch).Run(10 * us)
	}
	return b.Program()
}

// stagesWithLock is a pipeline of two; both take mu, or only the first.
func stagesWithLock(both bool) *program.Program {
	b := program.Build()
	mu, a, c := b.Mutex("mu"), b.Chan("parsed", 1), b.Chan("indexed", 1)
	main := b.Main()
	first, second := main.At("p.go:10").Go("main.parse"), main.At("p.go:11").Go("main.index")
	for range 20 {
		main.Run(100 * us).At("p.go:20").Send(a)
		first.At("p.go:12").Item(a).Run(50 * us).At("p.go:13").Lock(mu).Run(us).Unlock(mu).At("p.go:14").Send(c)
		second.At("p.go:15").Item(c).Run(20 * us)
		if both {
			second.At("p.go:16").Lock(mu).Run(us).Unlock(mu)
		}
	}
	main.Close(a)
	first.At("p.go:12").RecvClosed(a).Close(c)
	end := b.Event("end")
	second.At("p.go:15").RecvClosed(c).Signal(end)
	main.Wait(end)
	return b.Program()
}

// What cannot be decided is said, and never looks clean.
func TestWhatIsNotLookedForIsSaid(t *testing.T) {
	r := explained(t, set(coarseMutex()))
	if r.LayersMissing == "" || len(r.Layers) > 0 {
		t.Errorf("without a source: %q, %v", r.LayersMissing, r.Layers)
	}
	if _, _, not := answers(r); !slices.Equal(not, []string{"actor-computes", "lock-in-stage", "idle-workers"}) {
		t.Errorf("not looked for: %v", not)
	}
	stock := set(coarseMutex())
	stock.Tier, stock.Best.Tier = record.Stock, record.Stock
	_, _, not := answers(explained(t, stock))
	for _, rule := range []string{"tiny-messages", "lock-across-channel"} {
		if !slices.Contains(not, rule) {
			t.Errorf("%s was looked for in an ordinary trace", rule)
		}
	}
	stuck := program.Build()
	main := stuck.Main()
	main.Run(ms1).Recv(stuck.Chan("ch", 0))
	if _, _, not := answers(explained(t, set(stuck.Program()))); !slices.Contains(not, "queue-hides-stage") {
		t.Errorf("without a replay: %v", not)
	}
}

// What source and recording show at one line is one finding.
func TestSourceIsConfirmed(t *testing.T) {
	source := &Source{Answers: []review.Answer{
		{Question: review.Layers, Rules: []string{"lock-around-send", "wait-before-drain"}, Findings: []why.Finding{
			{Rule: "lock-around-send", Title: "A lock is held around a send.", Where: "cmd/x/p.go:21"},
			{Rule: "lock-around-send", Title: "Another.", Where: "cmd/x/q.go:21"},
		}},
		{Question: review.Limits, Rules: []string{"abandoned-sender"}, Findings: []why.Finding{
			{Rule: "abandoned-sender", Title: "A third.", Where: "p.go:10"},
		}},
	}}
	r := explainedWith(t, sendUnder(true, 0), Options{Source: source})
	two, three := r.Review[1], r.Review[2]
	if len(two.Findings) != 2 || two.Findings[0].Rule != "lock-across-channel" || two.Findings[0].Seen != inBoth || two.Findings[1].Seen != inSource {
		t.Errorf("%+v", two.Findings)
	}
	if len(three.Findings) != 1 || three.Findings[0].Seen != inPassedSource {
		t.Errorf("%+v", three.Findings)
	}
	if !slices.ContainsFunc(two.Looked, func(c Check) bool { return c.Rule == "wait-before-drain" }) {
		t.Errorf("a rule that found nothing in the source is not named: %+v", two.Looked)
	}
}

// State with two guards is confirmed when both were used, by different goroutines.
func TestTwoGuardsAreConfirmed(t *testing.T) {
	guards := func(receive, lock string) *Source {
		return &Source{Answers: []review.Answer{{Question: review.Layers, Rules: []string{"two-guards"}, Findings: []why.Finding{
			{Rule: "two-guards", Title: "Two guards.", Where: "p.go:99", Evidence: []string{"x", "y"}, Places: []string{receive, lock}},
		}}}}
	}
	for _, c := range []struct {
		name          string
		receive, lock string
		want          string
	}{
		{"both ran", "p.go:11", "p.go:20", inBoth},
		{"nobody took the lock", "p.go:11", "p.go:25", inSource},
		{"nobody received", "p.go:12", "p.go:20", inSource},
	} {
		source := guards(c.receive, c.lock)
		found := explainedWith(t, sendUnder(false, 0), Options{Source: source}).Review[1].Findings
		if len(found) != 1 || found[0].Seen != c.want || (len(found[0].Evidence) == 3) != (c.want == inBoth) {
			t.Errorf("%s: %+v", c.name, found)
		}
		if n := len(source.Answers[0].Findings[0].Evidence); n != 2 {
			t.Errorf("%s: the review's own finding has now %d lines of evidence", c.name, n)
		}
	}
	one := program.Build()
	mu, ch := one.Mutex("mu"), one.Chan("c", 1)
	main := one.Main()
	main.At("p.go:9").Send(ch).At("p.go:11").Recv(ch).At("p.go:20").Lock(mu).Run(us).Unlock(mu)
	found := explainedWith(t, one.Program(), Options{Source: guards("p.go:11", "p.go:20")}).Review[1].Findings
	if len(found) != 1 || found[0].Seen != inSource {
		t.Errorf("one goroutine is both: %+v", found)
	}
}

func TestLayersAndReviewAsText(t *testing.T) {
	never := pattern(inventory.Future, "result", 50)
	never.Starts = in(50)
	source := &Source{Patterns: []inventory.Pattern{poolOf(), never}}
	for i := range 8 {
		p := pattern(inventory.Atomics, fmt.Sprint("counter", i), 60+i)
		source.Patterns = append(source.Patterns, p)
	}
	r := explainedWith(t, workers(16, 160, 500*us, 500*us), Options{Source: source})
	var text bytes.Buffer
	if err := r.Text(&text, show.Terminal{Width: show.MaxWidth}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"LAYERS  Lv2  worker pool         p.go:10  jobs",
		"16 goroutines busy",
		" more, of which 1 never ran; -json lists them",
		"REVIEW  1 selection  not found: tiny-tasks, tiny-messages, actor-computes",
		"3 limits     Of 16 workers no more than 2 can work at once; the rest wait. (p.go:10) See:",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if n := strings.Count(text.String(), "\n"); n > 40 {
		t.Errorf("%d lines", n)
	}
	out, err := json.Marshal(r)
	if err != nil || strings.Contains(string(out), "null") {
		t.Errorf("%v, null in %s", err, out)
	}
}
