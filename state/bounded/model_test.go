package bounded

import (
	"fmt"
	"testing"
)

// The model runs two putters, two takers and a close through every order in
// which the steps of their protocol can meet. A step is one atomic operation of
// the ring, or one operation of a Line, whose own steps are modelled beside it
// in internal/park. A state is a value, so it is visited once.
//
// Whatever the order: an item is taken once, or still inside; items come out in
// the order in which they went in; and when nobody can take a step everybody
// has come to an end.

type modelFlaw int

const (
	sound            modelFlaw = iota
	closedAfterItems           // a take looks for items first, and then whether the queue is closed
	wakeBeforeShow             // a put wakes takers before its item can be seen
	noTryInLine                // a waiter sleeps without trying again after it has joined the line
	noPassing                  // a waiter that was called and is served by itself does not call the next
	unlocked                   // takers do not lock their end
)

type modelStep int8

const (
	lockEnd modelStep = iota
	look
	move
	show
	wake
	join
	sleep
	askClosed // with the flaw closedAfterItems only
	finished
)

// modelProc is a goroutine: a put, a take, or the close.
type modelProc struct {
	at       modelStep
	inLine   int8 // its ticket; 0 if it is not in line
	called   bool // somebody has taken it out of the line
	waiting  bool // it goes through its steps inside of Wait
	at0      int8 // the position that it has read
	drained  bool // it has seen that the queue is closed and empty
	isClosed bool // it got an error
	got      int8 // the item that a take has
}

const (
	putters  = 2
	modelCap = 1
	closer   = 4
)

type modelState struct {
	procs      [5]modelProc
	slots      [modelCap]int8 // item numbers from 1
	tail, head int8
	locks      [2]bool // of the putting and the taking end
	closed     bool
	tickets    int8
	order      [putters]int8 // items as they went in
	out        int8          // items that came out so far
	flaw       modelFlaw
	withClose  bool
}

func isPut(i int) bool { return i < putters }

// next returns the state after one step of proc i, if it can take one.
func (m modelState) next(i int) (modelState, bool) {
	p := &m.procs[i]
	switch p.at {
	case lockEnd:
		if i == closer && !m.withClose {
			return m, false
		}
		end := m.end(i)
		if m.locks[end] {
			return m, false
		}
		if !isPut(i) && i != closer {
			p.drained = m.closed && m.tail == m.head
			if m.flaw == unlocked {
				p.at0, p.at = m.head, look
				return m, true
			}
		}
		m.locks[end] = true
		p.at = look
		if i == closer {
			m.closed, m.locks[0] = true, false // one store
			p.at = wake
		}
		return m, true
	case look:
		p.at0 = m.head
		possible := m.tail-m.head < modelCap
		if !isPut(i) {
			possible = m.tail != m.head
		}
		p.at = move
		if isPut(i) && m.closed {
			m.locks[0] = false
			p.isClosed = true
			return m.leave(i), true
		}
		if !possible {
			m.unlock(i)
			if m.flaw == closedAfterItems && !isPut(i) {
				p.at = askClosed
				return m, true
			}
			return m.failed(i), true
		}
		if m.flaw == wakeBeforeShow && isPut(i) {
			m.callFirst(false)
		}
		return m, true
	case move:
		slot := &m.slots[p.at0%modelCap]
		if isPut(i) {
			if *slot != 0 {
				panic("an item is overwritten")
			}
			*slot = int8(i + 1)
		} else {
			if *slot == 0 {
				panic("an empty slot is read")
			}
			p.got, *slot = *slot, 0
		}
		p.at = show
		return m, true
	case show:
		if isPut(i) {
			m.order[m.tail] = int8(i + 1)
			m.tail++
		} else {
			if m.order[p.at0] != p.got {
				panic("items come out in another order")
			}
			m.head = p.at0 + 1
			m.out++
		}
		m.unlock(i)
		p.at = wake
		return m, true
	case wake:
		switch {
		case i == closer:
			for m.callFirst(true) || m.callFirst(false) {
			}
		case m.flaw == wakeBeforeShow && isPut(i):
		default:
			m.callFirst(!isPut(i))
		}
		return m.leave(i), true
	case askClosed:
		p.drained = m.closed
		return m.failed(i), true
	case join:
		m.tickets++
		p.inLine, p.called, p.waiting = m.tickets, false, true
		p.at = lockEnd
		if m.flaw == noTryInLine {
			p.at = sleep
		}
		return m, true
	case sleep:
		if !p.called {
			return m, false
		}
		p.called = false
		p.at = lockEnd
		return m, true
	}
	return m, false
}

