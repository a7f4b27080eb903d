package explain

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/measure"
	"github.com/trivet-go/trivet/bench/internal/trivet"
)

func report(cores int, predicted float64, flags ...string) trivet.Report {
	r := trivet.Report{Speedup: []trivet.Point{{Cores: cores, Predicted: predicted}}}
	for _, f := range flags {
		r.Flags = append(r.Flags, trivet.Flag{Rule: f})
	}
	return r
}

func TestVerdicts(t *testing.T) {
	narrow := measure.Estimate{Median: 1.5, Low: 1.45, High: 1.55}
	wide := measure.Estimate{Median: 1.5, Low: 1.2, High: 1.7}
	busy := measure.Estimate{Median: 1.5, Low: 1.45, High: 1.55, Busy: true}
	broken := errors.New("broken")
	for _, c := range []struct {
		name      string
		estimate  measure.Estimate
		measuring error
		report    trivet.Report
		asked     error
		want      Verdict
	}{
		{"in the interval", narrow, nil, report(2, 1.5), nil, Within},
		{"a little beyond", narrow, nil, report(2, 1.68), nil, Within},
		{"far above", narrow, nil, report(2, 1.95), nil, Silent},
		{"far below", narrow, nil, report(2, 1.2), nil, Silent},
		{"far and said so", narrow, nil, report(2, 1.95, "inflation"), nil, Flagged},
		{"far, the recording disturbed", narrow, nil, report(2, 1.95, "os-preemption"), nil, Noisy},
		{"far, disturbed and doubted", narrow, nil, report(2, 1.95, "os-preemption", "inflation"), nil, Flagged},
		{"flagged for nothing", narrow, nil, report(2, 1.5, "inflation"), nil, Within},
		{"interval too wide to be right", wide, nil, report(2, 1.5), nil, Noisy},
		{"wide, and still a miss", wide, nil, report(2, 2), nil, Silent},
		{"disturbed, so no miss is proven", busy, nil, report(2, 1.95), nil, Noisy},
		{"disturbed, so nothing is proven", busy, nil, report(2, 1.5), nil, Noisy},
		{"withheld", narrow, nil, report(4, 1.5), nil, Abstained},
		{"command failed", narrow, nil, trivet.Report{}, broken, Failed},
		{"program failed", measure.Estimate{}, broken, report(2, 1.5), nil, Failed},
		{"nothing asked", narrow, nil, trivet.Report{}, errNotAsked, Measured},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRow(kind{Name: "k"}, 2, c.estimate, c.measuring, c.report, c.asked)
			if r.Verdict != c.want {
				t.Errorf("%s, want %s", r.Verdict, c.want)
			}
			if (r.Error != nil) != (r.Predicted != nil) {
				t.Error("a row has an error if and only if it has a prediction")
			}
			if r.FalseAlarm() != (c.name == "flagged for nothing") {
				t.Errorf("false alarm: %v", r.FalseAlarm())
			}
		})
	}
}

// A script that reads the board must find the promised fields, no null in place
// of a withheld prediction, and no null in place of no flags.
func TestJSON(t *testing.T) {
	e := measure.Estimate{Median: 2, Low: 1.9, High: 2}
	given := marshal(t, newRow(kind{Name: "mutex"}, 2, e, nil, report(2, 2.2), nil))
	for _, field := range []string{"kind", "cores", "measured", "interval", "predicted", "error", "flags"} {
		if _, ok := given[field]; !ok {
			t.Errorf("no field %q", field)
		}
	}
	withheld := marshal(t, newRow(kind{Name: "mutex"}, 2, e, nil, report(4, 2.2), nil))
	if p, ok := withheld["predicted"]; ok {
		t.Errorf("withheld prediction printed as %v", p)
	}
	for name, v := range withheld {
		if v == nil {
			t.Errorf("%s is null", name)
		}
	}
}

func marshal(t *testing.T, r Row) map[string]any {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestMissesComeFirst(t *testing.T) {
	e := measure.Estimate{Median: 1, Low: 0.97, High: 1.02}
	hooked := kind{Name: "mutex", Hooked: true}
	rows := []Row{
		newRow(hooked, 2, e, nil, report(2, 1.01), nil),
		newRow(kind{Name: "memory"}, 2, e, nil, report(2, 1.9), nil),
		newRow(kind{Name: "gone"}, 2, e, nil, report(2, 1.9), errors.New("exit status 2")),
	}
	var b strings.Builder
	if err := printText(&b, rows, board.Options{Pairs: 12, Repeats: 3}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	miss, row := strings.Index(text, "memory on 2 cores: predicted 1.90, measured 1.00"), strings.Index(text, "mutex")
	if miss < 0 || row < 0 || miss > row {
		t.Errorf("the silent miss does not come before the table:\n%s", text)
	}
	for _, want := range []string{"SILENT MISSES  1", "SILENT MISS 1", "failed 1", "within 1", "FAILED gone: exit status 2", "rows: met"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
}
