package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/law"
)

// fitJSON is what law -fit -json prints. Its shape is stable.
type fitJSON struct {
	File      string         `json:"file"`
	Fits      []sizeJSON     `json:"fits"`
	Gustafson *gustafsonJSON `json:"gustafson,omitempty"`
	Refused   []refusedJSON  `json:"refused"`
}

type sizeJSON struct {
	Size     *float64       `json:"size,omitempty"`
	Measured []measuredJSON `json:"measured"`
	Speedup  []speedupJSON  `json:"speedup"`
	Amdahl   *amdahlJSON    `json:"amdahl,omitempty"`
	USL      *uslJSON       `json:"usl,omitempty"`
}

type measuredJSON struct {
	Cores  int     `json:"cores"`
	Runs   int     `json:"runs"`
	Median float64 `json:"median_s"`
	Min    float64 `json:"min_s"`
	Max    float64 `json:"max_s"`
}

type speedupJSON struct {
	Cores    int      `json:"cores"`
	Measured *float64 `json:"measured,omitempty"`
	Amdahl   *float64 `json:"amdahl,omitempty"`
	USL      *float64 `json:"usl,omitempty"`
}

type qualityJSON struct {
	OneCore      float64  `json:"one_core_s"`
	Extrapolated bool     `json:"extrapolated"`
	RMS          float64  `json:"rms_error"`
	Worst        float64  `json:"worst_error"`
	WorstAt      int      `json:"worst_at"`
	R2           *float64 `json:"r2,omitempty"`
	Freedom      int      `json:"freedom"`
}

type amdahlJSON struct {
	Serial      float64  `json:"serial"`
	SerialError *float64 `json:"serial_error,omitempty"`
	Limit       *float64 `json:"limit,omitempty"`
	CoresFor    *int     `json:"cores_for,omitempty"`
	qualityJSON
}

type uslJSON struct {
	Contention      float64   `json:"contention"`
	ContentionError *float64  `json:"contention_error,omitempty"`
	Coherence       float64   `json:"coherence"`
	CoherenceError  *float64  `json:"coherence_error,omitempty"`
	Peak            *peakJSON `json:"peak,omitempty"`
	Limit           *float64  `json:"limit,omitempty"`
	CoresFor        *int      `json:"cores_for,omitempty"`
	qualityJSON
}

type peakJSON struct {
	Cores   int     `json:"cores"`
	Speedup float64 `json:"speedup"`
}

type gustafsonJSON struct {
	Serial      float64  `json:"serial"`
	SerialError *float64 `json:"serial_error,omitempty"`
	BaseSize    float64  `json:"base_size"`
	Fixed       float64  `json:"fixed_s"`
	PerSize     float64  `json:"per_size_s"`
	CoresFor    *int     `json:"cores_for,omitempty"`
	qualityJSON
}

type refusedJSON struct {
	Law    string     `json:"law"`
	Size   *float64   `json:"size,omitempty"`
	Reason law.Reason `json:"reason"`
	Detail string     `json:"detail"`
	Hint   string     `json:"hint"`
}

// sizeFits is the fits of one problem size. A law that was refused is nil.
type sizeFits struct {
	size    float64 // 0 = not told
	samples []law.Sample
	amdahl  *law.AmdahlFit
	usl     *law.USLFit
}

// fits is all that a file of points gave.
type fits struct {
	file      string
	sizes     []sizeFits
	gustafson *law.GustafsonFit
	refused   []refusedFit
}

type refusedFit struct {
	size float64
	*law.Refusal
}

func fitPoints(e *env, f lawFlags) int {
	points, err := openPoints(e, f.fit)
	if err != nil {
		return e.fail(err)
	}
	found, err := fitAll(f.fit, points)
	if err != nil {
		return e.fail(err)
	}
	switch {
	case f.json:
		e.printJSON(found.json(f))
	case !found.empty():
		found.print(e, f)
	}
	if found.empty() {
		return e.fail(fmt.Errorf("%s: %w", f.fit, found.refused[0].Refusal))
	}
	return exitFine
}

