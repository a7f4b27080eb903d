package mapreduce

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// textOf is a Text of s, in a padded buffer full of what must not be looked at.
func textOf(s string) *Text {
	b := append(grow(nil, len(s)), s...)
	copy(b[len(b):len(b)+padding], strings.Repeat("x;\n ", padding))
	t := &Text{skip: true}
	t.set("test", 0, b)
	return t
}

// Texts in which something could go wrong at the seams of blocks and batches.
func seams() (all []string) {
	all = []string{"\n", "a\n", " \n", "\n\n\n", ";\n", ";;\n", "\r\n", "a;b\r\n", "a;\r\n", "a\x00;b\x00\n", "é;ü\xff\xfe\n", "\x00\n"}
	for n := range 140 {
		x := strings.Repeat("x", n)
		all = append(all, x+"\n", x+";\n", ";"+x+"\n", x+";"+x+"\r\n", "a "+x+" b\n", strings.Repeat(" ", n)+"\n")
	}
	all = append(all,
		strings.Repeat("ab;cd\n", 1000),
		strings.Repeat("a\n", 1000),
		strings.Repeat(";", 1000)+"\n",
		strings.Repeat("a;", 700)+"\nb;c\n"+strings.Repeat("a;", 300)+"\n",
		strings.Repeat("\n", 1000),
		strings.Repeat("nothing here\n", 500)+"a;b\n",
		strings.Repeat("x", 70000)+"\n"+strings.Repeat("y z\n", 20))
	return all
}

func TestTextSplits(t *testing.T) {
	for _, s := range seams() {
		checkSplits(t, s)
	}
}

// FuzzText compares all ways to split a text with the plain ones of package strings.
func FuzzText(f *testing.F) {
	for _, s := range seams() {
		if len(s) < 300 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) { checkSplits(t, s+"\n") })
}

func checkSplits(t *testing.T, s string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	var pairs, records []string
	malformed := int64(0)
	for _, line := range lines {
		if line == "" {
			continue
		}
		records = append(records, fmt.Sprintf("%q", strings.Split(line, ";")))
		if key, value, ok := strings.Cut(line, ";"); ok {
			pairs = append(pairs, fmt.Sprintf("%q %q", key, value))
		} else {
			malformed++
		}
	}
	var got []string
	for word := range textOf(s).Words() {
		got = append(got, checkToken(t, word))
	}
	same(t, "words", s, got, strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' }))

	got = nil
	for line := range textOf(s).Lines() {
		got = append(got, checkToken(t, line))
	}
	same(t, "lines", s, got, lines)

	got = nil
	text := textOf(s)
	for key, value := range text.Pairs(';') {
		got = append(got, fmt.Sprintf("%q %q", checkToken(t, key), checkToken(t, value)))
	}
	same(t, "pairs", s, got, pairs)
	if text.faulty != malformed {
		t.Errorf("%.80q: %d malformed lines, want %d", s, text.faulty, malformed)
	}

	got = nil
	for record := range textOf(s).Records(';') {
		var fields []string
		for i := range record.Len() {
			fields = append(fields, checkToken(t, record.Field(i)))
		}
		if line := record.Line().String(); line != strings.Join(fields, ";") || record.Field(len(fields)).Len() != 0 {
			t.Errorf("%.80q: the record of %q is %q", s, fields, line)
		}
		got = append(got, fmt.Sprintf("%q", fields))
	}
	same(t, "records", s, got, records)
}

// checkToken compares the token's words with its bytes.
func checkToken(t *testing.T, token Token) string {
	t.Helper()
	var want [inWords]byte
	copy(want[:], token.Bytes())
	lo, hi := token.words()
	if lo != binary.LittleEndian.Uint64(want[:]) || hi != binary.LittleEndian.Uint64(want[8:]) {
		t.Errorf("token %q has the words %x %x", token, lo, hi)
	}
	return token.String()
}

func same(t *testing.T, what, of string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s of %.80q:\ngot  %.300q\nwant %.300q", what, of, got, want)
	}
}
