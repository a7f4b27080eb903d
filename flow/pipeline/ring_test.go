package pipeline

import (
	"context"
	"fmt"
	"testing"
)

// The model runs one writer and one reader through every order in which the
// steps of their protocol can meet. Each step is one atomic operation of the
// ring; a side's own copies of positions are left out, as they only save looks
// at the real ones. A state is a value, so it is visited once.
//
// Whatever the order: the writer must have put its items and the reader taken
// them all, in order, unless it was cancelled; and a side that waits must be
// able to go on.

const modelItems = 3

type modelFlaw int

const (
	sound          modelFlaw = iota
	noSecondLook             // a side sleeps without looking again after it has said so
	wakeBeforeShow           // the writer looks for a sleeper before it shows its item
	tokenForgotten           // a side that wakes by itself leaves a token behind
	closeUnseen              // the writer closes without waking the reader
)

type modelSide struct {
	at        step
	sleeps    bool
	tokens    int
	cancelled bool // by its context, which may happen at any time
	gaveUp    bool
}

type step int

const (
	try    step = iota // put or take one item
	show               // tail.Store, head.Store
	look               // other.sleeps.Load
	swap               // other.sleeps.CompareAndSwap
	unpark             // other.spot.Unpark
	sleep              // sleeps.Store(true)
	again              // ready()
	parked             // spot.Park
	getUp              // sleeps.CompareAndSwap(true, false)
	token              // spot.Take
	end
)

// model is a state; sides[0] writes, sides[1] reads.
type model struct {
	sides      [2]modelSide
	tail, head int
	closed     bool
	limit      int
	flaw       modelFlaw
}

func (m model) ready(side int) bool {
	if side == 0 {
		return m.tail-m.head < m.limit
	}
	return m.tail != m.head || m.closed
}

// next returns the states that one step of a side can lead to.
func (m model) next(side int) (after []model) {
	me, other := &m.sides[side], &m.sides[1-side]
	goTo := func(at step) []model {
		me.at = at
		return []model{m}
	}
	switch me.at {
	case try:
		switch {
		case side == 0 && m.tail == modelItems:
			m.closed = true
			if m.flaw == closeUnseen {
				return goTo(end)
			}
			return goTo(look)
		case !m.ready(side):
			return goTo(sleep)
		case side == 1 && m.tail == m.head: // closed and empty
			return goTo(end)
		case m.flaw == wakeBeforeShow && side == 0:
			return goTo(look)
		}
		return goTo(show)
	case show:
		if side == 0 {
			m.tail++
		} else {
			m.head++
		}
		if m.flaw == wakeBeforeShow && side == 0 {
			return goTo(try)
		}
		return goTo(look)
	case look:
		if other.sleeps {
			return goTo(swap)
		}
		return goTo(m.afterWake(side))
	case swap:
		if other.sleeps {
			other.sleeps = false
			return goTo(unpark)
		}
		return goTo(m.afterWake(side))
	case unpark:
		if other.tokens++; other.tokens > 1 {
			panic("a second token")
		}
		return goTo(m.afterWake(side))
	case sleep:
		me.sleeps = true
		if m.flaw == noSecondLook {
			return goTo(parked)
		}
		return goTo(again)
	case again:
		if m.ready(side) {
			return goTo(getUp)
		}
		return goTo(parked)
	case parked:
		if me.tokens > 0 {
			taken := m
			taken.sides[side].tokens--
			taken.sides[side].at = sleep
			after = append(after, taken)
		}
		if me.cancelled {
			me.gaveUp = true
			after = append(after, goTo(getUp)...)
		}
		return after
	case getUp:
		if me.sleeps {
			me.sleeps = false
			return goTo(m.afterGetUp(side))
		}
		if m.flaw == tokenForgotten {
			return goTo(m.afterGetUp(side))
		}
		return goTo(token)
	case token:
		if me.tokens == 0 {
			return nil // it comes in a moment
		}
		me.tokens--
		return goTo(m.afterGetUp(side))
	}
	return nil
}

func (m model) afterWake(side int) step {
	switch {
	case m.flaw == wakeBeforeShow && side == 0 && !m.closed:
		return show
	case side == 0 && m.closed:
		return end
	}
	return try
}

func (m model) afterGetUp(side int) step {
	if m.sides[side].gaveUp {
		return end
	}
	return try
}

func (m model) check() error {
	for side, s := range m.sides {
		if m.sides[1-side].gaveUp && s.at == parked {
			continue // its own context, the same in a run, lets it go
		}
		if s.at != end {
			return fmt.Errorf("side %d waits at step %d for ever: %+v", side, s.at, m)
		}
		if s.tokens != 0 || s.sleeps {
			return fmt.Errorf("side %d leaves a token or looks asleep: %+v", side, m)
		}
	}
	if !m.sides[0].gaveUp && !m.sides[1].gaveUp && (m.head != modelItems || m.tail != modelItems) {
		return fmt.Errorf("%d put and %d taken of %d", m.tail, m.head, modelItems)
	}
	return nil
}

// explore visits all states that can follow from m.
func explore(m model, seen map[model]bool) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	if seen[m] {
		return nil
	}
	seen[m] = true
	moves := 0
	for side := range m.sides {
		for _, after := range m.next(side) {
			moves++
			if err := explore(after, seen); err != nil {
				return err
			}
		}
	}
	if moves == 0 {
		err = m.check()
	}
	for side := range m.sides { // a context may be done at any time, or never
		if s := m.sides[side]; !s.cancelled && s.at != end && err == nil {
			after := m
			after.sides[side].cancelled = true
			err = explore(after, seen)
		}
	}
	return err
}

func exploreAll(flaw modelFlaw) (states int, err error) {
	for limit := 1; limit <= 2; limit++ {
		seen := map[model]bool{}
		if err := explore(model{limit: limit, flaw: flaw}, seen); err != nil {
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
	if states < 1000 {
		t.Errorf("only %d states: the model looks at too little", states)
	}
	for flaw := noSecondLook; flaw <= closeUnseen; flaw++ {
		if _, err := exploreAll(flaw); err == nil {
			t.Errorf("flaw %d is not found", flaw)
		}
	}
}

// Many laps with a ring that is nearly always full or empty.
func TestRingStress(t *testing.T) {
	for _, limit := range []int{1, 2, 3, 64} {
		var r ring[*int]
		r.init(limit)
		ctx := context.Background()
		const n = 30_000
		go func() {
			for i := range n {
				for !r.tryHold(&i) {
					r.publish()
					r.waitRoom(ctx)
				}
				if i%3 > 0 {
					r.publish()
				}
			}
			r.publish()
			r.close()
		}()
		buf := make([]*int, 2)
		for want := 0; ; {
			closed := r.closed.Load()
			k := r.tryTake(buf)
			if k == 0 && closed {
				if want != n {
					t.Errorf("%d of %d items", want, n)
				}
				break
			}
			if k == 0 {
				r.waitItems(ctx)
			}
			for _, v := range buf[:k] {
				if *v != want {
					t.Fatalf("got %d, want %d", *v, want)
				}
				want++
			}
		}
		for _, v := range r.slots {
			if v != nil {
				t.Fatal("the ring keeps an item alive")
			}
		}
	}
}
