package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/law"
)

var lawCommand = command{
	name:  "law",
	short: "what Amdahl's, Gustafson's and the universal scalability law say",
	usage: "trivet law -parallel FRACTION [-cores N] [-efficiency E] [-json]\n" +
		"trivet law -fit points.csv [-cores N] [-efficiency E] [-json]",
	long: `
With -parallel, law tells what a program can gain of which that fraction of the
one-core time can be shared between cores: by Amdahl's law when the problem
stays the same size, by Gustafson's when it grows with the cores.

With -fit, law reads measured times and finds the laws that meet them: Amdahl,
the universal scalability law, and Gustafson when two or more problem sizes were
measured. What the points cannot carry is refused with the reason. The file is
CSV with the header cores,seconds or cores,seconds,size; "-" is standard input.
Repeated rows are repeats: their median counts, and their spread is shown. Lines
that begin with # are skipped.

examples:
  trivet law -parallel 0.9 -cores 10         10 % serial work: never more than 10x
  trivet law -parallel 95% -efficiency 0.5   how many cores are still half used
  trivet law -fit points.csv -cores 64       fit, and tell what 64 cores would give
  trivet law -fit - -json <points.csv        the same as one JSON object

JSON with -parallel: parallel, serial, speedup:[{cores, amdahl,
amdahl_efficiency, gustafson, gustafson_efficiency}], limit:{amdahl?,
gustafson?}, cores_for?:{efficiency, amdahl?, gustafson?}.
JSON with -fit: file, fits:[{size?, measured:[{cores, runs, median_s, min_s,
max_s}], speedup:[{cores, measured?, amdahl?, usl?}], amdahl?:{serial,
serial_error?, limit?, cores_for?, ...}, usl?:{contention, contention_error?,
coherence, coherence_error?, peak?:{cores, speedup}, limit?, cores_for?, ...}}],
gustafson?:{serial, serial_error?, base_size, fixed_s, per_size_s, cores_for?,
...}, refused:[{law, size?, reason, detail, hint}]. Each law has in place of the
dots: one_core_s, extrapolated, rms_error, worst_error, worst_at, r2?, freedom.
A limit that is absent is no limit, a number of cores_for that is absent means
that any number will do; any other absent number is not known.`,
	run: runLaw,
}

// maxCores is the largest table that law prints.
const maxCores = 1 << 20

// lawFlags are the flags of law.
type lawFlags struct {
	parallel   fractionFlag
	fit        string
	cores      int
	efficiency fractionFlag
	json       bool
}

func runLaw(_ context.Context, e *env, args []string) int {
	var f lawFlags
	set := e.flags()
	set.Var(&f.parallel, "parallel", "`fraction` of the one-core time that can be shared, such as 0.9 or 90%")
	set.StringVar(&f.fit, "fit", "", "CSV `file` of measured times; - is standard input")
	set.IntVar(&f.cores, "cores", 0, "`number` of cores up to which to tell (default 64, or the most measured)")
	set.Var(&f.efficiency, "efficiency", "also tell the most cores of which this `fraction` is still put to use")
	set.BoolVar(&f.json, "json", false, "print one JSON object")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	if err := f.check(e, append(own, rest...)); err != nil {
		return e.fail(err)
	}
	if f.fit != "" {
		return fitPoints(e, f)
	}
	return givenFraction(e, f)
}

func (f lawFlags) check(e *env, arguments []string) error {
	if err := e.noArguments(arguments); err != nil {
		return err
	}
	switch {
	case f.parallel.set && f.fit != "":
		return withHint(errors.New("-parallel and -fit exclude each other"), "a fit finds the parallel fraction by itself: leave -parallel out")
	case !f.parallel.set && f.fit == "":
		return withHint(errors.New("neither -parallel nor -fit is given"), "try trivet law -parallel 0.9 -cores 10")
	case f.cores < 0 || f.cores > maxCores:
		return withHint(fmt.Errorf("-cores %d is not between 1 and %d", f.cores, maxCores), "leave -cores out to see up to 64")
	case f.efficiency.set && f.efficiency.value == 0:
		return withHint(errors.New("-efficiency 0 asks for nothing"), "try -efficiency 0.5: at least half of every core put to use")
	}
	return nil
}

// fractionFlag is a flag from 0 to 1, also written as a percentage.
type fractionFlag struct {
	value float64
	set   bool
}

func (f *fractionFlag) String() string {
	if f == nil || !f.set {
		return ""
	}
	return strconv.FormatFloat(f.value, 'g', -1, 64)
}

func (f *fractionFlag) Set(text string) error {
	digits, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil {
		return errors.New("not a number")
	}
	if percent {
		v /= 100
	}
	if err := law.Fraction(v); err != nil {
		if v > 1 && v <= 100 {
			return fmt.Errorf("%w; for %v per cent write %v%%", err, v, v)
		}
		return err
	}
	f.value, f.set = v, true
	return nil
}

// givenJSON is what law -parallel -json prints. Its shape is stable.
type givenJSON struct {
	Parallel float64        `json:"parallel"`
	Serial   float64        `json:"serial"`
	Speedup  []givenSpeedup `json:"speedup"`
	Limit    struct {
		Amdahl    *float64 `json:"amdahl,omitempty"`
		Gustafson *float64 `json:"gustafson,omitempty"`
	} `json:"limit"`
	CoresFor *givenCores `json:"cores_for,omitempty"`
}

type givenSpeedup struct {
	Cores               int     `json:"cores"`
	Amdahl              float64 `json:"amdahl"`
	AmdahlEfficiency    float64 `json:"amdahl_efficiency"`
	Gustafson           float64 `json:"gustafson"`
	GustafsonEfficiency float64 `json:"gustafson_efficiency"`
}

