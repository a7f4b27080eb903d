package explain

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/demon"
)

// Text writes the report for a reader: the verdict first, then what it rests
// on, at most 40 lines of 100 columns.
func (r *Report) Text(w io.Writer, terminal show.Terminal) error {
	text := r.page(terminal, most)
	for n := most - 1; n >= tightest && strings.Count(text, "\n") > pageLines; n-- {
		text = r.page(terminal, n)
	}
	_, err := io.WriteString(w, text)
	return err
}

const (
	pageLines = 40
	most      = 5 // entries of the chain and of the what-ifs
	tightest  = -1
)

// page writes the report with at most level entries of each list. From 1 on the
// answers of the review are shortened; below that there is only one finding, and
// then one line for each answer.
func (r *Report) page(terminal show.Terminal, level int) string {
	t := &text{terminal: terminal, entries: max(1, level), level: level}
	t.verdict(r)
	t.totals(r)
	t.cores(r)
	t.chain(r)
	t.try(r)
	t.layers(r)
	t.review(r)
	t.demons(r.Demons)
	t.sure(r)
	return t.String()
}

type text struct {
	strings.Builder
	terminal show.Terminal
	entries  int
	level    int // see page
}

func (t *text) line(format string, args ...any) {
	t.WriteString(t.terminal.Truncate(strings.TrimRight(fmt.Sprintf(format, args...), " "), show.MaxWidth))
	t.WriteByte('\n')
}

// head writes a line that begins with a heading.
func (t *text) head(name, format string, args ...any) {
	t.line("%s%s", t.terminal.Bold(fmt.Sprintf("%-8s", name)), fmt.Sprintf(format, args...))
}

// para writes text under a heading, wrapped.
func (t *text) para(name, format string, args ...any) {
	for i, line := range show.Wrap(fmt.Sprintf(format, args...), show.MaxWidth-8) {
		if i > 0 {
			name = ""
		}
		t.head(name, "%s", line)
	}
}

func (t *text) verdict(r *Report) {
	first := r.Target + "   " + verdict(r)
	if show.Width(first) <= show.MaxWidth {
		t.line("%s", t.terminal.Bold(first))
	} else { // a long name: the figures come below it, whole
		t.line("%s", t.terminal.Bold(r.Target))
		for _, line := range show.Wrap(verdict(r), show.MaxWidth-8) {
			t.line("        %s", t.terminal.Bold(line))
		}
	}
	for i, f := range r.Flags {
		if i == 3 {
			t.line("        doubts in all: %d; -json lists them", len(r.Flags))
			break
		}
		for j, line := range show.Wrap(f.Text, show.MaxWidth-15) {
			mark := t.terminal.Warn("doubt:")
			if j > 0 {
				mark = "      "
			}
			t.line("        %s %s", mark, line)
		}
	}
	t.line("")
	for i, f := range r.Findings {
		if i == 2 || i == 1 && t.level < 1 {
			break
		}
		name := ""
		if i == 0 {
			name = "WHY"
		}
		text := f.Title
		if f.Where != "" {
			text += " (" + f.Where + ")"
		}
		if f.Why != "" {
			text += " " + f.Why
		}
		t.para(name, "%s See: trivet why %s", text, f.Rule)
	}
	if len(r.Findings) > 0 {
		t.line("")
	}
}

// verdict is the first sentence.
func verdict(r *Report) string {
	var p *Point
	for i := range r.Speedup {
		if r.Speedup[i].Cores == r.ChainAt {
			p = &r.Speedup[i]
		}
	}
	switch {
	case len(r.Deadlock) > 0:
		return "is deadlocked: it does not get on, on any number of cores."
	case r.Inflation > inflated:
		return fmt.Sprintf("on two cores the same work takes %.2f times as long: no forecast beyond two.", r.Inflation)
	case p == nil && r.Stopped != "":
		return fmt.Sprintf("recorded until %s: where its time went, no forecast.", r.Stopped)
	case p == nil:
		return "no forecast beyond the recorded cores."
	case r.Window == string(Open):
		return fmt.Sprintf("bears %s the load on %d cores that it bears on one%s.", times(p.Predicted), p.Cores, giveOrTake(r))
	}
	text := fmt.Sprintf("%s faster on %d cores than on one%s.", times(p.Predicted), p.Cores, giveOrTake(r))
	if p.Predicted < 0.995 {
		text = fmt.Sprintf("%s as fast on %d cores as on one%s.", times(p.Predicted), p.Cores, giveOrTake(r))
	}
	if r.Limit > 0 && r.Limit < 1000 {
		text += fmt.Sprintf("  No machine gives more than %s.", times(r.Limit))
	}
	return text
}

