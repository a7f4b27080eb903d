package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/explain"
	"github.com/trivet-go/trivet/why/replay/calibrate"
)

var explainCommand = command{
	name:  "explain",
	short: "why a Go program is or is not fast, and what N cores would bring",
	usage: "trivet explain [flags] TARGET [-- arguments of the program]",
	long: `
TARGET is a main package (it is built and run), a package with -bench or -run,
or an execution trace. The program is built with an instrumented Go runtime,
run three times on one core and once on two, or up to three times while other
programs disturb it, and replayed on other numbers of cores. A program that asks
how many cores there are is run once more for each number of -at, or twice if it
does the same whatever the answer. SURE? counts the runs. Its source is not
touched, but it must bear to be run so often.

The report says how many times faster it is on N cores than on one, what the
longest chain of work is, what changing it would save, which pattern stands on
which layer (LAYERS), what a reviewer would ask (REVIEW), and how sure all of that
is. A forecast beyond two cores is withheld when two cores get in each other's
way; every other reason for doubt stands in the first lines.

With -demons it is then run again and again under shaken schedules, and the line
DEMONS tells which races, deadlocks, livelocks and starvation were seen.

A program that does not end by itself is stopped by -for or by an interrupt, and
on Linux when it has done nothing at all for 20 seconds.
Its report tells where the time went; a forecast needs -window closed (the next
request comes when the last is answered) or open (requests come when they come).

examples:
  trivet explain ./cmd/tally -- -in day.log     a program, with its arguments
  trivet explain -bench Sort/size=1e6 slices    one benchmark of a package
  trivet explain -run TestBig ./store           tests
  trivet explain -for 10s ./cmd/server          a program that does not end
  trivet explain -demons 20s ./cmd/tally        and look for demons
  trivet explain -record run.trace ./cmd/tally  and keep the recording
  trivet explain run.trace                      a recording
  trivet explain -min-speedup 2.5@8 ./cmd/tally for CI: status 1 if missed

Build flags go through GOFLAGS. docs/explain-json.md describes -json.`,
	run: runExplain,
}

type explainFlags struct {
	bench, run, tags string
	forTime          time.Duration
	window           string
	at, cores        intList
	whatIf           int
	record           string
	stock, json      bool
	demons           time.Duration
	min              threshold
}

func runExplain(ctx context.Context, e *env, args []string) int {
	f := explainFlags{at: intList{1, 2, 4, 8, 16, 32, 64}, cores: intList{1, 2}}
	set := e.flags()
	set.StringVar(&f.bench, "bench", "", "explain the benchmark that matches `regexp`")
	set.StringVar(&f.run, "run", "", "explain the tests that match `regexp`")
	set.DurationVar(&f.forTime, "for", 0, "stop after this `time`, as 10s")
	set.StringVar(&f.window, "window", "", "how work arrives in a program that was stopped: `closed or open`")
	set.Var(&f.at, "at", "core `counts` to predict, as 2,4,8")
	set.Var(&f.cores, "cores", "core `counts` to record: the first three times, each other once")
	set.IntVar(&f.whatIf, "whatif-cores", 8, "core `count` of the chain and the what-ifs")
	set.StringVar(&f.tags, "tags", "", "build `tags`, comma separated")
	set.StringVar(&f.record, "record", "", "keep the chosen recording in `file`")
	set.BoolVar(&f.stock, "stock", false, "use an ordinary trace, without the instrumented runtime")
	set.BoolVar(&f.json, "json", false, "print one JSON object")
	set.DurationVar(&f.demons, "demons", 0, "also run it for this `time` under shaken schedules, as trivet demons does")
	set.Var(&f.min, "min-speedup", "fail with status 1 below this `speedup`, as 2.5@8: 2.5 times on 8 cores")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	if err := f.check(e, own, rest); err != nil {
		return e.fail(err)
	}
	if f.min.cores > 0 && !slices.Contains(f.at, f.min.cores) {
		f.at = append(f.at, f.min.cores)
	}
	if e.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	report, err := f.explain(ctx, e, own, rest)
	if err != nil {
		return e.fail(explainError(err))
	}
	report.Require(f.min.cores, f.min.want)
	if err := f.print(e, report); err != nil {
		return e.fail(err)
	}
	if report.Threshold != nil && !report.Threshold.Reached {
		return exitMissed
	}
	return exitFine
}

func (f *explainFlags) check(e *env, own, rest []string) error {
	if f.record != "" {
		if err := record.Keepable(f.record); err != nil {
			return withHint(fmt.Errorf("-record: %w", err), "name a file in a directory that can be written to")
		}
	}
	switch {
	case len(own) == 0:
		return withHint(errors.New("no target"), "name a package, as trivet explain ./cmd/tally, or a trace file")
	case len(own) > 1 && !allGoFiles(own):
		return withHint(fmt.Errorf("more than one target: %s", strings.Join(own, " ")), "arguments of the program go after --")
	case missingFile(e.dir, own):
		return withHint(fmt.Errorf("file not found: %s", own[0]), "name a trace file that is there, or a package: ./cmd/x, an import path")
	case isFile(own) && (f.bench+f.run+f.tags+f.record != "" || f.stock || f.forTime != 0 || len(rest) > 0):
		return withHint(fmt.Errorf("%s is a recording: -bench, -run, -tags, -record, -stock, -for and arguments say nothing about it", own[0]),
			"leave them out, or name a package")
	case isFile(own) && f.demons != 0:
		return withHint(fmt.Errorf("%s is a recording: demons are found by running", own[0]), "name the package")
	case f.demons < 0:
		return withHint(fmt.Errorf("-demons %v is no time to run", f.demons), "try -demons 20s")
	case f.bench != "" && f.run != "":
		return withHint(errors.New("-bench and -run exclude each other"), "explain one at a time")
	case f.forTime < 0:
		return withHint(fmt.Errorf("-for %v is in the past", f.forTime), "try -for 10s")
	case f.window != "" && f.window != string(explain.Closed) && f.window != string(explain.Open):
		return withHint(fmt.Errorf("-window %s is neither closed nor open", f.window), "closed: the next request comes when the last is answered")
	case f.whatIf < 1 || f.whatIf > maxForecast:
		return withHint(fmt.Errorf("-whatif-cores %d is not between 1 and %d", f.whatIf, maxForecast), "try -whatif-cores 8")
	}
	return nil
}

