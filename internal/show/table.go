package show

import "strings"

// Table lines up cells in columns, two spaces apart.
type Table struct {
	// Align has a letter for each column: 'l' or 'r'. Columns beyond it are
	// left-aligned.
	Align  string
	Indent int // spaces before the first column

	rows [][]string
}

// Row adds a row. Rows may differ in length.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Lines gives the rows as text without trailing spaces, each cut to the
// terminal's width.
func (t *Table) Lines(terminal Terminal) []string {
	widths := t.widths()
	lines := make([]string, len(t.rows))
	for r, row := range t.rows {
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", t.Indent))
		for c, cell := range row {
			pad := strings.Repeat(" ", widths[c]-Width(cell))
			if c > 0 {
				b.WriteString("  ")
			}
			if c < len(t.Align) && t.Align[c] == 'r' {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		lines[r] = terminal.Truncate(strings.TrimRight(b.String(), " "), terminal.Width)
	}
	return lines
}

// Text is the lines, each ended.
func (t *Table) Text(terminal Terminal) string {
	if len(t.rows) == 0 {
		return ""
	}
	return strings.Join(t.Lines(terminal), "\n") + "\n"
}

func (t *Table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for c, cell := range row {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], Width(cell))
		}
	}
	return widths
}