// giveOrTake widens a claim by what the failed checks were off.
func giveOrTake(r *Report) string {
	if r.Doubt == 0 {
		return ""
	}
	return fmt.Sprintf(", give or take %.0f %%", 100*r.Doubt)
}

func times(x float64) string { return show.Times(x) }

func ms(seconds float64) string { return show.Seconds(seconds) }

// pad fills s with blanks to so many columns.
func pad(s string, columns int) string { return s + strings.Repeat(" ", max(0, columns-show.Width(s))) }

func (t *text) totals(r *Report) {
	t.line("        work  %9s   all goroutines' running time, added up", ms(r.Work))
	if r.Span > 0 {
		t.line("        span  %9s   the longest chain that must happen in order", ms(r.Span))
	}
	if r.SpanUnlocked > 0 && r.SpanUnlocked < 0.98*r.Span {
		t.line("              %9s   the same, if no lock were needed", ms(r.SpanUnlocked))
	}
	t.line("        wall  %9s   %.1f goroutines in progress, %.2f running on average", ms(r.Wall), r.Concurrency, r.Parallelism)
	if r.Cost > 0.05*r.Wall {
		t.line("              %9s   of that was spent on recording; it is not in work and span", ms(r.Cost))
	}
	if w := waits(r); w != "" {
		t.line("                          waiting for others on average: %s", w)
	}
	t.line("")
}

