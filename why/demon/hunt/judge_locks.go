package hunt

import (
	"fmt"
	"slices"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// locks are the findings of the lock graph. Those that are why a run hangs are
// seen, the others predicted.
func (j *judge) locks() {
	for _, a := range j.r.past.hangsTwice() {
		j.twice(a)
	}
	for _, a := range j.r.past.nestedReads() {
		j.nested(a)
	}
	for _, c := range j.r.past.cycles() {
		j.cycle(c)
	}
}

// at is a side with a stack of the book.
func (j *judge) at(does string, g uint64, stack int) demon.Side {
	return demon.Side{Does: does, Stack: j.stack(j.frames(stack)), Created: j.created(g)}
}

func (j *judge) frames(stack int) []demon.Frame { return frames(j.r.past.stackOf(stack)) }

// waitsAt is the same of a side that is blocked there, or would be.
func (j *judge) waitsAt(does string, g uint64, stack int) demon.Side {
	s := j.at(does, g, stack)
	s.Waits = true
	return s
}

// created is where the user started a goroutine.
func (j *judge) created(g uint64) *demon.Frame {
	if j.r.past.gs[g] == nil {
		return nil
	}
	return j.firstUser(j.frames(j.r.past.gs[g].created))
}

// direct tells that user code itself takes the lock, not the standard library
// on its behalf.
func (j *judge) direct(stack int) bool {
	for _, f := range j.frames(stack) {
		switch f.Package() {
		case "runtime", "sync", "internal/sync":
			continue
		}
		return j.user(f)
	}
	return false
}

// pair are two places of one goroutine, the newer first. Of the older, which has
// the same callers, only what differs is shown.
func (j *judge) pair(newer, older demon.Side) []demon.Side {
	older.Created = nil
	for len(older.Stack) > 1 && slices.Contains(newer.Stack, older.Stack[len(older.Stack)-1]) {
		older.Stack = older.Stack[:len(older.Stack)-1]
	}
	return []demon.Side{newer, older}
}

func (j *judge) twice(a *attempt) {
	if !j.direct(a.stack) && !j.direct(a.other.stack) {
		return
	}
	f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Seen, Test: j.r.past.testOf(a.g), Finding: why.Finding{
		Rule:  "lock-taken-twice",
		Title: "A goroutine takes a lock that it already holds, and waits for itself",
		Why:   "It waits for ever, and so does everybody who wants the lock.",
		Try:   "split the function into one that locks and one that expects the lock; guarded.Do cannot be left locked",
		Sure:  "seen: it waits there until the end of the run",
	}}
	if a.other.mode == reading {
		f.Title = "A goroutine takes a lock for writing that it holds for reading, and waits for itself"
	}
	f.Sides = j.pair(j.waitsAt("takes it again", a.g, a.stack), j.at("has taken it here", a.g, a.other.stack))
	j.add(f)
}

func (j *judge) nested(a nestedRead) {
	if !j.direct(a.stack) || !j.direct(a.other.stack) {
		return
	}
	f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Predicted, Test: j.r.past.testOf(a.g), Finding: why.Finding{
		Rule:  "read-lock-nested",
		Title: "A goroutine takes a read lock that it already holds, and somebody writes",
		Why:   "A writer that comes between the two waits for the first, and the second waits for the writer: for ever.",
		Try:   "take the read lock once and pass on what was read",
		Sure:  "predicted: reader and writer of the same lock were seen, not yet in that order",
	}}
	if g := j.r.past.gs[a.g]; j.r.killed && g != nil && g.now == a.attempt {
		f.Grade, f.Sure = demon.Seen, "seen: the second waits until the end of the run"
	}
	f.Sides = append(j.pair(j.waitsAt("reads again", a.g, a.stack), j.at("reads since here", a.g, a.other.stack)),
		j.at("another goroutine writes", a.writes, a.writer))
	j.add(f)
}

func (j *judge) cycle(c []*edge) {
	user := false
	for _, e := range c {
		user = user || j.direct(e.from.stack) || j.direct(e.to.stack)
	}
	if !user {
		return
	}
	f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Predicted, Test: j.r.past.testOf(c[0].g), Finding: why.Finding{
		Rule:  "locks-in-two-orders",
		Title: fmt.Sprintf("%d goroutines take %d locks, each in another order", len(c), len(c)),
		Why:   "When each has its first lock, all wait for ever.",
		Try:   "take the locks in one order everywhere; guarded.Do2 does that by itself",
		Sure:  "predicted: no common lock and no go statement, channel or group keeps the goroutines apart",
	}}
	if j.r.killed && j.r.past.waitIn(c) {
		f.Grade, f.Sure = demon.Seen, "seen: each waits for the other until the end of the run"
	}
	for i, e := range c {
		name := string(rune('A' + i))
		next := string(rune('A' + (i+1)%len(c)))
		f.Sides = append(f.Sides, j.pair(
			j.waitsAt(fmt.Sprintf("goroutine %d has lock %s and takes lock %s", i+1, name, next), e.g, e.to.stack),
			j.at(fmt.Sprintf("it has taken lock %s here", name), e.g, e.from.stack))...)
	}
	j.add(f)
}

// waitIn tells that the goroutines of a cycle wait in it now.
func (h *history) waitIn(c []*edge) bool {
	for _, e := range c {
		g := h.gs[e.g]
		if g == nil || g.now == nil || g.now.done || g.now.obj != e.to.lock || g.now.stack != e.to.stack {
			return false
		}
	}
	return true
}
