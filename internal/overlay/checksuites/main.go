// Command checksuites shows that the overlay changes no result: it runs test
// suites that know nothing of it three times, plain, patched, and patched and
// recording, and compares the outcome of every single test.
//
//	go run ./internal/overlay/checksuites [-only sync,context,golang.org/x/sync] [-json]
//
// The suites are packages of the standard library and of other modules; the
// latter are fetched by the go command and tested in a copy, with their own
// go.mod. A test whose outcome differs is run again in both ways: if it differs
// again, the command says so and exits with status 1. Tests run with -short.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "comma-separated names of the suites to run; none: all")
	asJSON := flag.Bool("json", false, "print one JSON object, and progress to stderr")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	same, err := run(ctx, *only, *asJSON)
	if err != nil {
		fmt.Fprintln(os.Stderr, "checksuites:", err)
		os.Exit(2)
	}
	if !same {
		os.Exit(1)
	}
}

// A row is the comparison of one suite.
type row struct {
	Suite     string   `json:"suite"`
	Tests     int      `json:"tests"`  // with an outcome in the plain run
	Failed    int      `json:"failed"` // of these, already plain
	Plain     float64  `json:"plain_s"`
	Off       float64  `json:"off_s"`
	Recording float64  `json:"recording_s"`
	Different []string `json:"different"` // twice
	Unsteady  []string `json:"unsteady"`  // only the first time
	Expected  []string `json:"expected"`  // twice, and why is known
	Error     string   `json:"error,omitempty"`
}

func (r row) same() bool { return r.Error == "" && len(r.Different) == 0 && r.Tests > 0 }

func run(ctx context.Context, only string, asJSON bool) (same bool, err error) {
	chosen, err := choose(only)
	if err != nil {
		return false, err
	}
	table := io.Writer(os.Stdout)
	if asJSON {
		table = os.Stderr
	}
	fmt.Fprintf(table, "%-38s %6s %8s %8s %9s  %s\n", "suite", "tests", "plain", "off", "recording", "outcome")
	var rows []row
	same = true
	for _, s := range chosen {
		r := s.compare(ctx)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		rows = append(rows, r)
		same = same && r.same()
		fmt.Fprintf(table, "%-38s %6d %7.1fs %7.1fs %8.1fs  %s\n", r.Suite, r.Tests, r.Plain, r.Off, r.Recording, r.outcome())
	}
	if asJSON {
		return same, json.NewEncoder(os.Stdout).Encode(map[string]any{"same": same, "suites": rows})
	}
	return same, nil
}

func (r row) outcome() string {
	switch {
	case r.Error != "":
		return "ERROR " + r.Error
	case len(r.Different) > 0:
		return "DIFFERENT " + strings.Join(r.Different, ", ")
	case r.Tests == 0:
		return "ERROR no test ran"
	}
	text := "same"
	if r.Failed > 0 {
		text += fmt.Sprintf("; %d fail plain too", r.Failed)
	}
	if len(r.Unsteady) > 0 {
		text += "; only the first time not: " + strings.Join(r.Unsteady, ", ")
	}
	if len(r.Expected) > 0 {
		text += "; as expected not: " + strings.Join(r.Expected, ", ")
	}
	return text
}

func choose(only string) ([]suite, error) {
	if only == "" {
		return suites, nil
	}
	var chosen []suite
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(suites, func(s suite) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no suite %q; see suites.go for the names", name)
		}
		chosen = append(chosen, suites[i])
	}
	return chosen, nil
}

// compare runs a suite in the three ways.
func (s suite) compare(ctx context.Context) row {
	r := row{Suite: s.name, Different: []string{}, Unsteady: []string{}, Expected: []string{}}
	w, err := open(ctx, s)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer w.close()
	plain, took, err := w.test(ctx, plainly, nil)
	r.Plain, r.Tests, r.Failed = took.Seconds(), len(plain), plain.count("fail")
	if err != nil {
		r.Error = "plain: " + err.Error()
		return r
	}
	for _, how := range []mode{patched, recording} {
		got, took, err := w.test(ctx, how, nil)
		if how == patched {
			r.Off = took.Seconds()
		} else {
			r.Recording = took.Seconds()
		}
		if err != nil {
			r.Error = how.String() + ": " + err.Error()
			return r
		}
		if err := w.judge(ctx, &r, how, plain, got); err != nil {
			r.Error = err.Error()
			return r
		}
	}
	return r
}

// judge notes the tests whose outcome differs from the plain run, and whether
// they do so again.
func (w *work) judge(ctx context.Context, r *row, how mode, plain, got outcomes) error {
	different := plain.differ(got)
	if len(different) == 0 {
		return nil
	}
	again, _, err := w.test(ctx, plainly, different)
	if err != nil {
		return err
	}
	got, _, err = w.test(ctx, how, different)
	if err != nil {
		return err
	}
	still := again.differ(got)
	for _, name := range different {
		text := fmt.Sprintf("%s (%s)", name, how)
		why, known := expected[text]
		switch {
		case !slices.Contains(still, name):
			r.Unsteady = append(r.Unsteady, text)
		case known:
			r.Expected = append(r.Expected, text+": "+why)
		default:
			r.Different = append(r.Different, text)
		}
	}
	return nil
}

// limit ends a suite that hangs.
const limit = 10 * time.Minute
