package law

import "fmt"

// GustafsonFit is Gustafson's law fitted to times of several problem sizes.
type GustafsonFit struct {
	Gustafson           // for the smallest measured size on one core, growing with the cores
	BaseSize    float64 // that size
	Fixed       float64 // seconds that stay, whatever the size and the cores
	PerSize     float64 // seconds of one core for each unit of size
	SerialError float64 // standard error of Serial; NaN when the points cannot tell it
	Quality             // OneCore is that of BaseSize
}

// FitGustafson splits the times of two or more problem sizes into a serial part
// that stays and a parallel part that grows with the size,
// T(n, size) = fixed + perSize·size/n, by least squares of relative errors over
// the medians. From one size this cannot be done: it would only relabel
// Amdahl's law. It is refused as well when the serial part grows with the
// problem, for then growing the problem does not help. The error is a
// *[Refusal].
func FitGustafson(points []Point) (GustafsonFit, error) {
	samples, err := check("gustafson", points)
	if err != nil {
		return GustafsonFit{}, err
	}
	if err := enoughSizes(samples); err != nil {
		return GustafsonFit{}, err
	}
	base := samples[0].Size
	f, err := newFitter("gustafson", samples, func(n, size float64) []float64 { return []float64{size / base / n, 1} })
	if err != nil {
		return GustafsonFit{}, err
	}
	if err := serialStays(f, base); err != nil {
		return GustafsonFit{}, err
	}
	serial, serialError := f.fraction()
	fit := GustafsonFit{
		Gustafson:   Gustafson{serial},
		BaseSize:    base,
		Fixed:       f.coef[1] * f.unit,
		PerSize:     f.coef[0] * f.unit / base,
		SerialError: serialError,
		Quality:     f.quality(),
	}
	return fit, f.judge(serialError)
}

// enoughSizes refuses samples in which what comes from the size and what comes
// from the cores cannot be told apart.
func enoughSizes(samples []Sample) error {
	coresOf, sizesOf := map[float64]int{}, map[int]int{}
	for _, s := range samples {
		coresOf[s.Size]++
		sizesOf[s.Cores]++
	}
	if len(coresOf) < 2 || samples[0].Size == 0 {
		return &Refusal{"gustafson", TooFewSizes,
			"it needs times of two or more problem sizes",
			"give a size column with at least two sizes, each on several cores"}
	}
	if most(coresOf) < 2 || most(sizesOf) < 2 || len(samples) < 4 {
		return &Refusal{"gustafson", SizesFollow,
			"what comes from the size and what from the cores cannot be told apart",
			"measure at least two sizes on the same two or more core counts"}
	}
	return nil
}

func most[K comparable](counts map[K]int) int {
	n := 0
	for _, c := range counts {
		n = max(n, c)
	}
	return n
}

// serialStays refuses samples that are met clearly better when a part of the
// serial time grows with the size.
func serialStays(f *fitter, base float64) error {
	grows, err := newFitter(f.law, f.samples, func(n, size float64) []float64 {
		return []float64{size / base / n, 1, size / base}
	})
	if err != nil || grows.coef[2] == 0 {
		return nil // not told apart, or nothing grows
	}
	spare, less := float64(len(f.samples)-2), float64(len(f.samples)-3)
	const clearly = 4 // times smaller variance of what is missed
	if f.squares/spare < clearly*grows.squares/max(less, 1) || f.squares/spare < 0.01*0.01 {
		return nil
	}
	one := grows.coef[0] + grows.coef[1] + grows.coef[2]
	return &Refusal{f.law, WrongShape,
		fmt.Sprintf("the serial part grows with the problem (%.0f %% of the one-core time at size %v)", 100*grows.coef[2]/one, base),
		"growing the problem does not lift the limit here: read the amdahl fit of each size"}
}
