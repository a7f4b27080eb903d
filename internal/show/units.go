package show

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Duration is d as people say it: "70 ns", "37.4 ms", "208 ms", "1.5 s",
// "2m 05s", "3h 12m". From a hundred units up it drops the decimal.
func Duration(d time.Duration) string {
	if d < 0 {
		if d == math.MinInt64 {
			d++
		}
		return "-" + Duration(-d)
	}
	switch {
	case d == 0:
		return "0 s"
	case d.Round(time.Second) >= time.Hour:
		m := int64(d.Round(time.Minute) / time.Minute)
		return fmt.Sprintf("%dh %02dm", m/60, m%60)
	case d.Round(100*time.Millisecond) >= time.Minute:
		s := int64(d.Round(time.Second) / time.Second)
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	}
	return scaled(float64(d), 1000, []string{" ns", " µs", " ms", " s"})
}

// Seconds is Duration for a count of seconds, of any size.
func Seconds(s float64) string {
	if ns := s * 1e9; math.Abs(ns) < 1 && s != 0 || !(math.Abs(ns) < math.MaxInt64) {
		return fmt.Sprintf("%.3g s", s)
	}
	return Duration(time.Duration(math.Round(s * 1e9)))
}

// Bytes is n in decimal units: "512 B", "4.2 kB", "85.0 MB".
func Bytes(n int64) string {
	return scaled(float64(n), 1000, []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"})
}

// Count is n for reading: "950", "1.3 k", "22.5 M".
func Count(n int64) string {
	return scaled(float64(n), 1000, []string{"", " k", " M", " G", " T", " P", " E"})
}

// Rate is a number per second: "21.0 MB/s" for the unit "B", else "3.7 M
// events/s".
func Rate(perSecond float64, unit string) string {
	if unit == "B" {
		return scaled(perSecond, 1000, []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"}) + "/s"
	}
	n := scaled(perSecond, 1000, []string{"", " k", " M", " G", " T", " P", " E"})
	if unit != "" {
		n += " " + unit
	}
	return n + "/s"
}

// Percent is a share of 1: "<0.1 %", "0.4 %", "27 %".
func Percent(share float64) string {
	p := 100 * share
	switch size := math.Abs(p); {
	case size < 1e-9:
		return "0 %"
	case size < 0.05:
		return "<0.1 %"
	case size < 9.95 && p != math.Trunc(p):
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", p)
}

// Times is a speed-up: "0.85x", "4.7x", "57.7x", "922x".
func Times(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "no limit"
	case x < 0.995:
		return fmt.Sprintf("%.2fx", x)
	case x < 99.95:
		return fmt.Sprintf("%.1fx", x)
	}
	return fmt.Sprintf("%.0fx", x)
}

// scaled picks the unit in which the number is below step. Whole numbers of
// the first unit keep no decimal.
func scaled(n, step float64, units []string) string {
	if n < 0 {
		return "-" + scaled(-n, step, units)
	}
	unit := 0
	for unit < len(units)-1 && n >= step-0.5 {
		n /= step
		unit++
	}
	decimals := 1
	if n >= 99.95 || unit == 0 && n == math.Trunc(n) {
		decimals = 0
	}
	return strconv.FormatFloat(n, 'f', decimals, 64) + units[unit]
}
