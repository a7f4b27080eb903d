package choose

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
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

// TestModel: whatever is shared, there is advice, with figures of the load that it
// names, and it is not much dearer than what else they name.
func TestModel(t *testing.T) {
	const much = 2
	loads := map[Load]bool{}
	for _, state := range []string{"read", "write", "key"} {
		for _, machines := range []string{"one", "many"} {
			for a := range allDetails(state, machines) {
				answer, err := Decide(a)
				if err != nil {
					t.Fatal(err)
				}
				m := answer.Model
				i := slices.IndexFunc(m.Costs, func(c Cost) bool { return c.Who == m.Take })
				if i < 0 || m.Costs[i].Times != 1 || m.Why == "" || len(m.Costs) < 2 {
					t.Fatalf("%s: not whole: %+v", a.Flags(), m)
				}
				ours := slices.DeleteFunc(slices.Clone(m.Costs), func(c Cost) bool { return c.Hand || c.Bare })
				least := slices.MinFunc(ours, func(a, b Cost) int { return cmp.Compare(a.NS, b.NS) })
				if m.Costs[i].NS > much*least.NS && !a.spread() { // there no lock helps

					t.Errorf("%s: take %s for %s, where %s costs %s; %s", a.Flags(), m.Take, span(m.Costs[i].NS), least.Who, span(least.NS), mend)
				}
				for _, f := range m.Facts {
					if strings.Contains(f.Says, " 0.0 ns") && f.About != "work" {
						t.Errorf("%s: no figure for %s", a.Flags(), f.Says)
					}
				}
				loads[m.Load] = true
			}
		}
	}
	if len(loads) < 15 {
		t.Errorf("all answers lead to %d loads only", len(loads))
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
		claim("what is sent waits until its owner runs, "+who, sent.There > 100*locked.There && sent.There > 1e6)
		claim("and who sends goes on at once, "+who, sent.GoesOn < sent.There/100)
	}
	rare := Load{Bytes: 8, Tasks: 8, Reads: 100}
	claim("a snapshot is read for the least", ns(snapshot, rare) < ns(value, rare) && ns(snapshot, rare) < ns(mostly, rare))
}

func TestSpan(t *testing.T) {
	for ns, want := range map[float64]string{0.44: "0.4 ns", 9.96: "10 ns", 63.4: "63 ns", 999: "999 ns", 999.9: "1.0 µs", 15600: "16 µs", 1.3e6: "1.3 ms", 2.5e9: "2500 ms"} {
		if got := span(ns); got != want {
			t.Errorf("%v ns: %s, want %s", ns, got, want)
		}
	}
}
