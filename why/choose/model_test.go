package choose

import (
	"bytes"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const mend = "run go generate ./why/choose on a quiet machine; if it stays so, the texts are wrong"

// allDetails yields all answers about what is shared, for a program that is given
// otherwise.
func allDetails(state, machines string) iter.Seq[Answers] {
	a := Answers{"objective": "flow", "io": "half", "state": state, "order": "none", "failure": "partial", "machines": machines, "aim": "latency"}
	return func(yield func(Answers) bool) { vary(a, a.Details(), yield) }
}

// allShared yields all answers about all that can be shared. Each detail that has a
// default is also left out.
func allShared(yield func(Answers) bool) {
	for _, state := range []string{"read", "write", "key"} {
		for _, machines := range []string{"one", "many"} {
			for a := range allDetails(state, machines) {
				silent := a
				for _, q := range a.Details() {
					if a[q.Name] == q.Choices[0].Name {
						silent = maps.Clone(silent)
						delete(silent, q.Name)
					}
				}
				if !yield(a) || !yield(silent) {
					return
				}
			}
		}
	}
}

// figuresLike are the figures, and others that a machine could have: from a third to
// three times of each, as chance has it.
func figuresLike(m *Measured) []*Measured {
	all := []*Measured{m}
	for seed := range uint64(2) {
		chance := rand.New(rand.NewPCG(seed, 1))
		other := &Measured{Machine: m.Machine, Date: m.Date, Figures: slices.Clone(m.Figures)}
		for i := range other.Figures {
			other.Figures[i].NS *= math.Pow(3, 2*chance.Float64()-1)
		}
		all = append(all, other)
	}
	return all
}

// fact is what the model's facts say about something, or nothing.
func (m *Model) fact(about string) string {
	i := slices.IndexFunc(m.Facts, func(f Fact) bool { return f.About == about })
	if i < 0 {
		return ""
	}
	return m.Facts[i].Says
}

// TestModel: whatever is shared and whatever the figures are, there is advice, with
// figures of the load that it names.
func TestModel(t *testing.T) {
	loads := map[Load]bool{}
	for n, figures := range figuresLike(Models()) {
		for a := range allShared {
			m := figures.model(a)
			i := slices.IndexFunc(m.Costs, func(c Cost) bool { return c.Who == m.Take })
			if i < 0 || m.Costs[i].Times != 1 || m.Why == "" || len(m.Costs) < 2 {
				t.Fatalf("%s: not whole: %+v", a.Flags(), m)
			}
			for _, f := range m.Facts {
				if n == 0 && strings.Contains(f.Says, " 0.0 ns") && f.About != "work" {
					t.Errorf("%s: no figure for %s", a.Flags(), f.Says)
				}
			}
			loads[m.Load] = true
		}
	}
	if len(loads) < 15 {
		t.Errorf("all answers lead to %d loads only", len(loads))
	}
}

// TestNoDetailIsDropped: each detail that was given is in the load that was measured,
// or it is said that there are no figures with it. Nothing else is said to be missing.
func TestNoDetailIsDropped(t *testing.T) {
	for a := range allShared {
		m := Models().model(a)
		says := m.Says + ","
		for _, q := range a.Details() {
			var is bool
			switch v := a[q.Name]; q.Name {
			case "size":
				is = strings.Contains(says, map[string]string{"word": "8 B,", "line": "64 B,", "record": "1 KiB,", "page": "16 KiB,", "blob": "64 KiB,"}[v])
			case "tasks":
				is = strings.Contains(" "+says, map[string]string{"one": " 1 task,", "two": " 2 tasks,", "some": " 8 tasks,", "many": " 64 tasks,"}[v])
			case "reads":
				is = strings.Contains(says, map[string]string{"none": ",", "most": " 90 of 100 uses read", "nearly": " 99 of 100 uses read", "all": " all uses read"}[v]) &&
					(v != "none" || !strings.Contains(says, "read"))
			case "work":
				is = strings.Contains(says, map[string]string{"moment": ",", "short": "works 10 µs", "long": "works 100 µs", "waits": "waits 1 ms"}[v]) &&
					(v != "moment" || !strings.Contains(says, "works") && !strings.Contains(says, "waits"))
			case "together":
				is = strings.Contains(says, "two rows at once") == (v == "several")
			default:
				t.Fatalf("-%s is new: what does a load say of it?", q.Name)
			}
			flag := " -" + q.Name + " " + a[q.Name]
			if said := strings.Contains(m.fact("not measured"), flag); said == is && a[q.Name] != "" {
				t.Errorf("%s: measured is %q; that there are no figures with%s is said: %v", a.Flags(), m.Says, flag, said)
			}
		}
	}
}

// TestWordsAndTable: no sentence contradicts the figures that stand beside it,
// whatever they are.
func TestWordsAndTable(t *testing.T) {
	for _, figures := range figuresLike(Models()) {
		for a := range allShared {
			m := figures.model(a)
			times := map[string]float64{}
			for _, c := range m.Costs {
				times[c.Who] = c.Times
				less := !c.Bare && c.Times < 1/clearly
				if said := strings.Contains(m.fact("cheaper"), c.Who); less && !said {
					t.Errorf("%s: %s costs %.2fx and nothing is said of it", a.Flags(), c.Who, c.Times)
				}
			}
			if m.fact("cheaper") != "" && !slices.ContainsFunc(m.Costs, func(c Cost) bool { return c.Times < 1/clearly }) {
				t.Errorf("%s: %s", a.Flags(), m.fact("cheaper"))
			}
			for words, holds := range map[string]bool{
				"costs less than their lock":         m.Take == queue && times[value] > clearly,
				"cost more than an owner":            m.Take == queue && times[value] > clearly,
				"one task uses it":                   m.Load.Tasks == 1 && m.Take == value,
				"every task stands still":            m.Load.Tasks > 1 && a.share() == 0 && m.Load.Work+m.Load.Wait >= works["long"],
				"one after the other":                a.share() == 0 && m.Load.Tasks > 1,
				"readers do not wait for each other": m.Take == mostly && m.Load.Reads > 0,
				"however long a change works":        m.Take == snapshot && a.share() > 0 && a.work() != "moment",
				"a read is over in a moment":         m.Take == value && m.Load.Reads > 0 && a.work() == "moment",
				"a read is one load":                 m.Take == snapshot && a.work() == "moment",
				"keys do not hold up each other":     a["state"] == "key" && a.work() != "moment",
				"no lock spans machines":             a["machines"] == "many",
			} {
				if strings.Contains(m.Why, words) && !holds {
					t.Errorf("%s: %q of %s, beside %v under %s", a.Flags(), words, m.Take, times, m.Says)
				}
			}
			for _, never := range []string{"cheapest", "little", "dearest", "fastest"} {
				if strings.Contains(m.Why, never) {
					t.Errorf("%s: %q is for figures to say: %s", a.Flags(), never, m.Why)
				}
			}
		}
	}
}

// TestReadersAreNotQueued: what is mostly read is not put behind an owner, however
// long a change works, and one task is told figures of one task.
func TestReadersAreNotQueued(t *testing.T) {
	for _, figures := range figuresLike(Models()) {
		for a := range allShared {
			m := figures.model(a)
			if a.share() > 0 && (m.Take == queue || strings.Contains(m.Why, "queue") && m.Load.Tasks > 1) {
				t.Errorf("%s: take %s", a.Flags(), m.Take)
			}
			if (a["tasks"] == "one") != (m.Load.Tasks == 1) {
				t.Errorf("%s: figures of %s", a.Flags(), m.Says)
			}
		}
	}
}

// TestNothingShared: no advice where it would be about nothing.
func TestNothingShared(t *testing.T) {
	for a := range all() {
		answer, err := Decide(a)
		if err != nil {
			t.Fatal(err)
		}
		none := a["state"] == "none" || answer.Leaf == "mapreduce" || a["objective"] == "calculation" && a["state"] == "key"
		if none != (answer.Model == nil) {
			t.Errorf("%s: model %v", a.Flags(), answer.Model)
		}
	}
}

// TestModelRules: five programs that people have.
func TestModelRules(t *testing.T) {
	for _, c := range []struct {
		name       string
		a          Answers
		leaf, take string
	}{
		{"a map of counters", Answers{"state": "key", "size": "word", "work": "moment"}, "pipeline", value},
		{"a cache of documents", Answers{"state": "write", "size": "blob", "reads": "all"}, "pipeline", snapshot},
		{"sessions, each with long work", Answers{"state": "key", "size": "record", "work": "waits"}, "actors", tellKey},
		{"configuration", Answers{"state": "read", "size": "record"}, "pipeline", snapshot},
		{"two accounts at once", Answers{"state": "key", "work": "moment", "together": "several"}, "pipeline", do2},
		{"two accounts on two machines", Answers{"state": "key", "work": "moment", "together": "several", "machines": "many"}, "actors", callKey},
		{"counters on many machines", Answers{"state": "key", "work": "moment", "machines": "many"}, "actors", tellKey},
		{"one state that waits", Answers{"state": "write", "work": "waits"}, "pipeline", queue},
	} {
		a := Answers{"objective": "flow", "io": "half", "order": "none", "failure": "stop", "machines": "one", "aim": "throughput"}
		maps.Copy(a, c.a)
		answer, err := Decide(a)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Leaf != c.leaf || answer.Model.Take != c.take {
			t.Errorf("%s: %s and %s, want %s and %s", c.name, answer.Leaf, answer.Model.Take, c.leaf, c.take)
		}
	}
}

// TestMeasured: the file is what Format writes, and every cell of the tables was
// measured.
func TestMeasured(t *testing.T) {
	again, err := Models().Format()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, modelsJSON) {
		t.Errorf("models.json is not as Format writes it; %s", mend)
	}
	m := Models()
	if m.Machine == "" || m.Date == "" {
		t.Errorf("measured on %q, %q", m.Machine, m.Date)
	}
	for _, g := range m.Grids() {
		if len(g.Rows) < 2 {
			t.Errorf("%s has %d rows", g.Name, len(g.Rows))
		}
		for _, r := range g.Rows {
			if len(r.Cells) != len(g.Columns) || slices.Contains(r.Cells, span(0)) || slices.Contains(r.Cells, "0.00x") {
				t.Errorf("%s: %s: not all was measured: %v", g.Name, r.Who, r.Cells)
			}
		}
	}
	if _, err := ParseMeasured(modelsJSON[:len(modelsJSON)/2]); err == nil {
		t.Error("half of a file is read without an error")
	}
}

