package main

import (
	"fmt"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/choose"
)

// page is an answer as text: headings at the left edge, and beside each of them
// rows of a name and what there is to say of it.
type page struct {
	strings.Builder
	terminal show.Terminal
}

type row struct{ name, main, more string }

// choosePage says also, if a program was written, which notes it does not follow.
func choosePage(terminal show.Terminal, a *choose.Answer, written bool) string {
	p := &page{terminal: terminal}
	p.rows("CHOOSE", []row{{a.Leaf, a.Title, "route " + a.Route + ", decided by" + a.Decided.Flags()}})
	p.rows("STACK", rowsOf(a.Layers, func(l choose.Layer) row { return row{l.Level, l.Pattern, l.Why} }))
	p.rows("WHY", []row{{"", a.Why, ""}})
	p.rows("FIT", rowsOf(a.Notes, func(n choose.Note) row {
		use := n.Use
		if written && a.Lacks(n) {
			use = "not in the program: add " + use
		}
		return row{n.Question + " " + n.Answer, use, n.Why}
	}))
	if a.Model != nil {
		p.rows("MODEL", modelRows(a.Model))
	}
	p.rows("NOT", rowsOf(a.RulesOut, func(r choose.Reason) row { return row{r.What, r.Why, ""} }))
	p.rows("LAWS", rowsOf(a.Laws, func(l choose.Law) row { return row{l.Name, l.Says, l.Try} }))
	p.rows("USE", rowsOf(a.Packages, packageRow))
	p.rows("GO", rowsOf(a.Standard, func(r choose.Reason) row { return row{r.What, r.Why, ""} }))
	p.rows("ELSE", rowsOf(a.Otherwise, func(t choose.Turn) row { return row{t.Leaf, "if -" + t.Question + " " + t.Answer, ""} }))
	return p.String()
}

func packageRow(k choose.Package) row {
	if k.Here {
		return row{k.Path, k.What, ""}
	}
	return row{k.Path, "not built yet: " + k.What, "meanwhile " + k.Meanwhile}
}

func rowsOf[T any](all []T, f func(T) row) []row {
	rows := make([]row, len(all))
	for i, v := range all {
		rows[i] = f(v)
	}
	return rows
}

// rows writes a heading and its rows, with the names in a column.
func (p *page) rows(heading string, rows []row) {
	const margin = 8 // right of the headings
	indent := margin
	for _, r := range rows {
		if r.name != "" {
			indent = max(indent, margin+show.Width(r.name)+2)
		}
	}
	for _, r := range rows {
		name := r.name
		for _, line := range p.lines(r, p.terminal.Width-indent) {
			pad := strings.Repeat(" ", margin-show.Width(heading))
			fmt.Fprintf(p, "%s%s%-*s%s\n", p.terminal.Bold(heading), pad, indent-margin, name, line)
			heading, name = "", ""
		}
	}
	p.WriteByte('\n')
}

// lines are those of a row; its main text stands out if there is more.
func (p *page) lines(r row, columns int) []string {
	lines, more := show.Wrap(r.main, columns), show.Wrap(r.more, columns)
	if len(more) == 0 {
		return lines
	}
	for i, line := range lines {
		lines[i] = p.terminal.Bold(line)
	}
	return append(lines, more...)
}
