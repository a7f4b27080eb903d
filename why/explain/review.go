package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why"
)

// Question is one of the three that a reviewer asks, with what this recording
// and the source say to it.
type Question struct {
	Number    int        `json:"question"`
	Name      string     `json:"name"`
	Findings  []Reviewed `json:"findings"`
	Looked    []Check    `json:"looked_for"`     // and not found
	NotLooked []Check    `json:"not_looked_for"` // and why
}

// Reviewed is a finding and where it was seen.
type Reviewed struct {
	why.Finding
	Seen string `json:"seen"`
}

// Where findings are seen.
const (
	inRecording    = "recording"
	inSource       = "source"
	inPassedSource = "source, at a line that ran in the recording"
	inBoth         = "source, confirmed by the recording"
)

// Check is a rule that was asked, and what came of it.
type Check struct {
	Rule string `json:"rule"`
	Text string `json:"text"`

	short string
}

// ofSource stands for all rules of a review of the source.
const ofSource = "review"

// nothingInSource is what came of a rule that only the source was asked for.
const nothingInSource = "nothing in the source"

// noSource is why a rule was not looked for that has to know which goroutines are
// actors, stages or workers; why there is none stands under layers.
const noSource = "no source"

// verdictOf is the answer of one rule: findings, or what was looked at, or why
// it could not be.
type verdictOf struct {
	findings []why.Finding
	looked   string
	short    string // the figure of looked, for the page
	not      string
}

func notLooked(format string, args ...any) verdictOf {
	return verdictOf{not: fmt.Sprintf(format, args...)}
}
func looked(format string, args ...any) verdictOf {
	return verdictOf{looked: fmt.Sprintf(format, args...)}
}

// review asks the three questions.
func (a *analysis) review() {
	type rule struct {
		name string
		ask  func() verdictOf
	}
	for i, q := range []struct {
		name  string
		rules []rule
	}{
		{"selection", []rule{{"tiny-tasks", a.tinyGoroutines}, {"tiny-messages", a.tinyMessages}, {"actor-computes", a.actorComputes}}},
		{"layers", []rule{{"lock-across-channel", a.lockAcrossChannel}, {"lock-in-stage", a.lockInStage}}},
		{"limits", []rule{{"idle-workers", a.idleWorkers}, {"queue-hides-stage", a.queueHidesStage}}},
	} {
		answer := Question{Number: i + 1, Name: q.name, Findings: []Reviewed{}, Looked: []Check{}, NotLooked: []Check{}}
		for _, r := range q.rules {
			v := r.ask()
			for _, f := range v.findings {
				answer.Findings = append(answer.Findings, Reviewed{f, inRecording})
			}
			switch {
			case len(v.findings) > 0:
			case v.not != "":
				answer.NotLooked = append(answer.NotLooked, Check{Rule: r.name, Text: v.not})
			default:
				answer.Looked = append(answer.Looked, Check{r.name, v.looked, v.short})
			}
		}
		a.withSource(&answer)
		a.r.Review = append(a.r.Review, answer)
	}
}

// withSource adds what a review of the source found. What the recording found
// at the same line is the same thing.
func (a *analysis) withSource(q *Question) {
	for _, answer := range a.o.Source.Answers {
		if int(answer.Question) != q.Number {
			continue
		}
		for _, f := range answer.Findings {
			a.addStatic(q, f)
		}
		for _, rule := range answer.Rules {
			asked := func(c Check) bool { return c.Rule == rule }
			found := func(r Reviewed) bool { return r.Rule == rule }
			if !slices.ContainsFunc(q.Looked, asked) && !slices.ContainsFunc(q.Findings, found) {
				q.Looked = append(q.Looked, Check{Rule: rule, Text: nothingInSource})
			}
		}
	}
	if a.o.Source.Unread != "" {
		q.NotLooked = append(q.NotLooked, Check{Rule: ofSource, Text: a.o.Source.Unread})
	}
}

func (a *analysis) addStatic(q *Question, f why.Finding) {
	i := slices.IndexFunc(q.Findings, func(r Reviewed) bool { return sameLine(r.Where, f.Where) })
	if i >= 0 {
		q.Findings[i].Seen = inBoth
		q.Findings[i].Evidence = append(q.Findings[i].Evidence, fmt.Sprintf("in the source: %s (%s)", f.Title, f.Rule))
		return
	}
	seen := inSource
	if a.passed(f.Where) {
		seen = inPassedSource
	}
	if text, met := a.met(f); met {
		seen = inBoth
		f.Evidence = append(slices.Clone(f.Evidence), text)
	}
	q.Findings = append(q.Findings, Reviewed{f, seen})
}

// met tells whether in the recording one goroutine received, and another took the
// lock, where the source has two guards for one state.
func (a *analysis) met(f why.Finding) (text string, met bool) {
	if f.Rule != "two-guards" || len(f.Places) < 2 {
		return "", false
	}
	receivers, received := a.usersAt(f.Places[0], program.Recv)
	lockers, locked := a.usersAt(f.Places[1], program.Lock, program.RLock)
	for g := range lockers {
		if len(receivers) > 1 || len(receivers) == 1 && !receivers[g] {
			return fmt.Sprintf("in the recording %s received there %s, and others took the lock %s",
				plural(len(receivers), "goroutine"), plural(received, "time"), plural(locked, "time")), true
		}
	}
	return "", false
}

// usersAt finds the goroutines that do something of these kinds at a line, and how
// often.
func (a *analysis) usersAt(where string, kinds ...program.Kind) (users map[int]bool, times int) {
	users = map[int]bool{}
	for i, g := range a.p.Goroutines {
		for _, op := range g.Ops {
			if !slices.Contains(kinds, op.Kind) {
				continue
			}
			if f, ok := a.names.direct(op.Stack); ok && sameLine(place(f), where) {
				users[i] = true
				times++
			}
		}
	}
	return users, times
}

// passed tells whether a goroutine did something at a line in the recording.
func (a *analysis) passed(where string) bool {
	if a.places == nil {
		a.places = map[string]bool{}
		for _, frames := range a.p.Stacks {
			for _, f := range frames {
				a.places[place(f)] = true
			}
		}
	}
	return a.places[where[strings.LastIndexAny(where, `/\`)+1:]]
}

// sameLine compares places, of which one may have the whole path.
func sameLine(a, b string) bool {
	base := func(s string) string { return s[strings.LastIndexAny(s, `/\`)+1:] }
	return a != "" && base(a) == base(b)
}
