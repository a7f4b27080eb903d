package explain

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
)

// printText prints the board for people: silent misses, the table, the summary.
func printText(w io.Writer, rows []Row, o board.Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "trivet explain: predicted against measured speed-up (%s)\n", board.Machine())
	fmt.Fprintf(&b, "2 cores: real, %d interleaved pairs, median and %s. More: EMULATED, %d runs, smallest to largest;\n",
		o.Pairs, intervalName(o.Pairs), o.Repeats)
	fmt.Fprint(&b, "they check constraints and scheduling, not hardware. Rules: bench/explain/PROTOCOL.md\n\n")
	if !o.MeasureOnly {
		silentMisses(&b, rows)
	}
	table(&b, rows)
	emulationCheck(&b, rows)
	if !o.MeasureOnly {
		summary(&b, rows)
	}
	failures(&b, rows)
	_, err := io.WriteString(w, b.String())
	return err
}

// intervalName says what the interval of so many ratios is.
func intervalName(pairs int) string {
	if pairs < 10 {
		return "an interval of FEWER PAIRS THAN THE PROTOCOL ASKS"
	}
	return fmt.Sprintf("its %.0f %% interval", 100*measure.Confidence)
}

func silentMisses(b *strings.Builder, rows []Row) {
	misses := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Verdict != Silent })
	if len(misses) == 0 {
		fmt.Fprint(b, "SILENT MISSES  none\n\n")
		return
	}
	fmt.Fprintf(b, "SILENT MISSES  %d\n", len(misses))
	for _, r := range misses {
		fmt.Fprintf(b, "  %s on %d cores: predicted %.2f, measured %.2f\n", r.Kind, r.Cores, *r.Predicted, r.Measured)
	}
	fmt.Fprintln(b)
}

func table(b *strings.Builder, rows []Row) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "kind\tcores\tmeasured\tinterval\tpredicted\tbeyond it\tof median\t  verdict\t\n")
	for _, r := range rows {
		measured, interval := "-", "-"
		if r.Measured > 0 {
			measured = fmt.Sprintf("%.2f", r.Measured)
			interval = fmt.Sprintf("%.2f-%.2f", r.Interval[0], r.Interval[1])
		}
		predicted := "-"
		if r.Predicted != nil {
			predicted = fmt.Sprintf("%.2f", *r.Predicted)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t  %s\t%s\n", r.Kind, coresName(r), measured, interval,
			predicted, percent(r.Error), percent(r.ErrorOfMedian), r.Verdict, notes(r))
	}
	w.Flush()
	fmt.Fprintln(b)
}

// emulationCheck tells how far two emulated cores are from two real ones.
func emulationCheck(b *strings.Builder, rows []Row) {
	var differences []float64
	var worst Row
	off := func(r Row) float64 { return math.Abs(r.EmulationCheck/r.Measured - 1) }
	for _, r := range rows {
		if r.EmulationCheck == 0 || r.Measured == 0 {
			continue
		}
		differences = append(differences, off(r))
		if worst.Kind == "" || off(r) > off(worst) {
			worst = r
		}
	}
	if len(differences) > 0 {
		fmt.Fprintf(b, "EMULATION, checked at 2 cores: %.1f %% from the real S(2) in the median, at worst %.1f %% (%s: %.2f emulated, %.2f real)\n\n",
			100*measure.Median(differences).Median, 100*off(worst), worst.Kind, worst.EmulationCheck, worst.Measured)
	}
}

func coresName(r Row) string {
	if r.Emulated {
		return fmt.Sprintf("%d em.", r.Cores)
	}
	return fmt.Sprintf("%d real", r.Cores)
}

// notes are what else there is to say of a row.
func notes(r Row) string {
	var all []string
	if r.Busy {
		all = append(all, "machine busy")
	}
	if len(r.Flags) > 0 {
		all = append(all, "flags: "+strings.Join(r.Flags, ", "))
	}
	return "  " + strings.Join(all, "; ")
}

func percent(share *float64) string {
	switch {
	case share == nil:
		return "-"
	case *share == 0:
		return "0 %"
	}
	return fmt.Sprintf("%+.1f %%", 100**share)
}

// summary counts verdicts and holds the targets against them.
func summary(b *strings.Builder, rows []Row) {
	real := func(r Row) bool { return !r.Emulated }
	emulated := func(r Row) bool { return r.Emulated }
	for _, part := range []struct {
		name string
		is   func(Row) bool
	}{{"2 real cores", real}, {"emulated cores", emulated}} {
		fmt.Fprintf(b, "%s, %d rows:", part.name, count(rows, part.is))
		for _, v := range []Verdict{Within, Flagged, Abstained, Silent, Noisy, Failed} {
			n := count(rows, func(r Row) bool { return part.is(r) && r.Verdict == v })
			fmt.Fprintf(b, "  %s %d", v, n)
		}
		alarms := count(rows, func(r Row) bool { return part.is(r) && r.FalseAlarm() })
		fmt.Fprintf(b, "  (of those within, flagged for nothing %d)\n", alarms)
	}
	fmt.Fprintln(b, "\nTARGETS, of kinds whose constraints are all recorded and whose items are 50 µs or more")
	target(b, "2 real cores", errorsOf(rows, func(r Row) bool { return r.Hooked && real(r) }), tolerated)
	target(b, "emulated cores", errorsOf(rows, func(r Row) bool { return r.Hooked && emulated(r) }), median50)
	withheld := count(rows, func(r Row) bool { return r.Hooked && r.Verdict == Abstained })
	noisy := count(rows, func(r Row) bool { return r.Hooked && r.Verdict == Noisy })
	fmt.Fprintf(b, "  withheld although owed: %d rows; too noisy to tell, so left out here and owed again: %d rows\n", withheld, noisy)
}

// target tells the median and the worst of errors, sorted, against the target
// for the median; that for the worst is always the same.
func target(b *strings.Builder, name string, errors []float64, median float64) {
	if len(errors) == 0 {
		fmt.Fprintf(b, "  %s: nothing to tell\n", name)
		return
	}
	mid, worst := measure.Median(errors).Median, errors[len(errors)-1]
	fmt.Fprintf(b, "  %s: error beyond the interval %.1f %% in the median (target %.0f %%), %.1f %% at worst (target %.0f %%), %d rows: %s\n",
		name, 100*mid, 100*median, 100*worst, 100*tolerated, len(errors), met(mid <= median && worst <= tolerated))
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "MISSED"
}

// failures says once for each kind why it failed.
func failures(b *strings.Builder, rows []Row) {
	failed := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Failure == "" })
	slices.SortStableFunc(failed, func(a, b Row) int { return cmp.Compare(a.Kind, b.Kind) })
	failed = slices.CompactFunc(failed, func(a, b Row) bool { return a.Kind == b.Kind && a.Failure == b.Failure })
	for _, r := range failed {
		fmt.Fprintf(b, "FAILED %s: %s\n", r.Kind, r.Failure)
	}
}
