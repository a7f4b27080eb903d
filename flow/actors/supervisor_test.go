package actors

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The model runs a supervisor of three children through every order of what can
// happen: children fail, are slow to halt, fail or end while they are to halt, end
// for good, and pauses end, also those that are in vain. A child is a state with a
// generation; a world is text, so each is visited once.
//
// Whatever the order: nobody is told to begin who runs, or to halt who does not; of
// a group that begins anew nobody of an old generation runs when the first one
// begins; and when nothing is under way any more all children run, unless the
// supervisor has given up.

type childState byte

const (
	childRuns    childState = 'r'
	childHalting childState = 'h' // told to, and has not yet
	childWaits   childState = 'w'
	childGone    childState = '-'
)

type modelWorld struct {
	s        supervisor[int]
	kids     [3]childState
	stale    [3]bool // it runs with a state of before a failure that concerns it
	pauses   []int   // that go on
	last     int     // pause that was begun
	failures int
	flaw     string
	log      []string
}

func (w *modelWorld) clone() *modelWorld {
	c := *w
	c.s.kids = slices.Clone(w.s.kids)
	c.s.failures = slices.Clone(w.s.failures)
	c.pauses = slices.Clone(w.pauses)
	c.log = slices.Clip(w.log)
	return &c
}

func (w *modelWorld) key() string {
	pauses := slices.Clone(w.pauses)
	slices.Sort(pauses)
	relative := []string{} // rounds are told apart by their distance only
	for _, p := range pauses {
		relative = append(relative, fmt.Sprint(p-w.s.round))
	}
	kids := []string{}
	for _, k := range w.s.kids {
		kids = append(kids, fmt.Sprint(k.who, k.state, k.round-w.s.round))
	}
	return fmt.Sprintf("%s %v %v %d %v %v %v", w.kids[:], w.stale, relative, w.failures, kids, w.s.resting, w.s.over)
}

// concerned are those who begin anew when the child i fails.
func (w *modelWorld) concerned(i int) []int {
	var all []int
	for j, state := range w.kids {
		if state == childGone {
			continue
		}
		switch w.s.rules.Strategy {
		case OneForOne:
			if j == i {
				all = append(all, j)
			}
		case OneForAll:
			all = append(all, j)
		case RestForOne:
			if j >= i {
				all = append(all, j)
			}
		}
	}
	return all
}

// happens gives an event to the supervisor and obeys it.
func (w *modelWorld) happens(e event[int]) error {
	w.log = append(w.log, fmt.Sprintf("%v", e))
	if e.what == hasFailed {
		w.failures++
		for _, j := range w.concerned(e.who) {
			w.stale[j] = w.kids[j] == childRuns || w.kids[j] == childHalting
		}
		w.stale[e.who] = false
	}
	if e.what == stopped || e.what == ended {
		w.stale[e.who] = false
	}
	e.now = int64(w.failures)
	for _, do := range w.s.step(e) {
		w.log = append(w.log, fmt.Sprintf("  %v", do))
		switch do.do {
		case halt:
			if w.kids[do.who] != childRuns {
				return fmt.Errorf("halt of %d, which is %c", do.who, w.kids[do.who])
			}
			if w.flaw != "halts nobody" {
				w.kids[do.who] = childHalting
			}
		case begin:
			if e.what == rested && e.round != w.last && w.s.rules.Strategy != OneForOne {
				return fmt.Errorf("%d begins after pause %d, the last one is %d", do.who, e.round, w.last)
			}
			if w.kids[do.who] != childWaits {
				return fmt.Errorf("begin of %d, which is %c", do.who, w.kids[do.who])
			}
			if i := slices.Index(w.stale[:], true); i >= 0 {
				return fmt.Errorf("%d begins while %d still has an old state", do.who, i)
			}
			w.kids[do.who] = childRuns
		case rest:
			w.pauses = append(w.pauses, do.round)
			w.last = do.round
		}
	}
	if w.flaw == "forgets pauses" && len(w.pauses) > 1 {
		w.pauses = w.pauses[:1]
	}
	return nil
}

