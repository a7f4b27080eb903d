package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/why/choose"
)

// Figures are the rows of the board as package choose has them. It wants a row for
// each load that is measured without -full, and leaves out all others.
func Figures(rows []contest.Row) (figures []choose.Figure, err error) {
	for _, l := range Loads() {
		found := rowsOf(rows, l.String())
		if len(found) == 0 {
			return nil, fmt.Errorf("no rows of %q", l)
		}
		for _, r := range found {
			if r.Who == ownAlone {
				continue
			}
			f := choose.Figure{Load: l, Who: plain(r.Who), Hand: r.Role == contest.Rival, Bare: r.Role == contest.Reference, NS: round(r.NS), Spread: round(r.Spread)}
			if r.ToSerial != nil {
				f.OfOwn = round(*r.ToSerial)
			}
			figures = append(figures, f)
		}
	}
	for _, l := range WaitLoads() {
		goesOn, there := rowsOf(rows, waitName(l, goesOn, p99)), rowsOf(rows, waitName(l, seen, p99))
		if len(goesOn) == 0 || len(goesOn) != len(there) {
			return nil, fmt.Errorf("no rows of waits of %q", l)
		}
		for i, r := range goesOn {
			k := slices.IndexFunc(figures, func(f choose.Figure) bool { return f.Load == l && f.Who == plain(r.Who) })
			if k < 0 {
				return nil, fmt.Errorf("no row of %q for its waits, %s", l, r.Who)
			}
			figures[k].GoesOn, figures[k].There = round(r.NS), round(there[i].NS)
		}
	}
	return figures, nil
}

func rowsOf(rows []contest.Row, name string) (found []contest.Row) {
	for _, r := range rows {
		if r.Pattern == costs.Name && r.Case == name {
			found = append(found, r)
		}
	}
	return found
}

// plain is a name without what tells ours from others.
func plain(who string) string { return strings.TrimPrefix(who, "trivet ") }

// round keeps three digits: more say nothing.
func round(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		panic(err) // it was written just now
	}
	return r
}
