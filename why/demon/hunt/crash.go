package hunt

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// misuses are the messages by which the runtime and package sync tell that
// goroutines have come in each other's way.
var misuses = []struct{ message, rule, title, try string }{
	{"concurrent map", "map-shared", "Goroutines use a map at the same time, and one writes", "guard it: guarded.Value, or lockfree.Snapshot for what is mostly read"},
	{"send on closed channel", "channel-closed-early", "A goroutine sends to a channel that another has closed", "let only the sender close, after its last send; bounded.Queue refuses instead"},
	{"close of closed channel", "channel-closed-early", "A channel is closed twice", "let one goroutine own the channel, or close it in a sync.Once"},
	{"negative WaitGroup counter", "group-misused", "Done is called more often than Add", "let wg.Go or task/scoped count"},
	{"WaitGroup is reused before previous Wait has returned", "group-misused", "A WaitGroup is used again before Wait has returned", "use one WaitGroup for each round; task/scoped does"},
	{"WaitGroup misuse", "group-misused", "Add is called at the same time as Wait", "call Add before the go statement: wg.Go or task/scoped"},
	{"unlock of unlocked", "lock-misused", "A lock is unlocked that nobody holds", "unlock where it was locked, with defer; guarded.Do cannot be unlocked twice"},
	{"all goroutines are asleep", "run-hangs", "Every goroutine waits for another one", ""},
	{"in goroutine after", "test-outlived", "A goroutine outlives its test and uses it", "join it before the test returns: task/scoped, or t.Cleanup"},
}

var (
	fatal  = regexp.MustCompile(`(?m)^(?:panic: |fatal error: )(.*)$`)
	failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
)

// crash makes a finding of a run that ended badly.
func (j *judge) crash() {
	if j.r.status == 0 || j.r.killed {
		return
	}
	message, rest := died(j.r)
	if message == "" {
		j.failure()
		return
	}
	stacks := demon.ParseStacks(rest)
	for _, misuse := range misuses {
		if strings.Contains(message, misuse.message) {
			j.misuse(misuse.rule, misuse.title, misuse.try, message, stacks)
			return
		}
	}
	j.failedBy("panics: "+message, stacks)
}

// died is the message with which a program died, and what it printed after it. A
// test may print such a line and go on: of a child that crashed, for instance.
func died(r *run) (message, rest string) {
	const crashed = 2 // the exit status of a panic or a fatal error
	all := fatal.FindAllStringSubmatchIndex(r.output, -1)
	if r.status != crashed || len(all) == 0 {
		return "", ""
	}
	m := all[len(all)-1]
	return r.output[m[2]:m[3]], r.output[m[1]:]
}

func (j *judge) misuse(rule, title, try, message string, stacks []demon.Goroutine) {
	f := &demon.Finding{Demon: demon.Race, Grade: demon.Seen, Finding: why.Finding{
		Rule: rule, Title: title, Try: try,
		Evidence: []string{"the run ended with: " + message},
		Why:      "The program crashes whenever its goroutines come in this order.",
		Sure:     "seen: the program itself says so",
	}}
	if rule == "run-hangs" {
		f.Demon, f.Why = demon.Deadlock, "The test, or the program, never ends."
	}
	for i := range stacks {
		g := &stacks[i]
		if rule != "run-hangs" && i > 0 {
			break // the first is the one that crashed
		}
		side := j.side(g)
		if rule != "run-hangs" {
			side.Does, side.Waits = "crashes", false
		}
		f.Test = cmp.Or(f.Test, j.testOf(g))
		f.Sides = append(f.Sides, side)
		if rule == "channel-closed-early" {
			f.Sides = append(f.Sides, j.closer(g.ID)...)
		}
	}
	j.add(f)
}

// closer is who closed the channel that a goroutine uses last.
func (j *judge) closer(id uint64) []demon.Side {
	g := j.r.past.gs[id]
	if g == nil || g.now == nil {
		return nil
	}
	for by, stack := range j.r.past.channel(g.now.obj).closers {
		if by != id {
			return []demon.Side{j.at("has closed it", by, stack)}
		}
	}
	return nil
}

// failure is a test that fails when the schedule is shaken, and not otherwise.
func (j *judge) failure() {
	if strings.Contains(j.r.output, "WARNING: DATA RACE") {
		return
	}
	if m := failed.FindStringSubmatch(j.r.output); m != nil {
		j.failedBy("--- FAIL: "+m[1], nil)
	}
}

func (j *judge) failedBy(how string, stacks []demon.Goroutine) {
	if j.r.c.Seed == 0 || j.p.Failed != "" {
		return
	}
	f := &demon.Finding{Demon: demon.Race, Grade: demon.Note, Finding: why.Finding{
		Rule:     "fails-when-shaken",
		Title:    "A run fails under a shaken schedule, and passes undisturbed",
		Evidence: []string{how, lastLines(j.r.output, 6)},
		Why:      "It depends on the order or the speed of goroutines. On a loaded machine it may fail too.",
		Try:      "replace sleeps and deadlines in the test by waits for what it waits for; testing/synctest has a clock of its own",
		Sure:     "a note: the test may only be too hasty",
	}}
	if m := failed.FindStringSubmatch(j.r.output); m != nil {
		f.Test = m[1]
	}
	if len(stacks) > 0 {
		f.Sides = append(f.Sides, demon.Side{Does: "panics", Stack: j.stack(stacks[0].Stack), Created: stacks[0].Created})
	} else {
		f.Sides = append(f.Sides, demon.Side{Does: fmt.Sprintf("fails in %s", f.Test)})
	}
	j.add(f)
}
