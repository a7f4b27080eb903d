package hunt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// verdict is what a run showed.
type verdict struct {
	found  []*demon.Finding
	hung   string                    // the test that did not end
	memory map[*demon.Finding]string // that a race is about: an address of this run
}

// judge makes findings of what a run showed.
func (h *hunt) judge(p *Package, r *run) verdict {
	j := &judge{trimmer: trimmer{h.goroot, p}, loops: h.loops, r: r, graph: newWaitGraph(r.past, r.goroutines)}
	j.memory = map[*demon.Finding]string{}
	j.locks()
	j.waits()
	if r.killed {
		j.hung = j.hang()
	}
	j.leaks()
	j.rates()
	j.races()
	j.crash()
	for _, f := range j.found {
		f.Package = p.Path
		f.Where = place1(f.Sides)
	}
	return j.verdict
}

// judge is one run before its judges.
type judge struct {
	trimmer
	loops *attempts.Table
	r     *run
	graph *waitGraph
	verdict
}

func (j *judge) add(f *demon.Finding) { j.found = append(j.found, f) }

func place1(sides []demon.Side) string {
	for _, s := range sides {
		if len(s.Stack) > 0 {
			return s.Stack[0].File + ":" + fmt.Sprint(s.Stack[0].Line)
		}
	}
	return ""
}

// testOf names the test of a goroutine.
func (j *judge) testOf(g *demon.Goroutine) string {
	if name := j.r.past.testOf(g.ID); name != "" {
		return name
	}
	return testIn(g.Stack)
}

// testIn finds a test function on a stack.
func testIn(stack []demon.Frame) string {
	for _, f := range slices.Backward(stack) {
		name, _, _ := strings.Cut(f.Name(), ".")
		if strings.HasPrefix(name, "Test") && strings.HasSuffix(f.File, "_test.go") {
			return name
		}
	}
	return ""
}

// side is a goroutine of a look around.
func (j *judge) side(g *demon.Goroutine) demon.Side {
	s := demon.Side{Does: "waits in " + g.State, Waits: true, Stack: j.stack(g.Stack), Created: j.created(g.ID)}
	if s.Created == nil && g.Created != nil && j.user(*g.Created) {
		s.Created = g.Created
	}
	return s
}

// runs tells that the test of a goroutine has not returned.
func (j *judge) runs(g *demon.Goroutine) bool {
	runner := j.r.past.runner(g.ID)
	return runner == nil || !runner.ended
}

// leaks are the goroutines that nobody can wake, though their test has returned.
func (j *judge) leaks() {
	bySite := map[string]*demon.Finding{}
	ids := make([]uint64, 0, len(j.r.leaked))
	for id := range j.r.leaked {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		g := j.r.leaked[id]
		if j.r.killed && j.runs(&g) {
			continue // told with the hang
		}
		side := j.side(&g)
		site := side.Does + side.Site()
		if f := bySite[site]; f != nil {
			f.Sides[0].Count = max(f.Sides[0].Count, 1) + 1
			continue
		}
		f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Seen, Test: j.testOf(&g), Sides: []demon.Side{side}, Finding: why.Finding{
			Rule:  "goroutine-left-behind",
			Title: "A goroutine waits for ever: nobody can reach what it waits for",
			Why:   "It and all that it refers to stay in memory until the program ends.",
			Try:   tryLeak(g.State),
			Sure:  "proven by the garbage collector for this run: no goroutine that can run reaches what it waits for",
		}}
		if also := j.peers(&g); also != "" {
			f.Evidence = append(f.Evidence, also)
		}
		bySite[site] = f
		j.add(f)
	}
}

