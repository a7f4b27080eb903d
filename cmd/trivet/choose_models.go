package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/choose"
)

// printModels prints all figures of the models of shared state.
func printModels(e *env, asJSON bool) error {
	m := choose.Models()
	if asJSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(m)
	}
	_, err := fmt.Fprint(e.stdout, modelsPage(e.terminal(), m))
	return err
}

func modelsPage(terminal show.Terminal, m *choose.Measured) string {
	var page strings.Builder
	for _, g := range m.Grids() {
		page.WriteString(headed(terminal, g.Name, g.Title))
		table := show.Table{Indent: 8, Align: "l" + strings.Repeat("r", len(g.Columns))}
		table.Row(append([]string{""}, g.Columns...)...)
		for _, r := range g.Rows {
			table.Row(append([]string{r.Who}, r.Cells...)...)
		}
		page.WriteString(table.Text(terminal) + "\n")
	}
	for _, f := range m.Crossings() {
		page.WriteString(headed(terminal, strings.ToUpper(f.About), f.Says) + "\n")
	}
	return page.String() + headed(terminal, "FROM", fmt.Sprintf("%s, %s; again: %s", m.Machine, m.Date, choose.Again))
}

// headed is a text beside a heading.
func headed(terminal show.Terminal, heading, text string) string {
	lines := show.Wrap(text, terminal.Width-8)
	return terminal.Bold(fmt.Sprintf("%-8s", heading)) + strings.Join(lines, "\n        ") + "\n"
}

// modelRows are the section about what is shared.
func modelRows(m *choose.Model) []row {
	rows := []row{{"take", m.Take, m.Why}}
	for _, c := range m.Costs {
		rows = append(rows, row{c.Who, c.Text(), ""})
	}
	for _, f := range m.Facts {
		rows = append(rows, row{f.About, f.Says, ""})
	}
	return append(rows,
		row{"measured", fmt.Sprintf("%s; %s, %s; the quartiles of a row's runs are up to %.0f %% apart", m.Says, m.Machine, m.Date, 100*m.Spread()), ""},
		row{"again", m.Again, ""})
}
