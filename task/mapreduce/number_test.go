package mapreduce

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unsafe"
)

func FuzzFixed(f *testing.F) {
	for _, s := range []string{"", "-", ".", "-.", "1", "-1", "12.3", "123.4", "-1234", "-99.9", "0.0", "-0.0", ".5", "5.", "1.23", "1..2", "1.2.3", "--1", "+1", "1-", "a", "12a", "/", ":", "1/2",
		"12345678", "-1234567", "123456789", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "922337203685477580.7",
		"1234567.", "1234.567", "\xb012", "\xff", "1\x00", "\x001", "0000000000000000000000001"} {
		for _, places := range []int{0, 1, 3, 8, 9, 20} {
			f.Add(s, places)
		}
	}
	f.Fuzz(func(t *testing.T, s string, places int) {
		if places < 0 || places > 40 {
			return
		}
		got, ok := textToken(s).Fixed(places)
		want, wantOK := fixed(s, places)
		if got != want && ok || ok != wantOK {
			t.Errorf("Fixed(%d) of %q is %d, %t; want %d, %t", places, s, got, ok, want, wantOK)
		}
	})
}

// textToken stands between what looks like more of the number.
func textToken(s string) Token {
	const more = "-1234.5.678"
	t, _ := tokenOf([]byte(more + s + more))
	return Token{unsafe.Add(t.p, len(more)), len(s)}
}

var decimal = regexp.MustCompile(`^-?(\d+\.?\d*|\.\d+)$`)

// fixed is Fixed with numbers of any size.
func fixed(s string, places int) (int64, bool) {
	whole, behind, _ := strings.Cut(s, ".")
	if !decimal.MatchString(s) || strings.ContainsAny(s, "\n") || len(behind) > places {
		return 0, false
	}
	n, ok := new(big.Int).SetString(whole+behind+strings.Repeat("0", places-len(behind)), 10)
	if !ok || !n.IsInt64() {
		return 0, false
	}
	return n.Int64(), true
}
