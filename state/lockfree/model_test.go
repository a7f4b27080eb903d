package lockfree

import (
	"fmt"
	"testing"
)

// The model runs three writers and a reader of a Cell through every order of
// their atomic steps: a load of the pointer, and a compare-and-swap. Pointers
// are numbers that are never used twice, as the collector guarantees; each
// value counts the updates that are in it. A writer gives up after two tries.

const (
	modelWriters = 3
	modelTries   = 2
)

type cellWriter struct {
	loaded int8 // the pointer; 0: none in hand
	tries  int8
	done   bool
	gaveUp bool
}

type cellState struct {
	current int8                   // the pointer
	values  [modelWriters + 2]int8 // by pointer: updates in the value
	next    int8                   // pointer to give away next
	writers [modelWriters]cellWriter
	seen    int8 // the largest value that the reader has seen
	reads   int8
	plain   bool // the seeded flaw: a store instead of a compare-and-swap
}

// step lets writer i, or the reader if i is modelWriters, go on.
func (s cellState) step(i int) (cellState, bool, error) {
	if i == modelWriters {
		if s.reads == 3 {
			return s, false, nil
		}
		s.reads++
		if v := s.values[s.current]; v < s.seen {
			return s, true, fmt.Errorf("the reader saw %d after %d", v, s.seen)
		} else {
			s.seen = v
		}
		return s, true, nil
	}
	w := &s.writers[i]
	switch {
	case w.done || w.gaveUp:
		return s, false, nil
	case w.loaded == 0:
		w.loaded = s.current
		return s, true, nil
	}
	old := w.loaded
	w.loaded = 0
	if s.current != old && !s.plain {
		w.tries++
		w.gaveUp = w.tries == modelTries
		return s, true, nil
	}
	s.values[s.next] = s.values[old] + 1
	s.current = s.next
	s.next++
	w.done = true
	return s, true, nil
}

func (s cellState) check() error {
	done := int8(0)
	for _, w := range s.writers {
		if w.done {
			done++
		}
	}
	if s.values[s.current] != done {
		return fmt.Errorf("%d updates were done, and the value has %d: %+v", done, s.values[s.current], s)
	}
	if done == 0 {
		return fmt.Errorf("nobody made progress: %+v", s)
	}
	return nil
}

func exploreCell(s cellState, seen map[cellState]bool) error {
	if seen[s] {
		return nil
	}
	seen[s] = true
	moved := false
	for i := range modelWriters + 1 {
		after, ok, err := s.step(i)
		if err != nil {
			return err
		}
		if ok {
			moved = true
			if err := exploreCell(after, seen); err != nil {
				return err
			}
		}
	}
	if !moved {
		return s.check()
	}
	return nil
}

func TestModel(t *testing.T) {
	seen := map[cellState]bool{}
	if err := exploreCell(cellState{current: 1, next: 2}, seen); err != nil {
		t.Error(err)
	}
	t.Logf("%d states", len(seen))
	if len(seen) < 300 {
		t.Errorf("only %d states: the model looks at too little", len(seen))
	}
	if exploreCell(cellState{current: 1, next: 2, plain: true}, map[cellState]bool{}) == nil {
		t.Error("a plain store loses updates, and the model does not see it")
	}
}
