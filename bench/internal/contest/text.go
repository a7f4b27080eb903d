package contest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
)

// printText prints a board for people: where we are slower, then each case.
func printText(w io.Writer, b Board, results []result, rounds int) error {
	var t strings.Builder
	fmt.Fprintf(&t, "%s: %s (%s)\n", strings.ToUpper(b.Name), b.What, board.Machine())
	fmt.Fprintf(&t, "Medians of %d interleaved rounds. spread: between the quartiles. ratio: to the best rival, in brackets its interval.\n", rounds)
	for _, what := range b.LeftOut {
		fmt.Fprintf(&t, "left out: %s\n", what)
	}
	fmt.Fprintln(&t)
	slower(&t, results, rounds)
	for _, r := range results {
		r.text(&t, rounds)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// slower lists the cases in which one of ours is behind its best rival.
func slower(t *strings.Builder, results []result, rounds int) {
	var lines []string
	compared := false
	for _, r := range results {
		best := r.bestRival()
		for i, s := range r.Subjects {
			if best < 0 || s.Role != Ours {
				continue
			}
			compared = true
			if e := r.ratio(i, best); verdict(e, rounds) == "slower" {
				lines = append(lines, fmt.Sprintf("  %s: %s takes %.2f times as long as %s\n", r.Name, s.Who, e.Median, r.Subjects[best].Who))
			}
		}
	}
	switch {
	case !compared:
		return
	case len(lines) == 0:
		fmt.Fprint(t, "SLOWER THAN A RIVAL  nowhere\n\n")
	default:
		fmt.Fprintf(t, "SLOWER THAN A RIVAL  %d\n%s\n", len(lines), strings.Join(lines, ""))
	}
}

// text prints one case: ours, the rivals, the references, each from the fastest.
func (r result) text(t *strings.Builder, rounds int) {
	fmt.Fprintf(t, "%s   (ns %s", r.Name, cmp.Or(r.Op, "an operation"))
	if r.Procs > 0 {
		fmt.Fprintf(t, ", GOMAXPROCS %d", r.Procs)
	}
	fmt.Fprint(t, ")\n")
	if r.Promise != "" {
		fmt.Fprintf(t, "  a rival %s\n", r.Promise)
	}
	w := tabwriter.NewWriter(t, 0, 0, 2, ' ', tabwriter.AlignRight)
	who := r.widest()
	best, serial := r.bestRival(), r.find(r.Serial)
	more := ""
	if serial >= 0 {
		more = "CPU\t" + cmp.Or(r.SerialIs, "of serial") + "\t"
	}
	fmt.Fprintf(w, "  %-*s\tns\tspread\tallocs\t%s  ratio\n", who, "", more)
	for _, i := range r.order() {
		s := r.Subjects[i]
		if serial >= 0 {
			more = fmt.Sprintf("%.0f %%\t%.2fx\t", 100*r.cores(i), r.ratio(i, serial).Median)
		}
		fmt.Fprintf(w, "  %-*s\t%s\t%.0f %%\t%s\t%s  %s\n", who, s.Who, number(r.ns(i)), 100*r.spread(i), number(r.allocs(i)), more, r.remark(i, best, rounds))
	}
	w.Flush()
	for _, what := range r.failed {
		fmt.Fprintf(t, "  left out: %s\n", what)
	}
	for _, target := range r.Targets {
		r.target(t, target, rounds)
	}
	fmt.Fprintln(t)
}

// remark is the last column: how the subject compares, or why it does not.
func (r result) remark(i, best, rounds int) string {
	said, note := r.compared(i, best, rounds), r.Subjects[i].Note
	switch {
	case note == "":
		return said
	case said == "reference":
		return said + ": " + note
	}
	return said + "; " + note
}

func (r result) compared(i, best, rounds int) string {
	switch {
	case r.Subjects[i].Role == Reference || best < 0:
		return "reference"
	case i == best:
		return "the best rival"
	}
	e := r.ratio(i, best)
	return fmt.Sprintf("%.2fx (%.2f-%.2f) %s", e.Median, e.Low, e.High, verdict(e, rounds))
}

// widest is the width of the column of names: they begin on the left, while
// numbers end on the right.
func (r result) widest() int {
	width := 0
	for _, s := range r.Subjects {
		width = max(width, utf8.RuneCountInString(s.Who))
	}
	return width
}

// order is the subjects as they are printed.
func (r result) order() []int {
	rank := map[Role]int{Ours: 0, Rival: 1, Reference: 2}
	order := make([]int, len(r.Subjects))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(rank[r.Subjects[i].Role], rank[r.Subjects[j].Role]), cmp.Compare(r.ns(i), r.ns(j)))
	})
	return order
}

// target tells whether one is met, or missed, or neither for sure.
func (r result) target(t *strings.Builder, target Target, rounds int) {
	who, of := r.find(target.Who), r.bestRival()
	if target.Of != "" {
		of = r.find(target.Of)
	}
	if who < 0 || of < 0 && (target.Ratio > 0 || target.Over > 0) {
		return
	}
	if target.Ratio > 0 {
		e := r.ratio(who, of)
		fmt.Fprintf(t, "  target: %s at most %.2fx of %s: %.2fx, %s\n", target.Who, target.Ratio, r.Subjects[of].Who, e.Median, reached(e.Low, e.High, target.Ratio))
	}
	if target.Over > 0 {
		e := measure.Median(r.over(who, of))
		fmt.Fprintf(t, "  target: %s at most %s ns over %s: %s, %s\n", target.Who, number(target.Over), r.Subjects[of].Who, number(e.Median), reached(e.Low, e.High, target.Over))
	}
	if target.NS > 0 {
		sorted := slices.Sorted(slices.Values(r.times(who)))
		fmt.Fprintf(t, "  target: %s at most %s ns: %s, %s\n", target.Who, number(target.NS), number(r.ns(who)), reached(quantile(sorted, 0.25), quantile(sorted, 0.75), target.NS))
	}
}

// over is by how much i takes longer than j, in each round.
func (r result) over(i, j int) []float64 {
	var over []float64
	for round := range r.rounds[i] {
		over = append(over, r.rounds[i][round].ns-r.rounds[j][round].ns)
	}
	return over
}

// reached compares a measured interval with the most that it should be.
func reached(low, high, most float64) string {
	switch {
	case high <= most:
		return "met"
	case low > most:
		return "missed"
	}
	return "within the noise of it"
}

// number prints three figures, or what is before the point if that is more.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
