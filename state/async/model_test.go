package async

import (
	"errors"
	"fmt"
	"testing"
)

// The model runs goroutines that settle a future, wait for it, watch it and
// leave again, through every order in which their steps can meet. A step is one
// atomic operation on the state, or what is done between two of them. A world is
// a value, so each is visited once.
//
// Whatever the order: the result is written once, and before anybody can see it;
// done is closed once; a watcher that stays is called once, one that leaves at
// most once; and nobody waits for ever.

type modelFlaw int

const (
	sound          modelFlaw = iota
	showFirst                // the state says settled before the result is written
	tellFirst                // those who wait are told before the state says settled
	bitFirst                 // the state says that done is there before it is
	noBit                    // a watcher goes into the list without a bit in the state
	bitOutsideOfMu           // a watcher sets its bit, and goes into the list later
	settleUnlocked           // two may settle at once
	askBlindly               // who asks late closes done without looking at the state
)

type modelKind int8

const (
	worker  modelKind = iota // publish: the only one to settle
	settler                  // settle: one of several
	awaiter                  // Done, and the wait for it
	stayer                   // watch
	leaver                   // watch and unwatch
)

type modelProc struct {
	kind   modelKind
	at     int8
	before uint32 // the state that its swap has found
	calls  int8   // of a watcher
	inList bool
}

const modelOver = 100

type world struct {
	procs                 [4]modelProc
	n                     int8
	flaw                  modelFlaw
	state                 uint32
	written               int8 // how often the result was
	locked                bool // mu
	hasChan, closed       bool // done
	settledBy, refusedFor int8
}

var errModel = errors.New("broken promise")

// step moves goroutine i by one step, and reports false if it cannot move.
func (w *world) step(i int) bool {
	p := &w.procs[i]
	switch p.kind {
	case worker, settler:
		return w.settleStep(p)
	case awaiter:
		return w.awaitStep(p)
	}
	return w.watchStep(p)
}

func (w *world) settleStep(p *modelProc) bool {
	locks := p.kind == settler && w.flaw != settleUnlocked
	switch p.at {
	case 0:
		if locks && w.locked {
			return false
		}
		w.locked = w.locked || locks
		p.at++
	case 1: // is it settled already?
		p.at++
		if p.kind == settler && w.state >= settled {
			w.locked = w.locked && !locks
			w.refusedFor++
			p.at = modelOver
		}
	case 2:
		if w.flaw == showFirst {
			p.before, w.state = w.state, settled
		} else {
			w.written++
		}
		p.at++
		if w.flaw == tellFirst {
			p.before = w.state
			p.at = 4
		}
	case 3:
		if w.flaw == showFirst {
			w.written++
		} else {
			p.before, w.state = w.state, settled
		}
		w.locked = w.locked && !locks
		w.settledBy++
		p.at++
	case 4:
		if p.before&hasDone != 0 {
			w.close()
		}
		p.at++
		if p.before&hasWatchers == 0 {
			p.at = 7
		}
	case 5:
		if w.locked {
			return false
		}
		w.locked = true
		p.at++
	case 6: // the list is taken and mu given up; the calls come in any order after that
		for k := range w.procs {
			if w.procs[k].inList {
				w.procs[k].inList = false
				w.procs[k].calls++
			}
		}
		w.locked = false
		p.at++
	case 7:
		p.at = modelOver
		if w.flaw == tellFirst {
			w.state = settled
			w.settledBy++
		}
	default:
		return false
	}
	return true
}

func (w *world) close() {
	if !w.hasChan || w.closed {
		panic("close of a channel that is closed, or not there")
	}
	w.closed = true
}