// waits tells apart what the waiting that overlaps was for.
func waits(r *Report) string {
	var parts []string
	for _, p := range []struct {
		name string
		s    float64
	}{{"for time", r.Waiting.Sleep}, {"network and files", r.Waiting.IO + r.Waiting.Syscall}, {"channels", r.Waiting.Chan}, {"locks", r.Waiting.Lock}} {
		if r.Wall > 0 && p.s > 0.05*r.Wall {
			parts = append(parts, fmt.Sprintf("%s %.1f", p.name, p.s/r.Wall))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ")
}

func (t *text) cores(r *Report) {
	if len(r.Speedup) == 0 {
		return
	}
	var top, bottom strings.Builder
	for _, p := range r.Speedup {
		fmt.Fprintf(&top, "%7d", p.Cores)
		fmt.Fprintf(&bottom, "%7s", times(p.Predicted)+unsure(p))
	}
	t.head("CORES", "%s   replayed from one core", top.String())
	t.line("        %s%s", bottom.String(), checked(r))
	if l := r.Laws; l != nil {
		t.line("        serial  %s by Amdahl's law%s", show.Percent(l.AmdahlSerial), scaledText(l))
	}
	t.line("")
}

// unsure marks a forecast whose recording holds other work than one core's, or
// that falls.
func unsure(p Point) string {
	if p.Work == 0 && !p.Falls {
		return ""
	}
	return "?"
}

// scaledText is the serial part of a problem that grows with the cores, where
// several sizes were recorded.
func scaledText(l *Laws) string {
	if l.GustafsonSerial == nil {
		return ""
	}
	return fmt.Sprintf("; %s by Gustafson's, when the problem grows with the cores", show.Percent(*l.GustafsonSerial))
}

func checked(r *Report) string {
	switch {
	case r.CrossCheck == 0:
		return ""
	case math.Abs(r.CrossCheck) > maxCrossCheck:
		return fmt.Sprintf("   off by %+.0f %% on real cores: 2", 100*r.CrossCheck)
	}
	return "   checked on real cores: 2"
}

func (t *text) chain(r *Report) {
	if len(r.Chain) == 0 || len(r.Deadlock) > 0 {
		return
	}
	var total float64
	for _, l := range r.Chain {
		total += l.Seconds
	}
	t.head("CHAIN", "the %s that every run on %d cores waits for", ms(total), r.ChainAt)
	rest := total
	for i, l := range r.Chain {
		if i == t.entries || i > 0 && l.Share < 0.01 {
			if rest > 0.01*total {
				t.line("     %9s  %s  the rest", ms(rest), pad(t.terminal.Bar(rest/total, 16), 16))
			}
			break
		}
		rest -= l.Seconds
		t.line("     %9s  %s  %s  %s", ms(l.Seconds), pad(t.terminal.Bar(l.Share, 16), 16), pad(l.What, 34), l.Where)
	}
	t.line("")
}

func (t *text) try(r *Report) {
	if len(r.WhatIf) == 0 {
		return
	}
	t.head("TRY", "%s", pad(fmt.Sprintf("at %d cores%s", r.ChainAt, giveOrTake(r)), 56)+ms(r.WhatIf[0].Before)+" ->")
	for i, x := range r.WhatIf {
		if i == t.entries {
			break
		}
		t.line("     %2d  %s %s %9s", i+1, pad(t.terminal.Truncate(x.Change, 55-show.Width(x.Where)), 55-show.Width(x.Where)), x.Where, ms(x.After))
	}
	t.line("")
}

func (t *text) demons(d *Demons) {
	const all = "race, deadlock, livelock, starvation"
	switch {
	case d == nil:
		t.head("DEMONS", "%s: not looked for; -demons 20s does", all)
		return
	case d.Missing != "":
		t.para("DEMONS", "%s: not looked for: %s", all, d.Missing)
		return
	}
	t.para("DEMONS", "%s in %d runs in %s. trivet demons tells more.", d.Verdict, d.Runs, show.Duration(time.Duration(d.Seconds*1e9)))
	for i, f := range d.Findings {
		if i == t.entries {
			t.line("        and %d more; -json lists them", len(d.Findings)-i)
			break
		}
		t.line("        %s %s: %s %s", f.Demon, f.Grade, f.Rule, placeOf(f))
	}
	if len(d.Unseen) > 0 {
		t.para("", "%s", strings.Join(d.Unseen, "; "))
	}
}

// placeOf is where the first side of a finding stands.
func placeOf(f *demon.Finding) string {
	for _, s := range f.Sides {
		if len(s.Stack) > 0 {
			return s.Stack[0].Place()
		}
	}
	return f.Test
}

func (t *text) sure(r *Report) {
	if len(r.Unseen) > 0 {
		t.para("UNSEEN", "%s", strings.Join(r.Unseen, "; "))
	}
	sure := fmt.Sprintf("Replay and recording differ by %s on the recorded core.", show.Percent(math.Abs(r.SelfCheck)))
	switch {
	case len(r.Chain) == 0:
		sure = "Nothing was replayed."
	case r.Stopped != "":
		sure = fmt.Sprintf("Recorded until %s, so that the replay was not checked.", r.Stopped)
	}
	if r.CrossCheck != 0 {
		sure += fmt.Sprintf(" On two real cores by %s; the same work takes %s there.", show.Percent(math.Abs(r.CrossCheck)), asLong(r.Inflation))
	}
	sure += " " + runsText(r)
	if r.Spread > 0 {
		sure += fmt.Sprintf(" Their forecasts differ by %s.", show.Percent(r.Spread))
	}
	if len(r.Asked) > 0 && !flagged(r, "program-asked-cores") {
		sure += fmt.Sprintf(" It asked how many cores there are (%s) and was told %d", r.Asked[0].Where, r.Told)
		switch {
		case r.ToldSame:
			sure += "; it starts the same goroutines whatever the answer."
		default:
			sure += "."
		}
	}
	if r.Fallback != "" {
		sure += " Why only a stock trace: " + r.Fallback + "."
	}
	t.para("SURE?", "%s Gains assume that nothing else changes: they are upper bounds.", sure)
	if th := r.Threshold; th != nil {
		t.line("")
		switch {
		case th.Reached:
			t.line("        reached: %s on %d cores, wanted %s", times(th.Got), th.Cores, times(th.Want))
		case th.Got == 0:
			t.line("        missed: no forecast for %d cores, wanted %s", th.Cores, times(th.Want))
		case th.Got >= th.Want:
			t.para("", "not sure: %s on %d cores, wanted %s; but %s if it does more work when told that there are more cores",
				times(th.Got), th.Cores, times(th.Want), times(th.Least))
		default:
			t.line("        missed: %s on %d cores, wanted %s", times(th.Got), th.Cores, times(th.Want))
		}
	}
}

// asLong compares running times; what lies within a twentieth is noise.
func asLong(inflation float64) string {
	if math.Abs(inflation-1) < 0.05 {
		return "as long"
	}
	return fmt.Sprintf("%.2f times as long", inflation)
}

func runsText(r *Report) string {
	if len(r.Runs) == 0 {
		return fmt.Sprintf("A trace of %s.", show.Bytes(r.Bytes))
	}
	s := plural(len(r.Runs), "recording")
	if r.ToldRuns > 0 {
		s += fmt.Sprintf(", and %d told other numbers of cores", r.ToldRuns)
	}
	s += "; " + othersText(r.Preempted)
	if r.Truncated {
		s += " The trace was cut off."
	}
	return s
}

// othersText says how much of the chosen run went to other programs. What they
// took while a thread was ready looks like running to the program itself.
func othersText(preempted float64) string {
	if preempted >= tookAsMuch {
		return "during the chosen one other programs took as much time as it did, which looks like running there."
	}
	return fmt.Sprintf("the chosen one lost %s of its time to other programs.", show.Percent(preempted))
}

// tookAsMuch is the share of a run from which it is not said as a percentage.
const tookAsMuch = 0.95

func flagged(r *Report, rule string) bool {
	return slices.ContainsFunc(r.Flags, func(f Flag) bool { return f.Rule == rule })
}
