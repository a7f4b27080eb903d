package hunt

import (
	"slices"
	"testing"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

func race(places ...int) *demon.Finding {
	f := &demon.Finding{Demon: demon.Race, Grade: demon.Seen, Finding: why.Finding{Rule: "data-race"}, Test: "TestX"}
	for _, line := range places {
		f.Sides = append(f.Sides, demon.Side{Stack: []demon.Frame{{Func: "m.f", File: "/m/f.go", Line: line}}})
	}
	return f
}

func newTestPackage() *Package {
	return &Package{Path: "m", Runs: map[Lane]int{}, hung: map[string]int{}, began: map[inLane]int{}}
}

// Races about the same memory in any run are one group, wherever it lies in
// another run.
func TestRacesAreGroupedByMemory(t *testing.T) {
	p := newTestPackage()
	c := newCollection(Options{})
	add := func(seed int, at map[string]*demon.Finding) {
		v := verdict{memory: map[*demon.Finding]string{}}
		for address, f := range at {
			v.found = append(v.found, f)
			v.memory[f] = address[:1] // what follows only keeps the keys apart
		}
		c.add(p, Case{Lane: Raced, Seed: seed, Procs: 1}, v)
	}
	add(1, map[string]*demon.Finding{"1a": race(1, 2), "1b": race(1, 3), "2": race(7, 8)})
	add(2, map[string]*demon.Finding{"1": race(7, 8), "2a": race(3, 2), "2b": race(3, 1)})
	groups := map[int][]int{}
	for _, f := range c.sorted() {
		groups[f.Group] = append(groups[f.Group], f.Sides[0].Stack[0].Line*10+f.Sides[1].Stack[0].Line)
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	if len(groups) != 2 || !slices.Equal(groups[0], []int{78}) || !slices.Equal(groups[1], []int{12, 13, 32}) {
		t.Errorf("groups %v", groups)
	}
}

// What not every run shows is run again with a seed, if one showed it.
func TestTheCaseToRunAgain(t *testing.T) {
	for _, c := range []struct {
		what  string
		cases []Case
		runs  int
		want  Case
	}{
		{"always", []Case{{Watched, 0, 2, 0}, {Watched, 1, 4, 60}}, 2, Case{Watched, 0, 2, 0}},
		{"not always", []Case{{Watched, 0, 2, 0}, {Watched, 1, 4, 60}}, 3, Case{Watched, 1, 4, 60}},
		{"only undisturbed", []Case{{Watched, 0, 2, 0}}, 3, Case{Watched, 0, 2, 0}},
		{"the first seed", []Case{{Watched, 5, 8, 60}, {Watched, 6, 8, 60}}, 9, Case{Watched, 5, 8, 60}},
	} {
		p, all := newTestPackage(), newCollection(Options{Tags: "x y", Args: []string{"it's"}})
		for _, of := range c.cases {
			all.add(p, of, verdict{found: []*demon.Finding{race(1, 2)}})
		}
		p.Runs[Watched] = c.runs
		f := all.sorted()[0]
		if want := "trivet demons -replay " + c.want.String() + ` -tags 'x y' -run '^TestX$' m -- 'it'\''s'`; f.Replay != want || f.Seed != c.want.Seed {
			t.Errorf("%s: %s, not %s", c.what, f.Replay, want)
		}
	}
}