// memoryLimit makes the collector work harder before a large recording and its
// replays take more than this, in bytes. It is no hard bound.
const memoryLimit = 450 << 20

// maxForecast is the largest number of cores that is replayed.
const maxForecast = 4096

func allGoFiles(args []string) bool {
	return !slices.ContainsFunc(args, func(a string) bool { return !strings.HasSuffix(a, ".go") })
}

// explain records, or opens the recording, and makes the report.
func (f *explainFlags) explain(ctx context.Context, e *env, own, rest []string) (*explain.Report, error) {
	terminal := show.TerminalOf(e.stderr, e.getenv)
	progress := show.StartProgress(e.stderr, terminal, show.Phase{What: "looking at " + own[0]})
	defer progress.Stop()
	say := func(what string) { progress.Phase(show.Phase{What: what}) }

	source := f.readSource(ctx, e, own)
	defer source.stop()
	set, err := f.set(ctx, e, own, rest, source, say, progress)
	if err != nil {
		return nil, err
	}
	o := explain.Options{At: f.at, Cores: f.whatIf, Window: explain.Window(f.window), Source: source.result()}
	if len(set.Runs) > 0 {
		o.Costs, o.Own = calibrate.Costs(), runtime.NumCPU()
		o.Start, o.Message = calibrate.HandOver()
	}
	demons := f.hunt(ctx, e, own, rest, say)
	say("replaying " + set.Label)
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // an interrupt ended the recording; the report is still wanted
	}
	report, err := explain.Explain(ctx, set, o)
	if err == nil {
		report.Demons = demons
	}
	return report, err
}

func (f *explainFlags) set(ctx context.Context, e *env, own, rest []string, source *sourceReader, say func(string), out io.Writer) (*record.Set, error) {
	if isFile(own) {
		say("reading " + own[0])
		return record.FromFile(ctx, own[0])
	}
	s := record.Recorder{
		Target: record.Target{Dir: e.dir, Names: own, Args: rest, Bench: f.bench, Run: f.run, Tags: f.tags},
		For:    f.forTime, Cores: f.cores, Told: f.whatIf, At: f.at,
		Stock: f.stock, Keep: f.record, Out: out, Progress: say, Built: source.wait,
	}
	return s.Do(ctx)
}

// isFile tells whether a target is a trace: a file, or a pipe, but no directory
// and no Go source.
func isFile(own []string) bool {
	st, err := os.Stat(own[0])
	return len(own) == 1 && err == nil && !st.IsDir() && !strings.HasSuffix(own[0], ".go")
}

// missingFile tells whether the target is by its name a trace or a Go file, and is
// not there. An import path may end in .go too.
func missingFile(dir string, own []string) bool {
	name := own[0]
	local := !strings.Contains(name, "/") || strings.HasPrefix(name, ".") || filepath.IsAbs(name)
	if len(own) != 1 || !local || !slices.Contains([]string{".trace", ".go", ".out"}, filepath.Ext(name)) {
		return false
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	_, err := os.Stat(name)
	return errors.Is(err, os.ErrNotExist)
}

// explainError gives the errors of reading a trace a hint.
func explainError(err error) error {
	switch {
	case errors.Is(err, record.ErrNotTrace):
		return withHint(err, "make one with: trivet explain -record run.trace PACKAGE, or go test -trace run.trace")
	case errors.Is(err, record.ErrEmpty):
		return withHint(err, "the program may have been killed before it wrote anything")
	case errors.Is(err, record.ErrVersion):
		return withHint(err, "record it again with a Go version that trivet knows, or update trivet")
	}
	return err
}

func (f *explainFlags) print(e *env, r *explain.Report) error {
	if !f.json {
		return r.Text(e.stdout, e.terminal())
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// intList is a flag of numbers joined by commas.
type intList []int

func (l *intList) String() string {
	if l == nil {
		return ""
	}
	parts := make([]string, len(*l))
	for i, n := range *l {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ",")
}

func (l *intList) Set(text string) error {
	var list intList
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > maxForecast {
			return fmt.Errorf("%q is not a number of cores from 1 to %d", part, maxForecast)
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	*l = list
	return nil
}

// threshold is a flag of the form SPEEDUP@CORES.
type threshold struct {
	want  float64
	cores int
}

func (t *threshold) String() string {
	if t == nil || t.cores == 0 {
		return ""
	}
	return fmt.Sprintf("%g@%d", t.want, t.cores)
}

func (t *threshold) Set(text string) error {
	want, cores, ok := strings.Cut(text, "@")
	if ok {
		var err1, err2 error
		t.want, err1 = strconv.ParseFloat(want, 64)
		t.cores, err2 = strconv.Atoi(cores)
		ok = err1 == nil && err2 == nil && t.want > 0 && !math.IsInf(t.want, 0) && t.cores >= 1 && t.cores <= maxForecast
	}
	if !ok {
		return fmt.Errorf("%q is not of the form SPEEDUP@CORES, as 2.5@8", text)
	}
	return nil
}
