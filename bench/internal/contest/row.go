package contest

import (
	"math"
	"slices"

	"github.com/trivet-go/trivet/bench/internal/measure"
)

// Row is what is told of one subject in one case.
type Row struct {
	Pattern string   `json:"pattern"`
	Case    string   `json:"case"`
	Who     string   `json:"who"`
	NS      float64  `json:"ns_per_op"`           // median of the rounds
	Spread  float64  `json:"spread"`              // between the quartiles, as a share of the median
	Allocs  float64  `json:"allocs"`              // by operation
	Ratio   *float64 `json:"ratio_to_best_rival"` // median of the rounds; of references none
	Role    Role     `json:"role"`
	Note    string   `json:"note,omitempty"` // what a reference does not give, or how one does it

	// Of cases about the use of several cores.
	ToSerial *float64 `json:"ratio_to_serial,omitempty"` // median of the rounds
	CPU      *float64 `json:"cpu_percent,omitempty"`     // 200 are two cores
}

// rows tells of each subject, in the case's order.
func (r result) rows(pattern string) []Row {
	best := r.bestRival()
	rows := make([]Row, len(r.Subjects))
	for i, s := range r.Subjects {
		rows[i] = Row{Pattern: pattern, Case: r.Name, Who: s.Who, Role: s.Role,
			Note: s.Note, NS: r.ns(i), Spread: r.spread(i), Allocs: r.allocs(i)}
		switch {
		case best < 0:
			rows[i].Role = Reference
		case s.Role != Reference:
			ratio := r.ratio(i, best).Median
			rows[i].Ratio = &ratio
		}
		if serial := r.find(r.Serial); serial >= 0 {
			ratio, cpu := r.ratio(i, serial).Median, 100*r.cores(i)
			rows[i].ToSerial, rows[i].CPU = &ratio, &cpu
		}
	}
	return rows
}

// bestRival is the rival with the lowest median, or -1 if there is none.
func (r result) bestRival() int {
	best := -1
	for i, s := range r.Subjects {
		if s.Role == Rival && (best < 0 || r.ns(i) < r.ns(best)) {
			best = i
		}
	}
	return best
}

// ns is the median time of an operation of subject i.
func (r result) ns(i int) float64 { return measure.Median(r.times(i)).Median }

// allocs is the median number of allocations of an operation of subject i. What
// a run allocates once, spread over its operations, is no allocation of theirs.
func (r result) allocs(i int) float64 {
	var counts []float64
	for _, s := range r.rounds[i] {
		counts = append(counts, s.allocs)
	}
	return math.Round(measure.Median(counts).Median*100) / 100
}

// cores is how many cores ran for subject i on average: the median of the rounds.
func (r result) cores(i int) float64 {
	var cores []float64
	for _, s := range r.rounds[i] {
		cores = append(cores, s.cores)
	}
	return measure.Median(cores).Median
}

// find returns the subject of that name, or -1 if there is none or no name.
func (r result) find(who string) int {
	return slices.IndexFunc(r.Subjects, func(s Subject) bool { return who != "" && s.Who == who })
}

// spread is how far apart the quartiles of subject i's times are, as a share of
// the median: of few rounds one may be disturbed and tell nothing of the rest.
func (r result) spread(i int) float64 {
	sorted := slices.Sorted(slices.Values(r.times(i)))
	return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / quantile(sorted, 0.5)
}

// quantile of sorted values, between neighbours by proportion.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

func (r result) times(i int) []float64 {
	var times []float64
	for _, s := range r.rounds[i] {
		times = append(times, s.ns)
	}
	return times
}

// ratio is how many times as long i takes as j, compared within each round.
func (r result) ratio(i, j int) measure.Estimate {
	var ratios []float64
	for round := range r.rounds[i] {
		ratios = append(ratios, r.rounds[i][round].ns/r.rounds[j][round].ns)
	}
	return measure.Median(ratios)
}

// fewest rounds from which a difference is told: of five, the true median lies
// between the least and the greatest 15 times out of 16.
const fewest = 5

// verdict says in words what a ratio tells.
func verdict(e measure.Estimate, rounds int) string {
	switch {
	case rounds < fewest:
		return "too few rounds to tell"
	case e.Low <= 1 && 1 <= e.High:
		return "no difference"
	case e.Median < 1:
		return "faster"
	}
	return "slower"
}