func (w *world) awaitStep(p *modelProc) bool {
	switch p.at {
	case 0:
		switch {
		case w.state >= settled:
			p.at = 6
		case w.state&hasDone != 0:
			p.at = 5
		default:
			p.at = 1
		}
	case 1:
		if w.locked {
			return false
		}
		w.locked = true
		p.at = 2
		if w.hasChan {
			w.locked, p.at = false, 5
		}
	case 2:
		if w.flaw == bitFirst && w.state < settled {
			w.state |= hasDone
			p.before = hasDone
		} else {
			w.hasChan = true
		}
		p.at++
	case 3: // ask
		p.at = 4
		switch {
		case p.before == hasDone: // bitFirst
			w.hasChan = true
		case w.state < settled:
			w.state |= hasDone
		case w.flaw == askBlindly:
			w.state = settled | hasDone
		default:
			w.hasChan, w.locked = false, false
			p.at = 6
		}
	case 4:
		w.locked = false
		p.at++
	case 5:
		if !w.hasChan {
			panic("waits for a channel that is not there")
		}
		if !w.closed {
			return false
		}
		p.at++
	case 6:
		if w.state < settled {
			panic("told, and there is no result")
		}
		p.at = modelOver
	default:
		return false
	}
	return true
}

func (w *world) watchStep(p *modelProc) bool {
	switch p.at {
	case 0:
		if w.locked && w.flaw != bitOutsideOfMu {
			return false
		}
		w.locked = true
		p.at++
		if w.flaw == bitOutsideOfMu {
			w.locked = false
		}
	case 1: // ask
		p.at++
		switch {
		case w.state >= settled:
			p.at = 10
		case w.flaw != noBit:
			w.state |= hasWatchers
		}
	case 2: // into the list, and mu is given up
		if w.flaw == bitOutsideOfMu && w.locked {
			return false
		}
		p.inList = true
		w.locked = false
		p.at = modelOver
		if p.kind == leaver {
			p.at = 3
		}
	case 3:
		if w.locked {
			return false
		}
		p.inList = false
		p.at = modelOver
	case 10: // the result is there
		w.locked = false
		p.calls++
		p.at = modelOver
	default:
		return false
	}
	return true
}

// end looks at a world in which nobody can take a step.
func (w world) end() error {
	settlers := int8(0)
	for i, p := range w.procs[:w.n] {
		switch {
		case p.at != modelOver:
			return fmt.Errorf("%w: goroutine %d waits for ever", errModel, i)
		case p.kind == stayer && p.calls != 1 || p.calls > 1:
			return fmt.Errorf("%w: watcher %d was called %d times", errModel, i, p.calls)
		case p.kind == worker || p.kind == settler:
			settlers++
		}
	}
	if w.written != 1 || w.settledBy != 1 || w.refusedFor != settlers-1 || w.locked {
		return fmt.Errorf("%w: settled by %d, refused for %d, written %d times", errModel, w.settledBy, w.refusedFor, w.written)
	}
	return nil
}

func (w world) explore(seen map[world]bool) (err error) {
	if seen[w] {
		return nil
	}
	seen[w] = true
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errModel, v)
		}
	}()
	if w.state >= settled && w.written == 0 {
		return fmt.Errorf("%w: a result can be seen that is not written", errModel)
	}
	stands := true
	for i := range w.procs[:w.n] {
		if next := w; next.step(i) {
			stands = false
			if err := next.explore(seen); err != nil {
				return err
			}
		}
	}
	if stands {
		return w.end()
	}
	return nil
}

// worlds are all sets of one or two that settle and up to three others.
func worlds(flaw modelFlaw) (all []world) {
	for _, first := range [][]modelKind{{worker}, {settler}, {settler, settler}} {
		var add func(kinds []modelKind)
		add = func(kinds []modelKind) {
			w := world{flaw: flaw, n: int8(len(kinds))}
			for i, k := range kinds {
				w.procs[i].kind = k
			}
			all = append(all, w)
			if len(kinds) == len(w.procs) {
				return
			}
			for k := awaiter; k <= leaver; k++ {
				add(append(kinds[:len(kinds):len(kinds)], k))
			}
		}
		add(first)
	}
	return all
}

func TestModel(t *testing.T) {
	seen := map[world]bool{}
	for _, w := range worlds(sound) {
		if err := w.explore(seen); err != nil {
			t.Fatalf("%v: %+v", err, w)
		}
	}
	t.Logf("%d states", len(seen))
	if len(seen) < 10_000 {
		t.Errorf("only %d states: the model looks at too little", len(seen))
	}
	for flaw := showFirst; flaw <= askBlindly; flaw++ {
		found := false
		for _, w := range worlds(flaw) {
			found = found || w.explore(map[world]bool{}) != nil
		}
		if !found {
			t.Errorf("flaw %d is not found", flaw)
		}
	}
}