type givenCores struct {
	Efficiency float64 `json:"efficiency"`
	Amdahl     *int    `json:"amdahl,omitempty"`
	Gustafson  *int    `json:"gustafson,omitempty"`
}

func givenFraction(e *env, f lawFlags) int {
	serial := math.Round((1-f.parallel.value)*1e15) / 1e15 // 1-0.9 is to be 0.1
	amdahl, gustafson := law.Amdahl{Serial: serial}, law.Gustafson{Serial: serial}
	cores := f.cores
	if cores == 0 {
		cores = 64
	}
	if f.json {
		return e.printJSON(givenReport(f, amdahl, gustafson, cores))
	}
	terminal := e.terminal()
	fmt.Fprintf(e.stdout, "%s\n\n", terminal.Bold(givenVerdict(amdahl, cores)))
	table := show.Table{Indent: 2, Align: "rrrrr"}
	table.Row("cores", "Amdahl", "used", "Gustafson", "used")
	for _, n := range doublings(cores) {
		table.Row(strconv.Itoa(n), times(amdahl.Speedup(n)), show.Percent(law.Efficiency(amdahl, n)),
			times(gustafson.Speedup(n)), show.Percent(law.Efficiency(gustafson, n)))
	}
	table.Row("limit", limit(amdahl), "", limit(gustafson))
	fmt.Fprint(e.stdout, table.Text(terminal))
	printLines(e.stdout, givenChart(amdahl, gustafson, cores))
	fmt.Fprint(e.stdout, "\n  A  Amdahl: the problem stays the same size.\n"+
		"  G  Gustafson: the problem grows with the cores, so that the time stays.\n"+
		"  .  every core fully used.\n")
	if f.efficiency.set {
		fmt.Fprintf(e.stdout, "\nAt least %s of every core is put to use on up to %s by Amdahl, on up to %s by Gustafson.\n",
			show.Percent(f.efficiency.value), upTo(law.CoresFor(amdahl, f.efficiency.value)), upTo(law.CoresFor(gustafson, f.efficiency.value)))
	}
	return exitFine
}

func givenReport(f lawFlags, amdahl law.Amdahl, gustafson law.Gustafson, cores int) givenJSON {
	r := givenJSON{Parallel: f.parallel.value, Serial: amdahl.Serial}
	for _, n := range doublings(cores) {
		r.Speedup = append(r.Speedup, givenSpeedup{n, amdahl.Speedup(n), law.Efficiency(amdahl, n),
			gustafson.Speedup(n), law.Efficiency(gustafson, n)})
	}
	r.Limit.Amdahl, r.Limit.Gustafson = known(amdahl.Limit()), known(gustafson.Limit())
	if f.efficiency.set {
		r.CoresFor = &givenCores{f.efficiency.value, limited(law.CoresFor(amdahl, f.efficiency.value)),
			limited(law.CoresFor(gustafson, f.efficiency.value))}
	}
	return r
}

func givenVerdict(a law.Amdahl, cores int) string {
	verdict := fmt.Sprintf("%s serial work: %s on %s", show.Percent(a.Serial), times(a.Speedup(cores)), coresText(cores))
	if math.IsInf(a.Limit(), 1) {
		return verdict + ", and no limit by Amdahl's law."
	}
	return verdict + fmt.Sprintf(", and never more than %s by Amdahl's law.", limit(a))
}

func givenChart(amdahl law.Amdahl, gustafson law.Gustafson, cores int) []string {
	chart := speedupChart(cores)
	chart.Curve('G', continuous(gustafson))
	chart.Curve('A', continuous(amdahl))
	return chart.Lines()
}

// speedupChart is a chart with the line of perfect use in it.
func speedupChart(cores int) *show.Chart {
	chart := &show.Chart{MaxX: float64(cores), Width: 60, Height: 11}
	chart.Curve('.', func(x float64) float64 { return x })
	return chart
}

// continuous draws a law between whole numbers of cores by the straight line.
func continuous(c law.Curve) func(x float64) float64 {
	return func(x float64) float64 {
		n := math.Floor(x)
		here, next := c.Speedup(int(n)), c.Speedup(int(n)+1)
		return here + (x-n)*(next-here)
	}
}

// doublings is 1, 2, 4, ... up to and including cores.
func doublings(cores int) []int {
	var list []int
	for n := 1; n < cores; n *= 2 {
		list = append(list, n)
	}
	return append(list, cores)
}

// times is a speed-up with two decimals: the laws are exact, and tables of
// them are compared.
func times(s float64) string { return fmt.Sprintf("%.2fx", s) }

// limit is the speed-up that a law never passes.
func limit(c law.Curve) string {
	if math.IsInf(c.Limit(), 1) {
		return "none"
	}
	return strconv.FormatFloat(math.Round(c.Limit()*100)/100, 'f', -1, 64) + "x"
}

func coresText(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

func upTo(cores int) string {
	if cores >= law.Unlimited {
		return "any number of cores"
	}
	return coresText(cores)
}

// known is nil for a number that JSON cannot hold.
func known(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// limited is nil for as many cores as you like.
func limited(cores int) *int {
	if cores >= law.Unlimited {
		return nil
	}
	return &cores
}

func printLines(w io.Writer, lines []string) {
	for i, line := range lines {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "  %s\n", line)
	}
}

// printJSON prints v on standard output, which then holds nothing else.
func (e *env) printJSON(v any) int {
	encoder := json.NewEncoder(e.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return e.fail(fmt.Errorf("print JSON: %w", err))
	}
	return exitFine
}

// rowsFor is the core counts of a table: doublings and what was measured.
func rowsFor(cores int, samples []law.Sample) []int {
	rows := doublings(cores)
	for _, s := range samples {
		rows = append(rows, s.Cores)
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
