package index

import (
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
)

// words cuts a line into its words: runs of letters and digits, in small
// letters. Bytes that are no UTF-8 belong to no word.
type words struct {
	count *atomic.Int64 // if not nil, their number is added to it
}

func (w words) Tokenize(line []byte) analysis.TokenStream {
	// All tokens of a line and their text are three allocations.
	tokens := make([]analysis.Token, 0, len(line)/5+1)
	text := make([]byte, 0, len(line))
	start, from := -1, 0
	end := func(at int) {
		if start < 0 {
			return
		}
		tokens = append(tokens, analysis.Token{
			Start: from, End: at, Term: text[start:len(text):len(text)],
			Position: len(tokens) + 1, Type: analysis.AlphaNumeric,
		})
		start = -1
	}
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(line[i:])
		}
		if inWord(r, size) {
			if start < 0 {
				start, from = len(text), i
			}
			text = utf8.AppendRune(text, lower(r))
		} else {
			end(i)
		}
		i += size
	}
	end(len(line))
	if w.count != nil {
		w.count.Add(int64(len(tokens)))
	}
	stream := make(analysis.TokenStream, len(tokens))
	for i := range tokens {
		stream[i] = &tokens[i]
	}
	return stream
}

// apart is what appendWords puts around words; it is in none.
const apart = " "

// appendWords appends the words of a line, as Tokenize cuts it, each between two
// spaces.
func appendWords(text, line []byte) []byte {
	text = append(text, apart...)
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(line[i:])
		}
		i += size
		switch {
		case r < utf8.RuneSelf && small[r] != 0:
			text = append(text, small[r])
		case r >= utf8.RuneSelf && inWord(r, size):
			text = utf8.AppendRune(text, lower(r))
		case text[len(text)-1] != apart[0]:
			text = append(text, apart...)
		}
	}
	if text[len(text)-1] != apart[0] {
		text = append(text, apart...)
	}
	return text
}

// small are the ASCII letters and digits, in small letters; 0 is anything else.
var small = func() (table [utf8.RuneSelf]byte) {
	for r := range rune(utf8.RuneSelf) {
		if inWord(r, 1) {
			table[r] = byte(lower(r))
		}
	}
	return table
}()

func inWord(r rune, size int) bool {
	switch {
	case r < utf8.RuneSelf:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	case r == utf8.RuneError && size == 1:
		return false
	default:
		return unicode.IsLetter(r) || unicode.IsNumber(r)
	}
}

func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}
