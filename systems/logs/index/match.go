package index

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A matcher tells which lines of a segment a query finds, without ranking them.
// The searchers of the library go from line to line. But the lines with a word
// lie in a segment as a set of bits, and matchers put such sets together: what
// they need hardly depends on how many lines there are.
type matcher interface {
	in(p *part) (lines, error)
}

// A part is one segment in a view.
type part struct {
	*scorch.SegmentSnapshot
	*timeline
	ctx   context.Context // of the search
	start uint64          // number in the view of the first line
}

// lines are a set of lines of a segment.
type lines struct {
	// may are the lines that may be in the set. It is only read: it can be a part
	// of the index.
	may *roaring.Bitmap

	// check looks at one of these, which takes long. If it is nil, all of them are
	// in the set.
	check func(number uint32) (bool, error)
}

func (l *lines) has(number uint32) (bool, error) {
	if l.check == nil || !l.may.Contains(number) {
		return l.may.Contains(number), nil
	}
	return l.check(number)
}

// everything finds all lines.
type everything struct{}

func (everything) in(p *part) (lines, error) { return lines{may: p.DocNumbersLive()}, nil }

// nothing is a query without a word, which a boolean query does not heed.
type nothing struct{}

func (nothing) in(*part) (lines, error) { return lines{may: roaring.New()}, nil }

func (t term) in(p *part) (lines, error) {
	dict, err := p.Segment().Dictionary(t.field)
	if err != nil {
		return lines{}, err
	}
	bits, err := withTerm(dict, t.text, p.Deleted())
	return lines{may: bits}, err
}

// withTerm returns the lines that have a term, except some.
func withTerm(dict segment.TermDictionary, text string, except *roaring.Bitmap) (*roaring.Bitmap, error) {
	list, err := dict.PostingsList([]byte(text), except, nil)
	if err != nil {
		return nil, err
	}
	found, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return nil, fmt.Errorf("index: a segment of an unknown kind: %T", list)
	}
	if number, ok := found.DocNum1Hit(); ok {
		return roaring.BitmapOf(uint32(number)), nil
	}
	if bits := found.ActualBitmap(); bits != nil {
		return bits, nil
	}
	return roaring.New(), nil
}

// boolean finds the lines of all of must, and of none of not; if there are no
// must, of any of should; and if there are none either, of everything.
type boolean struct{ must, should, not []matcher }

func (b *boolean) in(p *part) (lines, error) {
	yes, err := b.wanted(p)
	if err != nil || len(b.not) == 0 || yes.may.IsEmpty() {
		return yes, err
	}
	no, err := in(p, b.not)
	if err != nil {
		return lines{}, err
	}
	return without(yes, or(no)), nil
}

func (b *boolean) wanted(p *part) (lines, error) {
	switch {
	case len(b.must) > 0:
		all, err := in(p, b.must)
		return and(all), err
	case len(b.should) > 0:
		all, err := in(p, b.should)
		return or(all), err
	default:
		return everything{}.in(p)
	}
}

func in(p *part, matchers []matcher) (all []lines, err error) {
	for _, m := range matchers {
		l, err := m.in(p)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func bitsOf(all []lines) (bits []*roaring.Bitmap, exact bool) {
	exact = true
	for _, l := range all {
		bits = append(bits, l.may)
		exact = exact && l.check == nil
	}
	return bits, exact
}

func and(all []lines) lines {
	if len(all) == 1 {
		return all[0]
	}
	bits, exact := bitsOf(all)
	l := lines{may: roaring.FastAnd(bits...)}
	if exact {
		return l
	}
	l.check = func(number uint32) (bool, error) {
		for i := range all {
			if ok, err := all[i].has(number); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	}
	return l
}

func or(all []lines) lines {
	if len(all) == 1 {
		return all[0]
	}
	bits, exact := bitsOf(all)
	l := lines{may: roaring.FastOr(bits...)}
	if exact {
		return l
	}
	l.check = func(number uint32) (bool, error) {
		for i := range all {
			if ok, err := all[i].has(number); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return l
}

func without(yes, no lines) lines {
	if no.check == nil {
		return lines{roaring.AndNot(yes.may, no.may), yes.check}
	}
	return lines{yes.may, func(number uint32) (bool, error) {
		if ok, err := yes.has(number); !ok || err != nil {
			return false, err
		}
		excluded, err := no.has(number)
		return !excluded, err
	}}
}
