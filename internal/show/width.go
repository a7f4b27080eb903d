package show

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide are the runes that take two columns: East Asian wide and full-width
// ones, and emoji, by blocks (Unicode Standard Annex 11).
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x25fd, 0x25fe, 1},
		{0x2614, 0x2615, 1}, {0x2648, 0x2653, 1}, {0x26a1, 0x26a1, 1}, {0x2705, 0x2705, 1},
		{0x274c, 0x274c, 1}, {0x2753, 0x2755, 1}, {0x2795, 0x2797, 1}, {0x2b1b, 0x2b1c, 1},
		{0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18aff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f18e, 0x1f18e, 1}, {0x1f191, 0x1f19a, 1},
		{0x1f200, 0x1f320, 1}, {0x1f32d, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f7e0, 0x1f7eb, 1},
		{0x1f900, 0x1f9ff, 1}, {0x1fa70, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}

// runeWidth is the number of columns that a rune takes.
func runeWidth(r rune) int {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// escape is the length of the style sequence that s begins with, or 0.
func escape(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
	}
	return 0
}

// Width is the number of columns that s takes on a terminal. Styles take none.
func Width(s string) int {
	columns := 0
	for s != "" {
		if n := escape(s); n > 0 {
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		columns += runeWidth(r)
		s = s[size:]
	}
	return columns
}

// Truncate shortens s to at most that many columns. A text that was cut ends
// in "…", or in "~" when the terminal knows no UTF-8; its styles are closed.
func (t Terminal) Truncate(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	if columns < 1 {
		return ""
	}
	mark := "…"
	if !t.UTF8 {
		mark = "~"
	}
	var b strings.Builder
	left := columns - 1
	styled := false
	for s != "" {
		if n := escape(s); n > 0 {
			b.WriteString(s[:n])
			s, styled = s[n:], true
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if left -= runeWidth(r); left < 0 {
			break
		}
		b.WriteString(s[:size])
		s = s[size:]
	}
	b.WriteString(mark)
	if styled {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

// Wrap breaks text at spaces into lines of at most that many columns. A word
// that is longer keeps a line of its own.
func Wrap(text string, columns int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && Width(line)+1+Width(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