// TestWhatTextsClaim: sentences here, in the guide and in package comments hold for
// the figures.
func TestWhatTextsClaim(t *testing.T) {
	m := Models()
	ns := func(who string, l Load) float64 { return m.of(who, l).NS }
	word, blob := Load{Bytes: 8, Tasks: 8}, Load{Bytes: 64 << 10, Tasks: 8}
	pointer := Load{Bytes: 64 << 10, By: Pointer, Tasks: 8}
	claim := func(what string, holds bool) {
		t.Helper()
		if !holds {
			t.Errorf("not so: %s; %s", what, mend)
		}
	}
	for _, who := range []string{queue, tell, call} {
		claim("copying costs, "+who, ns(who, blob) > 10*ns(who, word))
		claim("pointers are fast, "+who, ns(who, pointer) < ns(who, blob)/10)
	}
	claim("making something new costs, too", ns(value, Load{Bytes: 64 << 10, By: New, Tasks: 8}) > 10*ns(value, pointer))
	claim("a lock is many times cheaper than a message and its answer", ns(value, word) < ns(call, word)/4)
	waits := func(who string) float64 {
		return ns(who, Load{Bytes: 8, Tasks: 8, Of: Keys, Wait: waiting})
	}
	claim("keys that wait do not hold up each other", waits(tellKey) < waits("sync.Mutex and map")/4)
	claim("the longer a change works, the less the model matters",
		ns(call, Load{Bytes: 8, Tasks: 8, Work: works["long"]}) < 2.5*ns(value, Load{Bytes: 8, Tasks: 8, Work: works["long"]}))
	busy := Load{Bytes: 8, Tasks: 8, Own: beside}
	for _, who := range []string{queue, tell} {
		locked, _ := m.waits(value, busy)
		sent, _ := m.waits(who, busy)
		claim("what is sent waits until its owner runs, "+who, sent.There > 10*locked.There)
		claim("and who sends goes on at once, "+who, sent.GoesOn < sent.There)
	}
	rare := Load{Bytes: 8, Tasks: 8, Reads: 100}
	claim("a snapshot is read for the least", ns(snapshot, rare) < ns(value, rare) && ns(snapshot, rare) < clearly*ns(mostly, rare))
}

func TestSpan(t *testing.T) {
	for ns, want := range map[float64]string{0.44: "0.4 ns", 9.96: "10 ns", 63.4: "63 ns", 999: "999 ns", 999.9: "1.0 µs", 15600: "16 µs", 1.3e6: "1.3 ms", 2.5e9: "2500 ms"} {
		if got := span(ns); got != want {
			t.Errorf("%v ns: %s, want %s", ns, got, want)
		}
	}
}
