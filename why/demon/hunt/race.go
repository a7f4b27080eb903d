package hunt

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// raceReport is one report of the race detector.
type raceReport struct {
	accesses []access // two
	memory   string   // the address, which is only good for this run
	failed   string   // the next test that fails, which is the one where it happened unless tests run side by side
	object   string   // "global 'x'", or where it was allocated; "" unknown
}

type access struct {
	does    string // "write", "atomic read"
	stack   []demon.Frame
	who     string        // "goroutine 7", "main goroutine"
	created []demon.Frame // the go statement, with its callers
}

var (
	accessLine  = regexp.MustCompile(`^(?:Previous )?((?i:atomic |heap )?(?i:read|write|racy read|racy write)) (?:at|of size \d+ at) (\S+) by (main goroutine|goroutine \d+)`)
	createdLine = regexp.MustCompile(`^(Goroutine \d+) .*created at:`)
	objectLine  = regexp.MustCompile(`^Location is (global '[^']*'|heap block of size \d+)`)
)

// parseRaces reads all reports in a program's output.
func parseRaces(output string) []raceReport {
	var reports []raceReport
	for {
		_, rest, ok := strings.Cut(output, "WARNING: DATA RACE\n")
		if !ok {
			return reports
		}
		body, _, _ := strings.Cut(rest, "\n==================")
		if r := parseRace(body); len(r.accesses) == 2 {
			if m := failed.FindStringSubmatch(rest); m != nil {
				r.failed = m[1]
			}
			reports = append(reports, r)
		}
		output = rest
	}
}

func parseRace(body string) raceReport {
	var r raceReport
	created := map[string][]demon.Frame{}
	for section := range strings.SplitSeq(body, "\n\n") {
		head, rest, _ := strings.Cut(strings.TrimLeft(section, "\n"), "\n")
		stack := raceStack(rest)
		switch {
		case accessLine.MatchString(head):
			m := accessLine.FindStringSubmatch(head)
			r.accesses = append(r.accesses, access{does: strings.ToLower(m[1]), who: m[3], stack: stack})
			r.memory = m[2]
		case createdLine.MatchString(head):
			created[strings.ToLower(createdLine.FindStringSubmatch(head)[1])] = stack
		case objectLine.MatchString(head):
			r.object = objectLine.FindStringSubmatch(head)[1]
			if len(stack) > 0 {
				r.object += " allocated at " + stack[0].Place()
			}
		}
	}
	for i := range r.accesses {
		r.accesses[i].created = created[r.accesses[i].who]
	}
	return r
}

// raceStack reads frames: a call, then an indented place.
func raceStack(text string) []demon.Frame {
	var all []demon.Frame
	name := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "      ") && name != "":
			file, number := placeOf(trimmed)
			all = append(all, demon.Frame{Func: name, File: file, Line: number})
			name = ""
		case strings.HasPrefix(line, "  "):
			name = strings.TrimSuffix(trimmed, "()")
		}
	}
	return all
}

func placeOf(text string) (file string, line int) {
	g := demon.ParseStacks("goroutine 1 [running]:\nf()\n\t" + text + "\n")
	if len(g) == 0 || len(g[0].Stack) == 0 {
		return text, 0
	}
	return g[0].Stack[0].File, g[0].Stack[0].Line
}

// races are the reports of the race detector, one for each pair of places.
func (j *judge) races() {
	seen := map[string]bool{}
	for _, r := range parseRaces(j.r.output) {
		f := &demon.Finding{Demon: demon.Race, Grade: demon.Seen, Finding: why.Finding{
			Rule:  "data-race",
			Title: "Two goroutines use the same memory at the same time, and one writes",
			Why:   "What is read may be half old and half new; the compiler may assume that this does not happen.",
			Try:   "guard it: guarded.Value for a lock that cannot be forgotten, lockfree.Snapshot for what is mostly read, or hand it over by a channel",
			Sure:  "seen by the race detector, which has no false alarms",
		}}
		for _, a := range r.accesses {
			// The detector counts goroutines in its own way: what the book knows of
			// them cannot be used.
			f.Sides = append(f.Sides, demon.Side{Does: a.what(), Stack: j.stack(a.stack), Created: j.firstUser(a.created)})
			f.Test = cmp.Or(f.Test, testIn(a.stack), testIn(a.created))
		}
		f.Test = cmp.Or(f.Test, r.failed)
		if r.object != "" {
			f.Evidence = append(f.Evidence, "the memory: "+r.object)
		}
		j.memory[f] = r.memory
		if key := f.Key(); !seen[key] {
			seen[key] = true
			j.add(f)
		}
	}
}

// what says what an access does. The detector speaks of the memory of a map or a
// channel too.
func (a *access) what() string {
	if len(a.stack) == 0 {
		return a.does + "s"
	}
	switch name := a.stack[0].Func; {
	case name == "runtime.closechan":
		return "closes a channel"
	case strings.HasPrefix(name, "runtime.chansend"):
		return "sends to a channel"
	case strings.HasPrefix(name, "runtime.map"):
		return a.does + "s a map"
	}
	return a.does + "s"
}
