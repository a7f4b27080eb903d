package limit

import (
	"fmt"
	"testing"
)

// The model runs a few goroutines that acquire and release through every order
// of the steps of the protocol. A step is one change of the word, or one part
// of what is done under the mutex; others may change the word in between, as
// TryAcquire and Release do not take the mutex.
//
// Whatever the order: no more is in use than the limit, all of it comes back,
// nobody is left waiting, and whoever is cancelled keeps nothing.

type modelFlaw int

const (
	sound         modelFlaw = iota
	flagAfterLook           // a waiter looks for room first, and then says that it waits
	releaseSilent           // a release does not look whether somebody waits
	cancelKeeps             // a waiter that is admitted and cancelled at once keeps its weight
)

type modelAt int8

const (
	try     modelAt = iota // TryAcquire
	lockMu                 // wait for the mutex, then join the line
	setFlag                // word.Or
	call                   // offer the first in line, as often as it is admitted
	parked                 // the mutex is given back
	wake                   // it has its weight, or was cancelled: wait for the mutex
	inside                 // holds its weight
	release                // word: give back
	callers                // wait for the mutex, to call
	over
)

type modelProc struct {
	at        modelAt
	weight    int8
	admitted  bool
	cancelled bool
	after     modelAt // where call leads to
}

type modelState struct {
	used   int8
	flag   bool
	mu     int8 // who holds the mutex, from 1
	line   [4]int8
	inLine int8
	procs  [3]modelProc
	flaw   modelFlaw
}

const modelLimit = 2

func (m modelState) next(i int) (after []modelState) {
	p := &m.procs[i]
	me := int8(i + 1)
	goTo := func(at modelAt) []modelState { p.at = at; return []modelState{m} }
	switch p.at {
	case try:
		if !m.flag && m.used+p.weight <= modelLimit {
			m.used += p.weight
			return goTo(inside)
		}
		return goTo(lockMu)
	case lockMu:
		if m.mu != 0 {
			return nil
		}
		m.mu = me
		m.line[m.inLine] = me
		m.inLine++
		p.after = parked
		if m.flaw == flagAfterLook {
			return goTo(call)
		}
		return goTo(setFlag)
	case setFlag:
		m.flag = true
		if m.flaw == flagAfterLook {
			m.mu = 0
			return goTo(parked)
		}
		return goTo(call)
	case call:
		if m.inLine > 0 {
			first := &m.procs[m.line[0]-1]
			if m.used+first.weight <= modelLimit { // one compare-and-swap
				m.used += first.weight
				first.admitted = true
				m.drop(m.line[0])
				return []modelState{m} // once more
			}
		}
		if m.flaw == flagAfterLook && p.after == parked {
			return goTo(setFlag)
		}
		m.mu = 0
		return goTo(p.after)
	case parked:
		if p.admitted {
			awake := m
			awake.procs[i].at = wake
			after = append(after, awake)
		}
		if !p.cancelled { // its context may end now, or later, or never
			gone := m
			gone.procs[i].cancelled, gone.procs[i].at = true, wake
			after = append(after, gone)
		}
		return after
	case wake:
		if m.mu != 0 {
			return nil
		}
		m.mu = me
		switch {
		case p.admitted && !p.cancelled:
			m.mu = 0
			return goTo(inside)
		case p.admitted && m.flaw == cancelKeeps:
			m.mu = 0
			return goTo(over)
		case p.admitted:
			m.used -= p.weight
			p.after = over
			return goTo(call)
		}
		m.drop(me)
		p.after = over
		return goTo(call)
	case inside:
		return goTo(release)
	case release:
		m.used -= p.weight
		if m.flag && m.flaw != releaseSilent {
			return goTo(callers)
		}
		return goTo(over)
	case callers:
		if m.mu != 0 {
			return nil
		}
		m.mu = me
		p.after = over
		return goTo(call)
	}
	return nil
}

// drop takes one out of the line; the last takes the flag with it.
func (m *modelState) drop(who int8) {
	for k := range m.inLine {
		if m.line[k] == who {
			copy(m.line[k:], m.line[k+1:])
			m.inLine--
			m.line[m.inLine] = 0
			break
		}
	}
	if m.inLine == 0 {
		m.flag = false
	}
}

func (m modelState) check() error {
	for i, p := range m.procs {
		if p.at != over {
			return fmt.Errorf("goroutine %d waits at step %d for ever: %+v", i, p.at, m)
		}
	}
	if m.used != 0 || m.flag || m.inLine != 0 {
		return fmt.Errorf("something is left: %+v", m)
	}
	return nil
}

func exploreLimit(m modelState, seen map[modelState]bool) error {
	if seen[m] {
		return nil
	}
	seen[m] = true
	if m.used > modelLimit || m.used < 0 {
		return fmt.Errorf("%d in use: %+v", m.used, m)
	}
	stuck := true
	for i, p := range m.procs {
		for _, after := range m.next(i) {
			// A cancel is nothing to count on: who can only be cancelled is stuck.
			if !(p.at == parked && !p.admitted) {
				stuck = false
			}
			if err := exploreLimit(after, seen); err != nil {
				return err
			}
		}
	}
	if stuck {
		return m.check()
	}
	return nil
}

func exploreAll(flaw modelFlaw) (states int, err error) {
	for _, weights := range [][3]int8{{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {2, 2, 1}, {2, 2, 2}} {
		m := modelState{flaw: flaw}
		for i, w := range weights {
			m.procs[i].weight = w
		}
		seen := map[modelState]bool{}
		if err := exploreLimit(m, seen); err != nil {
			return 0, err
		}
		states += len(seen)
	}
	return states, nil
}

func TestModel(t *testing.T) {
	states, err := exploreAll(sound)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d states", states)
	if states < 5000 {
		t.Errorf("only %d states: the model looks at too little", states)
	}
	for flaw := flagAfterLook; flaw <= cancelKeeps; flaw++ {
		if _, err := exploreAll(flaw); err == nil {
			t.Errorf("flaw %d is not found", flaw)
		}
	}
}