// next returns all events that can happen now.
func (w *modelWorld) next() (all []func(*modelWorld) error) {
	for i, state := range w.kids {
		if state == childRuns || state == childHalting {
			all = append(all, func(w *modelWorld) error {
				w.kids[i] = childGone
				return w.happens(event[int]{what: ended, who: i})
			})
			if w.failures < 4 {
				all = append(all, func(w *modelWorld) error {
					w.kids[i] = childWaits
					return w.happens(event[int]{what: hasFailed, who: i})
				})
			}
		}
		if state == childHalting {
			all = append(all, func(w *modelWorld) error {
				w.kids[i] = childWaits
				return w.happens(event[int]{what: stopped, who: i})
			})
		}
	}
	for at := range w.pauses {
		all = append(all, func(w *modelWorld) error {
			round := w.pauses[at]
			w.pauses = slices.Delete(w.pauses, at, at+1)
			return w.happens(event[int]{what: rested, round: round})
		})
	}
	return all
}

// quiet is checked when nothing is under way.
func (w *modelWorld) quiet() error {
	if len(w.pauses) > 0 || slices.Contains(w.kids[:], childHalting) || w.s.over {
		return nil
	}
	if i := slices.Index(w.kids[:], childWaits); i >= 0 {
		return fmt.Errorf("%d waits, and nothing will happen", i)
	}
	return nil
}

func explore(strategy Strategy, flaw string) (worlds int, err error) {
	first := &modelWorld{flaw: flaw}
	first.s.rules = Supervision{Strategy: strategy, Restarts: 3, Within: time.Hour}
	for i := range first.kids {
		first.kids[i] = childRuns
		first.s.step(event[int]{what: born, who: i})
	}
	seen := map[string]bool{first.key(): true}
	todo := []*modelWorld{first}
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, step := range w.next() {
			c := w.clone()
			err := step(c)
			if err == nil {
				err = c.quiet()
			}
			if err == nil && c.s.over != (c.failures > 3) && flaw == "" {
				err = fmt.Errorf("%d failures, over is %v", c.failures, c.s.over)
			}
			if err != nil {
				return len(seen), fmt.Errorf("%w\n%s", err, strings.Join(c.log, "\n"))
			}
			if key := c.key(); !seen[key] {
				seen[key] = true
				todo = append(todo, c)
			}
		}
	}
	return len(seen), nil
}

func TestSupervisorModel(t *testing.T) {
	for _, strategy := range []Strategy{OneForOne, OneForAll, RestForOne} {
		worlds, err := explore(strategy, "")
		if err != nil {
			t.Errorf("strategy %d: %v", strategy, err)
		}
		t.Logf("strategy %d: %d worlds", strategy, worlds)
		if worlds < 200 {
			t.Errorf("strategy %d: only %d worlds", strategy, worlds)
		}
	}
	// The model can fail: a child that does not do as it is told, and a pause that
	// nobody ends.
	for flaw, strategy := range map[string]Strategy{"halts nobody": OneForAll, "forgets pauses": OneForOne} {
		if _, err := explore(strategy, flaw); err == nil {
			t.Errorf("flaw %q was not found", flaw)
		}
	}
}

func TestPauses(t *testing.T) {
	v := Supervision{}
	v.fill()
	for n, want := range map[int]time.Duration{1: 10 * time.Millisecond, 2: 20 * time.Millisecond, 5: 160 * time.Millisecond, 100: 10 * time.Second} {
		if got := v.pause(n); got != want {
			t.Errorf("pause %d is %v, want %v", n, got, want)
		}
	}
	if got := recent([]int64{1, 5, 9}, 15, 10); !slices.Equal(got, []int64{9, 15}) {
		t.Error(got)
	}
}