func fitAll(file string, points []law.Point) (fits, error) {
	all := fits{file: file}
	for _, list := range law.BySize(points) {
		s := sizeFits{size: list[0].Size, samples: law.Samples(list)}
		if fit, err := law.FitAmdahl(list); err == nil {
			s.amdahl = &fit
		} else if err := all.refuse(s.size, err); err != nil {
			return all, err
		}
		if fit, err := law.FitUSL(list); err == nil {
			s.usl = &fit
		} else if err := all.refuse(s.size, err); err != nil {
			return all, err
		}
		all.sizes = append(all.sizes, s)
	}
	if fit, err := law.FitGustafson(points); err == nil {
		all.gustafson = &fit
	} else if err := all.refuse(0, err); err != nil {
		return all, err
	}
	return all, nil
}

// refuse keeps a refusal, and returns any other error.
func (all *fits) refuse(size float64, err error) error {
	var refusal *law.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	all.refused = append(all.refused, refusedFit{size, refusal})
	return nil
}

func (all fits) empty() bool {
	for _, s := range all.sizes {
		if s.amdahl != nil || s.usl != nil {
			return false
		}
	}
	return all.gustafson == nil
}

func (all fits) json(f lawFlags) fitJSON {
	r := fitJSON{File: all.file, Fits: []sizeJSON{}, Refused: []refusedJSON{}}
	for _, s := range all.sizes {
		r.Fits = append(r.Fits, s.json(f))
	}
	if g := all.gustafson; g != nil {
		r.Gustafson = &gustafsonJSON{g.Serial, known(g.SerialError), g.BaseSize, g.Fixed, g.PerSize, f.coresFor(g), qualityOf(g.Quality)}
	}
	for _, refused := range all.refused {
		r.Refused = append(r.Refused, refusedJSON{refused.Law, told(refused.size), refused.Reason, refused.Detail, refused.Try})
	}
	return r
}

func (s sizeFits) json(f lawFlags) sizeJSON {
	r := sizeJSON{Size: told(s.size), Speedup: []speedupJSON{}}
	for _, m := range s.samples {
		r.Measured = append(r.Measured, measuredJSON{m.Cores, m.Runs, m.Median, m.Min, m.Max})
	}
	for _, n := range rowsFor(s.upTo(f), s.samples) {
		row := speedupJSON{Cores: n, Measured: known(s.measured(n))}
		if s.amdahl != nil {
			row.Amdahl = known(s.amdahl.Speedup(n))
		}
		if s.usl != nil {
			row.USL = known(s.usl.Speedup(n))
		}
		r.Speedup = append(r.Speedup, row)
	}
	if a := s.amdahl; a != nil {
		r.Amdahl = &amdahlJSON{a.Serial, known(a.SerialError), known(a.Limit()), f.coresFor(a), qualityOf(a.Quality)}
	}
	if u := s.usl; u != nil {
		r.USL = &uslJSON{u.Contention, known(u.ContentionError), u.Coherence, known(u.CoherenceError), nil, nil, f.coresFor(u), qualityOf(u.Quality)}
		if cores, ok := u.Peak(); ok {
			r.USL.Peak = &peakJSON{cores, u.Speedup(cores)}
		} else if u.Coherence == 0 {
			r.USL.Limit = known(u.Limit())
		}
	}
	return r
}

func told(size float64) *float64 {
	if size == 0 {
		return nil
	}
	return &size
}

func qualityOf(q law.Quality) qualityJSON {
	return qualityJSON{q.OneCore, q.Extrapolated, q.RMS, q.Worst, q.WorstAt, known(q.R2), q.Freedom}
}

