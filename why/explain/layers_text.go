package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
)

// layers writes which pattern stands where, those that most of the time goes
// through first to be shown and the highest layer on top.
func (t *text) layers(r *Report) {
	switch {
	case r.LayersMissing != "":
		t.para("LAYERS", "not looked for: %s", r.LayersMissing)
		return
	case len(r.Layers) == 0:
		t.head("LAYERS", "no pattern was found in the source")
		return
	}
	shown := slices.Clone(r.Layers)
	slices.SortStableFunc(shown, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(rank(a.Seen), rank(b.Seen)), -compare(a.Share, b.Share), -compare(a.Wait, b.Wait), cmp.Compare(b.Layer, a.Layer))
	})
	shown = shown[:min(len(shown), t.entries+1)]
	name := "LAYERS"
	for _, s := range r.Layers {
		if !slices.Contains(shown, s) {
			continue
		}
		t.head(name, "Lv%d  %s %s %s", s.Layer, pad(s.Pattern, 19), pad(s.title(), 24), s.told())
		name = ""
	}
	if more := len(r.Layers) - len(shown); more > 0 {
		t.line("        and %d more%s; -json lists them", more, unused(r.Layers, shown))
	}
}

func rank(s Seen) int { return slices.Index([]Seen{Ran, NotRecorded, NeverRan}, s) }

// unused tells how many of those that are not shown never ran.
func unused(all, shown []Standing) string {
	n := 0
	for _, s := range all {
		if s.Seen == NeverRan && !slices.Contains(shown, s) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", of which %d never ran", n)
}

// title is where a pattern stands and what it is called.
func (s Standing) title() string {
	name := s.Name
	if name == "" || s.Origin == "trivet" && s.By != "" {
		name = s.By
	}
	return s.Where + "  " + show.Terminal{}.Truncate(name, max(1, 22-show.Width(s.Where)))
}

// told is what the recording says of a pattern.
func (s Standing) told() string {
	var parts []string
	switch {
	case s.Seen == NeverRan:
		return "in the source, never ran in this recording"
	case s.Seen == NotRecorded:
		return "not recorded"
	case s.Goroutines > 0:
		parts = append(parts, fmt.Sprintf("%s busy %.0f %%", plural(s.Goroutines, "goroutine"), 100*s.Busy))
		if s.Share >= 0.005 {
			parts = append(parts, fmt.Sprintf("%.0f %% of work", 100*s.Share))
		}
	case s.Pattern == "mutex-guarded state":
		parts = append(parts, fmt.Sprintf("locked %d times", s.Ops))
	case s.Origin == "hand-made":
		parts = append(parts, fmt.Sprintf("%d sends and receives", s.Ops))
	default: // its channels are its own affair
		parts = append(parts, "ran")
	}
	if s.Wait > 0 && s.Goroutines == 0 {
		parts = append(parts, "waits "+ms(s.Wait))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// review answers the three questions, each by its first finding.
func (t *text) review(r *Report) {
	if len(r.Review) == 0 {
		return
	}
	const indent = 21 // "REVIEW  1 selection  "
	for i, q := range r.Review {
		name := ""
		if i == 0 {
			name = "REVIEW"
		}
		answer, see := q.answer()
		lines := show.Wrap(answer+see, show.MaxWidth-indent)
		if room := t.reviewLines(q); len(lines) > room {
			lines = show.Wrap(t.terminal.Truncate(answer, room*(show.MaxWidth-indent)-show.Width(see)-wrapped*(room-1))+see, show.MaxWidth-indent)
		}
		for j, line := range lines {
			question := fmt.Sprintf("%d %s", q.Number, q.Name)
			if j > 0 {
				name, question = "", ""
			}
			t.head(name, "%s %s", pad(question, indent-9), line)
		}
	}
	t.line("")
}

// wrapped is about what a line loses to words that do not fit at its end.
const wrapped = 20

// reviewLines is how many lines a question gets: on a full page fewer.
func (t *text) reviewLines(q Question) int {
	switch {
	case t.level > 1:
		return math.MaxInt
	case t.level < 0 || len(q.Findings) == 0:
		return 1
	}
	return 2
}

// answer is what is said to a question, and at its end where more is to be read,
// which is never cut.
func (q Question) answer() (text, see string) {
	if len(q.Findings) > 0 {
		f := q.Findings[0]
		s := f.Title
		if f.Where != "" {
			s += " (" + f.Where + ")"
		}
		if f.Seen != inRecording {
			s += " Seen in the " + f.Seen + "."
		}
		see = " See: trivet why " + f.Rule
		if more := len(q.Findings) - 1; more > 0 {
			see += fmt.Sprintf("; and %d more", more)
		}
		return s, see
	}
	var parts []string
	asked := slices.DeleteFunc(slices.Clone(q.Looked), func(c Check) bool { return c.Text == nothingInSource })
	if len(q.Looked) > 0 {
		names := ruleNames(asked)
		if n := len(q.Looked) - len(asked); n > 0 {
			names = append(names, plural(n, "rule")+" of the source")
		}
		parts = append(parts, "not found: "+strings.Join(names, ", "))
	}
	if len(q.NotLooked) > 0 {
		parts = append(parts, "not looked for: "+strings.Join(ruleNames(q.NotLooked), ", ")+" ("+q.NotLooked[0].Text+")")
	}
	return strings.Join(parts, "; "), ""
}

func ruleNames(checks []Check) (names []string) {
	for _, c := range checks {
		if c.short != "" {
			c.Rule += " (" + c.short + ")"
		}
		names = append(names, c.Rule)
	}
	return names
}
