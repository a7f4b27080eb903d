package hunt

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/demon"
)

// Text writes the report for a reader.
func (r *Report) Text(w io.Writer, terminal show.Terminal) error {
	t := &text{terminal: terminal}
	told := map[int]bool{}
	for _, f := range r.Findings {
		switch {
		case f.Known != "":
		case f.Group > 0 && told[f.Group]:
			t.also(f)
		default:
			told[f.Group] = true
			t.finding(f)
		}
	}
	t.summary(r)
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct {
	strings.Builder
	terminal show.Terminal
}

const indent = 8

func (t *text) line(format string, args ...any) {
	t.WriteString(t.terminal.Truncate(strings.TrimRight(fmt.Sprintf(format, args...), " "), show.MaxWidth))
	t.WriteByte('\n')
}

// para writes text under a heading, wrapped.
func (t *text) para(name, format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		for _, line := range show.Wrap(strings.TrimRight(line, "\n"), show.MaxWidth-indent) {
			t.line("%s%s", t.terminal.Dim(fmt.Sprintf("%-*s", indent, name)), line)
			name = ""
		}
	}
}

func (t *text) finding(f *demon.Finding) {
	head := fmt.Sprintf("%s %s", f.Demon, f.Grade)
	switch f.Grade {
	case demon.Seen:
		head = t.terminal.Bad(head)
	case demon.Predicted:
		head = t.terminal.Warn(head)
	}
	t.line("%s: %s", head, t.terminal.Bold(f.Rule))
	t.para("", "%s", sentences(f.Title, f.Why))
	for i, s := range f.Sides {
		if i == 12 {
			t.line("%*sand %d more goroutines; -json lists them", indent, "", len(f.Sides)-i)
			break
		}
		t.side(s)
	}
	for _, e := range f.Evidence {
		t.para("", "%s", e)
	}
	if f.Try != "" {
		t.para("try", "%s", f.Try)
	}
	t.para("sure", "%s", f.Sure)
	where := ""
	if f.Test != "" {
		where = " in " + f.Test
	}
	t.para("again", "%d of %d runs showed it%s, one with %s:", f.Runs, f.Of, where, withSeed(f.Seed, f.Procs))
	t.WriteString(strings.Repeat(" ", indent) + f.Replay + "\n\n") // whole, to be copied
}

// also is another race about the memory of the one before it.
func (t *text) also(f *demon.Finding) {
	var sides []string
	for _, s := range f.Sides {
		sides = append(sides, at(s)+" "+s.Does)
	}
	t.para("also", "the same memory: %s; %d of %d runs showed it:", strings.Join(sides, ", "), f.Runs, f.Of)
	t.WriteString(strings.Repeat(" ", indent) + f.Replay + "\n\n")
}

func withSeed(seed, procs int) string {
	if seed == 0 {
		return fmt.Sprintf("an undisturbed schedule and GOMAXPROCS=%d", procs)
	}
	return fmt.Sprintf("seed %d and GOMAXPROCS=%d", seed, procs)
}

// sentences joins those that are not empty; titles have no full stop.
func sentences(all ...string) string {
	var text []string
	for _, s := range all {
		if s != "" {
			text = append(text, strings.TrimSuffix(s, ".")+".")
		}
	}
	return strings.Join(text, " ")
}

func (t *text) side(s demon.Side) {
	does := s.Does
	if s.Count > 1 {
		does = fmt.Sprintf("%d goroutines: %s", s.Count, does)
	}
	t.line("%*s%s", indent, "", does)
	table := show.Table{Indent: indent + 2}
	for _, f := range s.Stack {
		table.Row(f.Place(), short(f.Func))
	}
	if s.Created != nil {
		table.Row(s.Created.Place(), "started by "+short(s.Created.Func))
	}
	t.WriteString(table.Text(t.terminal))
}

// short is a function with the last element of its package only.
func short(function string) string {
	return function[strings.LastIndexByte(function, '/')+1:]
}

func (t *text) summary(r *Report) {
	t.para("DEMONS", "%s in %s of %s in %s, after %s of building; it ended because %s", r.Verdict(), plural(r.Runs, "run"),
		plural(len(r.Packages), "package"), show.Duration(r.Hunted), show.Duration(r.Built), r.Stopped)
	for i, p := range r.Packages {
		if i == 10 {
			t.para("", "and %d more packages; -json lists them", len(r.Packages)-i)
			break
		}
		t.para("", "%s", p.line())
	}
	for i, s := range r.Skipped {
		if i == 10 {
			t.para("", "and %d more; -json lists them", len(r.Skipped)-i)
			break
		}
		t.para(map[bool]string{true: "UNSEEN"}[i == 0], "%s", s)
	}
}

// Verdict is how much was found, in a few words.
func (r *Report) Verdict() string {
	counts := map[demon.Grade]int{}
	known := 0
	for _, f := range r.Findings {
		if f.Known != "" {
			known++
			continue
		}
		counts[f.Grade]++
	}
	var parts []string
	for _, grade := range grades {
		switch n := counts[grade]; {
		case n == 0:
		case grade == demon.Note:
			parts = append(parts, plural(n, "note"))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, grade))
		}
	}
	verdict := cmp.Or(strings.Join(parts, ", "), "nothing found")
	if known > 0 {
		verdict += fmt.Sprintf(" (%d known before)", known)
	}
	return verdict
}

func (p *Package) line() string {
	line := fmt.Sprintf("%s: %s watched, %d with the race detector", p.Path, plural(p.Runs[Watched], "run"), p.Runs[Raced])
	if p.Usual > 0 {
		line += "; undisturbed " + show.Duration(p.Usual)
	}
	if p.Slowest > 0 {
		line += ", disturbed at most " + show.Duration(p.Slowest)
	}
	if p.Held > 0 {
		line += fmt.Sprintf(" (delays at most %s, budget %s)", show.Duration(p.Held), show.Duration(p.Budget))
	}
	switch p.Failed {
	case "":
	case neverEnds:
		line += "; does not end undisturbed either"
	default:
		line += "; fails undisturbed too: " + p.Failed
	}
	if p.Trouble != "" {
		line += "; " + p.Trouble
	}
	return line
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Failed tells that something was seen or predicted.
func (r *Report) Failed() bool {
	for _, f := range r.Findings {
		if f.Grade != demon.Note && f.Known == "" {
			return true
		}
	}
	return false
}