func (f lawFlags) coresFor(c law.Curve) *int {
	if !f.efficiency.set {
		return nil
	}
	return limited(law.CoresFor(c, f.efficiency.value))
}

// upTo is the largest core count to tell: as asked, or as measured.
func (s sizeFits) upTo(f lawFlags) int {
	if f.cores > 0 {
		return f.cores
	}
	return s.samples[len(s.samples)-1].Cores
}

// measured is the measured speed-up; NaN where nothing was measured. It is
// taken against the measured one-core time, or the fitted one without it.
func (s sizeFits) measured(cores int) float64 {
	one := math.NaN()
	switch {
	case s.samples[0].Cores == 1:
		one = s.samples[0].Median
	case s.amdahl != nil:
		one = s.amdahl.OneCore
	case s.usl != nil:
		one = s.usl.OneCore
	}
	for _, m := range s.samples {
		if m.Cores == cores {
			return one / m.Median
		}
	}
	return math.NaN()
}

func (all fits) print(e *env, f lawFlags) {
	terminal := e.terminal()
	for i, s := range all.sizes {
		if i > 0 {
			fmt.Fprintln(e.stdout)
		}
		s.print(e, f, all.file)
	}
	if g := all.gustafson; g != nil {
		fmt.Fprintf(e.stdout, "\n%s\n", terminal.Bold(fmt.Sprintf("When the problem grows with the cores from size %v on one: %s on %s, no limit.",
			g.BaseSize, times(g.Speedup(all.sizes[0].upTo(f))), coresText(all.sizes[0].upTo(f)))))
		fmt.Fprintf(e.stdout, "  Gustafson  serial %s at size %v: %s that stay, %s for each unit of size\n             %s\n",
			withError(g.Serial, g.SerialError), g.BaseSize, show.Seconds(g.Fixed), show.Seconds(g.PerSize), qualityText(g.Quality))
	}
	all.printRefused(e)
}

func (s sizeFits) print(e *env, f lawFlags, file string) {
	terminal := e.terminal()
	name := file
	if s.size != 0 {
		name += fmt.Sprintf(", size %v", s.size)
	}
	fmt.Fprintf(e.stdout, "%s\n\n", terminal.Bold(name+": "+s.verdict()))
	fmt.Fprint(e.stdout, s.table(f).Text(terminal))
	printLines(e.stdout, s.chart(f))
	if s.amdahl != nil || s.usl != nil {
		fmt.Fprintln(e.stdout)
	}
	if a := s.amdahl; a != nil {
		fmt.Fprintf(e.stdout, "  A  Amdahl  serial %s; limit %s\n             %s\n", withError(a.Serial, a.SerialError), limit(a), qualityText(a.Quality))
		s.printEfficiency(e, f, a)
	}
	if u := s.usl; u != nil {
		fmt.Fprintf(e.stdout, "  U  USL     contention %s\n             coherence %s; %s\n             %s\n",
			withError(u.Contention, u.ContentionError), withError(u.Coherence, u.CoherenceError), peakText(u), qualityText(u.Quality))
		s.printEfficiency(e, f, u)
	}
	if last := s.samples[len(s.samples)-1].Cores; s.upTo(f) > last && (s.amdahl != nil || s.usl != nil) {
		fmt.Fprintf(e.stdout, "  Beyond %s nothing was measured: those rows are guesses.\n", coresText(last))
	}
}

func (s sizeFits) printEfficiency(e *env, f lawFlags, c law.Curve) {
	if f.efficiency.set {
		fmt.Fprintf(e.stdout, "             at least %s of every core is put to use on up to %s\n",
			show.Percent(f.efficiency.value), upTo(law.CoresFor(c, f.efficiency.value)))
	}
}