func tryLeak(state string) string {
	switch {
	case strings.HasPrefix(state, "chan send"):
		return "let the send end with the caller: a buffer of one, or select with ctx.Done(); task/scoped joins what it starts"
	case strings.HasPrefix(state, "chan receive"):
		return "close the channel on every path, or receive with ctx.Done() beside it; csp.All(ctx, ch) does so"
	case strings.HasPrefix(state, "select"):
		return "give the select a case for ctx.Done(), and cancel the context on every path"
	case state == "sync.WaitGroup.Wait":
		return "call Done on every path (defer it), or let task/scoped count"
	case state == "sync.Cond.Wait":
		return "signal after every change of what is waited for; bounded.Queue needs no condition variable"
	case strings.HasPrefix(state, "sync."):
		return "unlock on every path (defer it), and take several locks in one order; guarded.Do2 does both"
	}
	return "end it with its caller: task/scoped joins what it starts"
}

// hang is a run that was ended from outside. It returns in which test.
func (j *judge) hang() string {
	f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Seen, Finding: why.Finding{
		Rule: "run-hangs", Why: "The test, or the program, never ends.",
	}}
	switch j.r.end {
	case asleep:
		f.Title = "Every goroutine waits for another one"
		f.Sure = "seen: each goroutine was blocked by a channel, a lock or a group, and no timer was set"
	case stuck:
		f.Title = "A test waits for ever: nobody can reach what it waits for"
		f.Sure = "seen: nothing moved any more, and the collector has proven that the test cannot be woken"
	default:
		f.Title, f.Grade = "A run did not end in its time", demon.Note
		f.Why = "It is slow, or these goroutines wait for what does not come."
		f.Sure = "a note: something could still happen by itself"
	}
	bySite := map[string]int{}
	for i := range j.r.goroutines {
		g := &j.r.goroutines[i]
		if !g.Blocked() || !j.ours(g) || !j.runs(g) {
			continue
		}
		side := j.side(g)
		if len(side.Stack) == 0 || onlyTesting(side.Stack) {
			continue
		}
		f.Test = cmp.Or(f.Test, j.testOf(g))
		if g.Leaked {
			f.Evidence = append(f.Evidence, at(side)+": nobody can wake it (proven)")
		}
		if also := j.peers(g); also != "" {
			f.Evidence = append(f.Evidence, at(side)+": "+also)
		}
		site := side.Does + side.Site()
		if at, ok := bySite[site]; ok {
			f.Sides[at].Count = max(f.Sides[at].Count, 1) + 1
			continue
		}
		bySite[site] = len(f.Sides)
		f.Sides = append(f.Sides, side)
		if f.Try == "" {
			f.Try = tryLeak(g.State)
		}
	}
	f.Evidence = slices.Compact(f.Evidence)
	if cause := j.cause(f.Test); cause != nil {
		cause.Evidence = append(cause.Evidence, "the run does not end"+othersWait(f.Sides, cause.Sides))
		return f.Test
	}
	if len(f.Sides) > 0 || j.r.end != late {
		j.add(f)
	}
	return f.Test
}

// cause is a finding of the lock graph, or of the wait-for graph, that explains
// why a test hangs.
func (j *judge) cause(test string) *demon.Finding {
	for _, f := range j.found {
		if f.Demon == demon.Deadlock && f.Grade == demon.Seen && f.Test == test {
			return f
		}
	}
	return nil
}

// othersWait tells who waits besides those that are told already.
func othersWait(all, told []demon.Side) string {
	var others []string
	for _, s := range all {
		if !slices.ContainsFunc(told, func(t demon.Side) bool { return t.Waits && t.Site() == s.Site() }) {
			others = append(others, fmt.Sprintf("%s %s", at(s), s.Does))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return "; besides, " + strings.Join(others, ", ")
}

// at is the innermost place of a side, for a sentence.
func at(s demon.Side) string {
	if len(s.Stack) == 0 {
		return s.Does
	}
	return fmt.Sprintf("%s (%s)", s.Stack[0].Place(), short(s.Stack[0].Func))
}

func onlyTesting(stack []demon.Frame) bool {
	return !slices.ContainsFunc(stack, func(f demon.Frame) bool {
		return f.Package() != "testing" && f.Package() != "main" || f.File != "_testmain.go" && f.Package() == "main"
	})
}
