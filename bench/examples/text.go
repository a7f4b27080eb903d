package examples

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// printText prints the board for people, misses first.
func printText(w io.Writer, rows []Row, o board.Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "examples: gain of the mended twin on 2 cores, predicted by a what-if and measured (%s)\n", board.Machine())
	fmt.Fprintf(&b, "%d interleaved pairs, median and interval. Rules: bench/explain/PROTOCOL.md\n\n", o.Pairs)
	if !o.MeasureOnly {
		summary(&b, rows)
	}
	table(&b, rows)
	for _, r := range rows {
		if r.Failure != "" {
			fmt.Fprintf(&b, "FAILED %s: %s\n", r.Kind, r.Failure)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// summary tells misses, then counts.
func summary(b *strings.Builder, rows []Row) {
	var within, missed, flagged, none, noisy, failed int
	for _, r := range rows {
		switch {
		case r.Failure != "":
			failed++
		case r.Predicted == nil:
			none++
		case r.Busy || (r.Interval[1]-r.Interval[0])/r.Measured > tooWide:
			noisy++
		case math.Abs(*r.Error) <= tolerated:
			within++
		case len(r.Flags) > 0:
			flagged++
		default:
			missed++
			fmt.Fprintf(b, "SILENT MISS  %s: predicted %.2fx, measured %.2fx\n", r.Kind, *r.Predicted, r.Measured)
		}
	}
	fmt.Fprintf(b, "silent misses %d, within %.0f %% beyond the interval %d, off but flagged %d, no what-if of this kind %d, too noisy %d, failed %d\n\n",
		missed, 100*tolerated, within, flagged, none, noisy, failed)
}

func table(b *strings.Builder, rows []Row) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "example\tmeasured\tinterval\tpredicted\tbeyond it\twhat-if taken; flags\n")
	for _, r := range rows {
		predicted, beyond := "-", "-"
		if r.Predicted != nil {
			predicted = fmt.Sprintf("%.2fx", *r.Predicted)
		}
		if r.Error != nil {
			beyond = fmt.Sprintf("%+.1f %%", 100**r.Error)
		}
		notes := r.Change
		if r.Busy {
			notes = strings.TrimSpace(notes + "  machine busy")
		}
		if len(r.Flags) > 0 {
			notes = strings.TrimSpace(notes + "  flags: " + strings.Join(r.Flags, ", "))
		}
		fmt.Fprintf(w, "%s\t%.2fx\t%.2f-%.2f\t%s\t%s\t%s\n", r.Kind, r.Measured, r.Interval[0], r.Interval[1], predicted, beyond, notes)
	}
	w.Flush()
	fmt.Fprintln(b)
}
