// Package prevention is the scoreboard of what Trivet prevents: small programs
// with a bug, each beside the same mistake made again with Trivet.
//
// A verdict is not an opinion: the board compiles and runs both programs, and
// looks whether the bug shows. The verdicts are
//
//   - does not compile: the mistake cannot be written down;
//   - named error: it runs, and the program is told what is wrong;
//   - no place for it: the pattern has nothing where it could be made, and the
//     program comes out right;
//   - still possible: it shows as before.
//
// Races are looked for with the race detector, which needs a C compiler on some
// systems.
package prevention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Board is the scoreboard.
var Board = board.Board{
	Name: "demons-prevention",
	What: "small programs with a bug, and the same mistake made with Trivet",
	Make: Make,
}

// target is the share of mistakes that should not be possible any more.
const target = 0.70

// row is a case as it came out.
type row struct {
	Case
	Wrong string `json:"wrong,omitempty"` // what is not as the label says
}

// Make checks the cases and prints the board.
func Make(ctx context.Context, o board.Options) error {
	cases, err := Load(".")
	if err != nil {
		return err
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.Name)
	}
	if err := o.CheckKinds(names); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "trivet-prevention-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	defer o.Progress.Done()
	var rows []row
	for _, c := range cases {
		if !o.Wants(c.Name) {
			continue
		}
		o.Progress.Sayf("%s", c.Name)
		r := row{Case: c}
		if err := c.Check(ctx, ".", tmp); err != nil {
			r.Wrong = err.Error()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows = append(rows, r)
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return print(o.Out, rows)
}

// print tells misses first: verdicts that are wrong, then what is still possible.
func print(w io.Writer, rows []row) error {
	var b strings.Builder
	slices.SortStableFunc(rows, func(x, y row) int { return rank(x) - rank(y) })
	prevented := 0
	counts := map[string]int{}
	for _, r := range rows {
		verdict := r.Verdict
		switch {
		case r.Wrong != "":
			verdict = "NOT AS LABELLED (" + r.Verdict + ")"
		case r.Prevented():
			prevented++
		}
		counts[verdict]++
		fmt.Fprintf(&b, "%-24s %-11s %s\n", r.Name, r.Demon, verdict)
		if r.Wrong != "" {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(strings.TrimSpace(r.Wrong), "\n", "\n    "))
		}
	}
	if len(rows) == 0 {
		return errors.New("no cases")
	}
	share := float64(prevented) / float64(len(rows))
	met := "met"
	if share < target {
		met = "missed"
	}
	fmt.Fprintf(&b, "\n%d of %d no longer possible (%.0f %%; target %.0f %%: %s): %d do not compile, %d named errors, %d have no place\n",
		prevented, len(rows), 100*share, 100*target, met, counts[NoCompile], counts[Named], counts[NoPlace])
	_, err := io.WriteString(w, b.String())
	return err
}

func rank(r row) int {
	switch {
	case r.Wrong != "":
		return 0
	case !r.Prevented():
		return 1
	}
	return 2
}
