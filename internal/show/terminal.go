package show

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// MaxWidth is the number of columns that a report never exceeds, however wide
// the terminal is: longer lines are hard to read, and to paste.
const MaxWidth = 100

// Terminal is what is known of the place where text goes.
type Terminal struct {
	Interactive bool // a person may be watching: progress makes sense
	Styled      bool // emphasis and colour make sense
	UTF8        bool // block characters make sense
	Width       int  // columns, at most MaxWidth
}

// TerminalOf looks at w and at the environment: NO_COLOR (https://no-color.org),
// TERM, COLUMNS, and the locale in LC_ALL, LC_CTYPE or LANG.
func TerminalOf(w io.Writer, getenv func(string) string) Terminal {
	t := Terminal{Width: MaxWidth, UTF8: utf8Locale(getenv)}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil && columns > 0 {
		t.Width = min(columns, MaxWidth)
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t
	}
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
		t.Width = min(columns, MaxWidth)
	}
	t.UTF8 = t.UTF8 || runtime.GOOS == "windows" // a console is written to in UTF-16
	t.Interactive = getenv("TERM") != "dumb" && understandsEscapes(f)
	t.Styled = t.Interactive && getenv("NO_COLOR") == ""
	return t
}

// utf8Locale follows POSIX: the first of the three that is set decides.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// The styles. Each returns the text unchanged where emphasis makes no sense.

// Bold is for the verdict and the headings.
func (t Terminal) Bold(s string) string { return t.style("1", s) }

// Dim is for what can be skipped.
func (t Terminal) Dim(s string) string { return t.style("2", s) }

// Good is green.
func (t Terminal) Good(s string) string { return t.style("32", s) }

// Warn is yellow.
func (t Terminal) Warn(s string) string { return t.style("33", s) }

// Bad is red.
func (t Terminal) Bad(s string) string { return t.style("31", s) }

func (t Terminal) style(code, s string) string {
	if !t.Styled || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

var eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// Bar draws a share, 0 to 1, of width columns. Any share above zero shows. It
// is not padded: the last column of a table, or a cell that the table pads.
func (t Terminal) Bar(share float64, width int) string {
	if !(share > 0) || width < 1 {
		return ""
	}
	share = min(share, 1)
	if !t.UTF8 {
		return strings.Repeat("#", max(1, int(share*float64(width)+0.5)))
	}
	n := max(1, int(share*float64(8*width)+0.5))
	return strings.Repeat("█", n/8) + eighths[n%8]
}
