package choose

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Grid is figures that differ in one thing from column to column.
type Grid struct {
	Name    string // one word
	Title   string
	Columns []string
	Rows    []GridRow
}

// GridRow is one model. Its cells have units. A last column tells how far the
// quartiles of its runs were apart, where that was most.
type GridRow struct {
	Who   string
	Cells []string
}

// Grids are the figures as tables.
func (m *Measured) Grids() []Grid {
	base := Load{Bytes: 8, Tasks: 8}
	with := func(change func(*Load)) Load {
		l := base
		change(&l)
		return l
	}
	size := func(by Carriage) func(int) Load {
		return func(n int) Load { return Load{Bytes: n, By: by, Tasks: 8} }
	}
	grids := []Grid{
		m.grid("PAYLOAD", "a change by 8 tasks that do nothing else, and send a copy of so much; or a pointer to 64 KiB that are there",
			append(columns(payloads, sizeOf, size(Copy)), column{"pointer", Load{Bytes: 64 << 10, By: Pointer, Tasks: 8}})),
		m.grid("NEW", "the same, with a pointer to so much that is made for each change",
			columns(payloads[1:], sizeOf, size(New))),
		m.grid("TASKS", "a change of 8 B by so many tasks, of all together",
			columns([]int{1, 2, 8, 64}, func(n int) string { return count(n, "task") }, func(n int) Load { return with(func(l *Load) { l.Tasks = n }) })),
		m.grid("WORK", "a change of 8 B by 8 tasks that computes for so long, or waits",
			append(columns([]time.Duration{0, time.Microsecond, 10 * time.Microsecond, 100 * time.Microsecond}, duration,
				func(d time.Duration) Load { return with(func(l *Load) { l.Work = d }) }),
				column{"waits " + duration(waiting), with(func(l *Load) { l.Wait = waiting })})),
		m.grid("KEYS", "the same with a lock or an owner for each of 64 keys",
			append(columns([]time.Duration{0, 10 * time.Microsecond, 100 * time.Microsecond}, duration,
				func(d time.Duration) Load { return with(func(l *Load) { l.Of, l.Work = Keys, d }) }),
				column{"waits " + duration(waiting), with(func(l *Load) { l.Of, l.Wait = Keys, waiting })})),
		m.grid("READS", "a use by 8 tasks, of 100 of which so many read 8 B and the others change them",
			columns([]int{90, 99, 100}, func(n int) string { return fmt.Sprint(n) }, func(n int) Load { return with(func(l *Load) { l.Reads = n }) })),
		m.grid("TWO", "two rows at once, by 8 tasks", []column{{"both", with(func(l *Load) { l.Of = Two })}}),
	}
	return append(grids, m.ownGrid(), m.waitGrid())
}

// percent is a share in words.
func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// duration is one of a single unit.
func duration(d time.Duration) string {
	text := d.String()
	unit := strings.IndexFunc(text, unicode.IsLetter)
	return text[:unit] + " " + text[unit:]
}

type column struct {
	name string
	load Load
}

func columns[T any](of []T, name func(T) string, load func(T) Load) (all []column) {
	for _, v := range of {
		all = append(all, column{name(v), load(v)})
	}
	return all
}

// grid has a row for each model that was measured under the first load.
func (m *Measured) grid(name, title string, columns []column) Grid {
	g := Grid{Name: name, Title: title}
	for _, c := range columns {
		g.Columns = append(g.Columns, c.name)
	}
	g.Columns = append(g.Columns, "spread")
	for _, f := range m.under(columns[0].load) {
		if f.Bare {
			continue // it is not in all columns
		}
		row := GridRow{Who: f.Who}
		var spread float64
		for _, c := range columns {
			here := m.of(f.Who, c.load)
			row.Cells = append(row.Cells, span(here.NS))
			spread = max(spread, here.Spread)
		}
		row.Cells = append(row.Cells, percent(spread))
		g.Rows = append(g.Rows, row)
	}
	return g
}

// busy are the loads in which tasks have work of their own.
func busy() []column {
	return columns([]int{1, 8, 64}, func(n int) string { return count(n, "task") }, func(n int) Load { return Load{Bytes: 8, Tasks: n, Own: beside} })
}

// ownGrid tells what is left for other work.
func (m *Measured) ownGrid() Grid {
	g := Grid{Name: "OWN", Title: fmt.Sprintf("how many times as long work of %s takes, on all cores, when a change of 8 B follows each time", duration(beside))}
	for _, c := range busy() {
		g.Columns = append(g.Columns, c.name)
	}
	for _, f := range m.under(busy()[0].load) {
		row := GridRow{Who: f.Who}
		for _, c := range busy() {
			row.Cells = append(row.Cells, fmt.Sprintf("%.2fx", m.of(f.Who, c.load).OfOwn))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// waitGrid tells how long 99 of 100 changes take, at most.
func (m *Measured) waitGrid() Grid {
	g := Grid{Name: "WAITS", Title: fmt.Sprintf("99 of 100 changes of 8 B take no longer until the task goes on, and until the change is there; in between a task computes %s", duration(beside))}
	for _, c := range busy() {
		g.Columns = append(g.Columns, c.name, "there")
	}
	for _, f := range m.under(busy()[0].load) {
		row := GridRow{Who: f.Who}
		for _, c := range busy() {
			w, _ := m.waits(f.Who, c.load)
			row.Cells = append(row.Cells, span(w.GoesOn), span(w.There))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