func (m *modelState) end(i int) int {
	if isPut(i) || i == closer {
		return 0
	}
	return 1
}

func (m *modelState) unlock(i int) {
	if !isPut(i) && m.flaw == unlocked {
		return
	}
	m.locks[m.end(i)] = false
}

// failed is what a try in vain leads to.
func (m modelState) failed(i int) modelState {
	p := &m.procs[i]
	if !isPut(i) && p.drained {
		if m.tail != m.head {
			panic("a take reports the end, and there are items inside")
		}
		p.isClosed = true
		return m.leave(i)
	}
	switch {
	case !p.waiting:
		p.at = join
	case p.inLine == 0 && !p.called: // called in vain: back to its place
		m.tickets++
		p.inLine, p.at = 1, lockEnd // in front, and tries once more
	default:
		p.at = sleep
	}
	return m
}

// leave ends a call. A waiter that was called meanwhile passes that on.
func (m modelState) leave(i int) modelState {
	p := &m.procs[i]
	p.at = finished
	if p.called && m.flaw != noPassing {
		m.callFirst(isPut(i))
	}
	p.inLine, p.called = 0, false
	return m
}

// callFirst calls the first in the line of putters, or of takers.
func (m *modelState) callFirst(putting bool) bool {
	first := -1
	for i := range closer {
		if p := m.procs[i]; isPut(i) == putting && p.inLine > 0 && (first < 0 || p.inLine < m.procs[first].inLine) {
			first = i
		}
	}
	if first < 0 {
		return false
	}
	m.procs[first].inLine, m.procs[first].called = 0, true
	return true
}

func (m modelState) check() error {
	inside := int8(0)
	for i, p := range m.procs {
		if p.at != finished && (i != closer || m.withClose) {
			return fmt.Errorf("goroutine %d waits at step %d for ever: %+v", i, p.at, m)
		}
	}
	for _, v := range m.slots {
		if v != 0 {
			inside++
		}
	}
	if m.tail != m.out+inside || !m.withClose && m.out != putters {
		return fmt.Errorf("%d put, %d taken, %d inside: %+v", m.tail, m.out, inside, m)
	}
	return nil
}

func explore(m modelState, seen map[modelState]bool) (err error) {
	if seen[m] {
		return nil
	}
	seen[m] = true
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v: %+v", v, m)
		}
	}()
	moved := false
	for i := range m.procs {
		if after, ok := m.next(i); ok {
			moved = true
			if err := explore(after, seen); err != nil {
				return err
			}
		}
	}
	if !moved {
		return m.check()
	}
	return nil
}

func exploreBoth(flaw modelFlaw) (states int, err error) {
	for _, withClose := range []bool{false, true} {
		seen := map[modelState]bool{}
		if err := explore(modelState{flaw: flaw, withClose: withClose}, seen); err != nil {
			return 0, err
		}
		states += len(seen)
	}
	return states, nil
}

func TestModel(t *testing.T) {
	states, err := exploreBoth(sound)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d states", states)
	if states < 10_000 {
		t.Errorf("only %d states: the model looks at too little", states)
	}
	for flaw := closedAfterItems; flaw <= unlocked; flaw++ {
		if _, err := exploreBoth(flaw); err == nil {
			t.Errorf("flaw %d is not found", flaw)
		}
	}
}
