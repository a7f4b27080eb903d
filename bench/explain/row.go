package explain

import (
	"errors"
	"math"
	"slices"

	"github.com/trivet-go/trivet/bench/internal/measure"
	"github.com/trivet-go/trivet/bench/internal/trivet"
)

// The protocol's bounds.
const (
	tolerated = 0.10 // error beyond the interval
	tooWide   = 0.20 // width of the interval, as a share of the median
	median50  = 0.05 // median error of hooked kinds on emulated cores
)

// Verdict is what counts as what; see the protocol.
type Verdict string

// The verdicts, the worst first.
const (
	Silent    Verdict = "SILENT MISS" // wrong, and the report did not say so
	Failed    Verdict = "failed"
	Flagged   Verdict = "flagged"   // wrong, and the report said that it may be
	Abstained Verdict = "abstained" // no prediction
	Noisy     Verdict = "too noisy" // measured too badly to tell
	Within    Verdict = "within"
	Measured  Verdict = "measured" // nothing was asked
)

// Row is one kind on one number of cores.
type Row struct {
	Kind      string     `json:"kind"`
	Cores     int        `json:"cores"`
	Emulated  bool       `json:"emulated"`
	Hooked    bool       `json:"hooked"`
	Measured  float64    `json:"measured"`
	Interval  [2]float64 `json:"interval"`
	Predicted *float64   `json:"predicted,omitempty"` // absent if withheld
	// Error is how far the prediction lies beyond the interval, as a share;
	// ErrorOfMedian how far it is from the median.
	Error         *float64 `json:"error,omitempty"`
	ErrorOfMedian *float64 `json:"error_of_median,omitempty"`
	Flags         []string `json:"flags"`
	Busy          bool     `json:"busy,omitempty"` // other programs disturbed the measurement
	Verdict       Verdict  `json:"verdict"`
	Failure       string   `json:"failure,omitempty"`
	// EmulationCheck is the speed-up on two emulated cores, beside that on two real
	// ones: what emulation is worth where both can be had.
	EmulationCheck float64 `json:"emulation_check,omitempty"`
}

// newRow judges a prediction. measuring and asked are the errors of measuring
// and of asking trivet.
func newRow(k kind, cores int, e measure.Estimate, measuring error, report trivet.Report, asked error) Row {
	r := Row{
		Kind: k.Name, Cores: cores, Hooked: k.Hooked,
		Measured: e.Median, Interval: [2]float64{e.Low, e.High}, Busy: e.Busy, Flags: report.Rules(),
	}
	p, ok := report.Predicted(cores)
	switch {
	case measuring != nil:
		r.Verdict, r.Failure = Failed, measuring.Error()
		return r
	case errors.Is(asked, errNotAsked):
		r.Verdict = Measured
		return r
	case asked != nil:
		r.Verdict, r.Failure = Failed, asked.Error()
		return r
	case !ok:
		r.Verdict = Abstained
		return r
	}
	beyond, off := e.Beyond(p), e.Error(p)
	r.Predicted, r.Error, r.ErrorOfMedian = &p, &beyond, &off
	r.Verdict = judge(math.Abs(beyond), e, r.Flags)
	return r
}

// disturbed is the flag of a report whose recordings other programs disturbed.
const disturbed = "os-preemption"

func judge(beyond float64, e measure.Estimate, flags []string) Verdict {
	switch {
	case e.Busy:
		return Noisy
	case beyond > tolerated && slices.Equal(flags, []string{disturbed}):
		return Noisy
	case beyond > tolerated && len(flags) > 0:
		return Flagged
	case beyond > tolerated:
		return Silent
	case e.Width() > tooWide:
		return Noisy
	}
	return Within
}

// FalseAlarm tells that a prediction was flagged and yet within.
func (r Row) FalseAlarm() bool { return r.Verdict == Within && len(r.Flags) > 0 }

// count counts the rows for which is holds.
func count(rows []Row, is func(Row) bool) int {
	n := 0
	for _, r := range rows {
		if is(r) {
			n++
		}
	}
	return n
}

// errorsOf is the absolute error beyond the interval of each row that has a
// prediction and was measured well enough, sorted.
func errorsOf(rows []Row, is func(Row) bool) []float64 {
	var all []float64
	for _, r := range rows {
		if r.Error != nil && r.Verdict != Noisy && is(r) {
			all = append(all, math.Abs(*r.Error))
		}
	}
	slices.Sort(all)
	return all
}
