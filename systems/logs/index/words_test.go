package index

import (
	"bytes"
	"testing"
)

// Phrases are cut as lines are.
func FuzzWords(f *testing.F) {
	for _, line := range []string{"", "a", "GET /Shop?x=1 HTTP/1.1", "ÄÖ\xffß 7½", "  . .", "ſK", "日本 語", "\xe6\x97"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		want := []byte(apart)
		for _, token := range (words{}).Tokenize(line) {
			want = append(append(want, token.Term...), apart...)
		}
		if got := appendWords(nil, line); !bytes.Equal(got, want) {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	})
}
