package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/page"
)

func printCounts(w io.Writer, in *ingest.Ingest, asJSON bool) error {
	c, took := in.Counts(), in.Took()
	if asJSON {
		return printJSON(w, struct {
			ingest.Counts
			Seconds float64        `json:"seconds"`
			Stages  []ingest.Stage `json:"stages"`
		}{c, took.Seconds(), in.Stages()})
	}
	line := fmt.Sprintf("%d lines in %.1f s, %.0f a second", c.Indexed, took.Seconds(), float64(c.Indexed)/max(took.Seconds(), 1e-9))
	if c.Raw > 0 {
		line += fmt.Sprintf("; %d of them are in no format that was asked for (format:raw finds them)", c.Raw)
	}
	if c.Dead > 0 {
		line += fmt.Sprintf("; %d more are dead letters", c.Dead)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// tellDead says how many lines no search can find, where they are, and why the
// last of them is there.
func (s *settings) tellDead(w io.Writer, dead *ingest.DeadLetters) {
	count, last := dead.Last()
	if count == 0 {
		return
	}
	name, err := filepath.Abs(s.dead)
	if err != nil {
		name = s.dead
	}
	fmt.Fprintf(w, "logs: dead letters, which no search finds: %d, in %s; the last is %s:%d: %s\n",
		count, name, last[0].Source, last[0].Line, printable(last[0].Reason))
}

func printFound(w io.Writer, f page.Found, asJSON bool) error {
	if asJSON {
		return printJSON(w, f)
	}
	var b strings.Builder
	for _, h := range f.Hits {
		fmt.Fprintf(&b, "%s:%d: %s\n", h.Source, h.Line, printable(h.Text))
	}
	if f.AtLeast {
		b.WriteString("at least ")
	}
	fmt.Fprintf(&b, "%d lines in %.1f ms", f.Total, f.Millis)
	if len(f.Missing) > 0 {
		fmt.Fprintf(&b, ", without %s", strings.Join(f.Missing, ", "))
	}
	if f.AtLeast {
		b.WriteString("; -count 0 counts all")
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// printable keeps what a log says from moving the cursor of a terminal.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && !strconv.IsPrint(r) }) {
		q := strconv.Quote(s)
		return q[1 : len(q)-1]
	}
	return s
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