// verdict is the one sentence to take away.
func (s sizeFits) verdict() string {
	a, u := s.amdahl, s.usl
	switch {
	case u != nil && u.Declines:
		cores, _ := u.Peak()
		return fmt.Sprintf("fastest on about %s, then slower again.", coresText(cores))
	case a != nil && a.Serial == 0:
		return "no serial part that shows: it gains from every core."
	case a != nil:
		return fmt.Sprintf("%s serial work, never more than %s.", show.Percent(a.Serial), limit(a))
	case u != nil:
		return fmt.Sprintf("%s of the time waits for what only one can hold.", show.Percent(u.Contention))
	}
	return "no law fits."
}

func (s sizeFits) table(f lawFlags) *show.Table {
	table := &show.Table{Indent: 2, Align: "rrrrrrr"}
	table.Row("cores", "runs", "seconds", "spread", "measured", "Amdahl", "USL")
	for _, n := range rowsFor(s.upTo(f), s.samples) {
		row := []string{strconv.Itoa(n), "", "", "", "", "", ""}
		for _, m := range s.samples {
			if m.Cores == n {
				row[1], row[2] = strconv.Itoa(m.Runs), fmt.Sprintf("%.4g", m.Median)
				if m.Runs > 1 {
					row[3] = show.Percent(m.Spread()) // of the median, from fastest to slowest
				}
			}
		}
		if measured := s.measured(n); !math.IsNaN(measured) {
			row[4] = times(measured)
		}
		if s.amdahl != nil {
			row[5] = times(s.amdahl.Speedup(n))
		}
		if s.usl != nil {
			row[6] = times(s.usl.Speedup(n))
		}
		table.Row(row...)
	}
	return table
}

func (s sizeFits) chart(f lawFlags) []string {
	if s.amdahl == nil && s.usl == nil {
		return nil
	}
	chart := speedupChart(s.upTo(f))
	if s.usl != nil {
		chart.Curve('U', continuous(s.usl))
	}
	if s.amdahl != nil {
		chart.Curve('A', continuous(s.amdahl))
	}
	var x, y []float64
	for _, m := range s.samples {
		x, y = append(x, float64(m.Cores)), append(y, s.measured(m.Cores))
	}
	chart.Dots('o', x, y)
	lines := chart.Lines()
	if len(lines) > 0 {
		lines = append(lines, "o measured   . every core fully used")
	}
	return lines
}

func peakText(u *law.USLFit) string {
	if cores, ok := u.Peak(); ok {
		return fmt.Sprintf("peak %s on %s", times(u.Speedup(cores)), coresText(cores))
	}
	return "no peak: the times do not rise again"
}

// withError is a parameter with its standard error, when that is known.
func withError(value, standardError float64) string {
	if math.IsNaN(standardError) || standardError < 1e-12 {
		return fmt.Sprintf("%.4g", value)
	}
	return fmt.Sprintf("%.4g (standard error %.2g)", value, standardError)
}

func qualityText(q law.Quality) string {
	text := fmt.Sprintf("typically off by %s, by %s at worst (%s)", show.Percent(q.RMS), show.Percent(math.Abs(q.Worst)), coresText(q.WorstAt))
	if !math.IsNaN(q.R2) {
		text += fmt.Sprintf("; R2 %.3f", q.R2)
	}
	if q.Extrapolated {
		text += "; one core was not measured"
	}
	return text
}

// printRefused tells which fits were not made. That Gustafson's law was not
// fitted goes without saying where no sizes were told.
func (all fits) printRefused(e *env) {
	heading := "\n" + e.terminal().Bold("NOT FITTED") + "\n"
	for _, r := range all.refused {
		if r.Law == "gustafson" && all.sizes[0].size == 0 {
			continue
		}
		fmt.Fprint(e.stdout, heading)
		heading = ""
		name := r.Law
		if r.size != 0 {
			name += fmt.Sprintf(", size %v", r.size)
		}
		fmt.Fprintf(e.stdout, "  %s: %s\n", name, r.Detail)
		fmt.Fprintf(e.stdout, "    try: %s\n", r.Try)
	}
}
