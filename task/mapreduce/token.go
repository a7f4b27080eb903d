package mapreduce

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unsafe"
)

// A Token is a piece of the input: a word, a line, a field. It points into the
// input and must not be used after Map has returned; [Token.String] copies it.
type Token struct {
	p unsafe.Pointer // lead bytes before and padding bytes behind can be read
	n int
}

// Before and behind every buffer that is scanned there are bytes that can be read.
const (
	lead    = 8
	padding = 64
)

// grow makes room for n bytes and the padding behind b.
func grow(b []byte, n int) []byte {
	if n += padding; n <= cap(b)-len(b) && cap(b) > 0 {
		return b
	}
	larger := make([]byte, lead+len(b), lead+len(b)+max(n, len(b)))[lead:]
	copy(larger, b)
	return larger
}

// inWords is how many bytes of a key stand in two words.
const inWords = 16

// words are the first 16 bytes, zeros behind the end.
func (t Token) words() (lo, hi uint64) {
	m := &masks[min(uint(t.n), inWords)]
	return load(t.p) & m.lo, load(unsafe.Add(t.p, 8)) & m.hi
}

// masks[n] keeps the first n bytes of two words.
var masks = func() (m [inWords + 1]struct{ lo, hi uint64 }) {
	for n := range m {
		m[n].lo = ^uint64(0) >> (64 - 8*min(n, 8))
		m[n].hi = ^uint64(0) >> (64 - 8*max(n-8, 0))
	}
	return m
}()

func load(p unsafe.Pointer) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(p)[:])
}

// tokenOf is the token of b, which it returns with room for the padding.
func tokenOf(b []byte) (Token, []byte) {
	b = grow(b, 0)
	return Token{unsafe.Pointer(unsafe.SliceData(b)), len(b)}, b
}

// Len is the number of bytes.
func (t Token) Len() int { return t.n }

// Bytes are the token's own, which are the input's: they must not be changed,
// nor used after Map has returned.
func (t Token) Bytes() []byte { return unsafe.Slice((*byte)(t.p), t.n) }

// String is a copy.
func (t Token) String() string { return string(t.Bytes()) }

// text is the token as a string that lives no longer than the token.
func (t Token) text() string { return unsafe.String((*byte)(t.p), t.n) }

// Int is the token as a decimal number; false if it is none, or too large.
func (t Token) Int() (int64, bool) { return t.fixed(0) }

// Float is the token as a number, in any form that strconv.ParseFloat takes.
func (t Token) Float() (float64, bool) {
	f, err := strconv.ParseFloat(t.text(), 64)
	return f, err == nil
}

// Fixed is the token as a decimal number with up to that many places behind the
// point, in units of the last place: "-3.5" is -350 with two places. It is false
// if the token is no such number, or too large.
//
// This is the short way, for up to seven digits of which as many as there may be
// stand behind the point. It looks at the last eight bytes, so the point is where
// places says. Signs and lengths come as they please: there is no branch for them.
func (t Token) Fixed(places int) (int64, bool) {
	sign := (uint64(*(*byte)(t.p)) ^ '-' - 1) >> 63 // 1 if negative
	digits := uint(t.n) - uint(sign) - 1            // besides the point
	if digits-1 >= 7 || digits < uint(places) {
		return t.fixed(places)
	}
	w, at := load(unsafe.Add(t.p, t.n-8)), &points[places&7]
	if w&at.point != at.dot {
		return t.fixed(places)
	}
	// Take the point out, and what stands before the digits.
	w = (w&at.behind | w<<8&^at.behind) ^ zeros
	w &= atEnd8[digits&7]
	if (w+(0x80-10)*ones|w)&highs != 0 { // a byte is above 9
		return 0, false
	}
	return int64((number(w) ^ -sign) + sign), true
}

// number makes a number of eight bytes, each a digit, the first of them the largest.
func number(w uint64) uint64 {
	w = (w*10 + w>>8) & 0x00ff00ff00ff00ff
	w = (w*100 + w>>16) & 0x0000ffff0000ffff
	return (w*10000 + w>>32) & 0xffffffff
}

const zeros = '0' * ones

// points[places] is where the point is in the last eight bytes of a number, and what
// is behind it.
var points = func() (all [8]struct{ point, dot, behind uint64 }) {
	for i := range all {
		at := 56 - 8*i
		all[i].point, all[i].dot = 0xff<<at, '.'<<at
		all[i].behind = ^uint64(0) << at << 8
	}
	return all
}()

// atEnd8[n] keeps the last n bytes of eight.
var atEnd8 = func() (all [8]uint64) {
	for n := range all {
		all[n] = ^uint64(0) << (64 - 8*n)
	}
	return all
}()

// fixed is Fixed for up to eight bytes.
func (t Token) fixed(places int) (int64, bool) {
	if uint(t.n-1) >= 8 || places > 8 { // more than fits into a word, or nothing
		return t.fixedSlow(places)
	}
	w, n := load(t.p), t.n
	sign := (w&0xff ^ '-' - 1) >> 63
	w >>= 8 * sign & 63
	n -= int(sign)
	// The point: the lowest byte that is equal to '.'. No digit looks like one.
	x := w ^ '.'*ones
	if point := (x - ones) &^ x & highs & masks[n].lo; point != 0 {
		at := bits.TrailingZeros64(point) &^ 7
		behind := n - 1 - at/8
		if behind > places || behind < 0 {
			return 0, false
		}
		below := uint64(1)<<at - 1
		w = w&below | w>>8&^below
		n--
		places -= behind
	}
	if n == 0 {
		return 0, false
	}
	w = w<<(64-8*n) | zeros>>(8*n)
	if ((w+0x46*ones)|(w-zeros))&highs != 0 {
		return 0, false
	}
	v := number(w-zeros) * pow10[places]
	return int64((v ^ -sign) + sign), true
}

var pow10 = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

func (t Token) fixedSlow(places int) (int64, bool) {
	b := t.Bytes()
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	var v uint64
	digits, behind := 0, -1 // behind the point, once there is one
	for _, c := range b {
		switch {
		case c == '.' && behind < 0:
			behind = 0
			continue
		case c < '0' || c > '9':
			return 0, false
		}
		var ok bool
		if v, ok = shift(v, uint64(c-'0')); !ok {
			return 0, false
		}
		digits++
		if behind >= 0 {
			behind++
		}
	}
	behind = max(behind, 0)
	if digits == 0 || behind > places {
		return 0, false
	}
	for range places - behind {
		var ok bool
		if v, ok = shift(v, 0); !ok {
			return 0, false
		}
	}
	if negative {
		return -int64(v), v <= 1<<63
	}
	return int64(v), v < 1<<63
}

// shift puts another digit behind v, unless it becomes too large.
func shift(v, digit uint64) (uint64, bool) {
	if v > (1<<63-digit)/10 {
		return 0, false
	}
	return 10*v + digit, true
}
