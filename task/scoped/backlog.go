package scoped

import (
	"context"

	"github.com/trivet-go/trivet/internal/spawn"
)

// A backlog is a line of tasks for which there was no slot. The goroutine of a
// task that ends takes the next one from it, and keeps its slots: that costs a
// quarter of starting a goroutine.
//
// Whoever puts a task into the line looks for a slot after that, and whoever
// gives slots back looks into the line after that: so one of both sees the
// other, and no task is left in the line while there are slots.
type backlog struct {
	tasks []func(context.Context) error // a ring; nil until there is one
	head  int
	n     int
}

// backlogSize is how many tasks the line holds before Go waits.
const backlogSize = 64

func (b *backlog) len() int { return b.n }

func (b *backlog) push(f func(context.Context) error) {
	if b.n == len(b.tasks) {
		b.grow()
	}
	b.tasks[(b.head+b.n)%len(b.tasks)] = f
	b.n++
}

func (b *backlog) pop() (f func(context.Context) error) {
	if b.n == 0 {
		return nil
	}
	f, b.tasks[b.head] = b.tasks[b.head], nil
	b.head = (b.head + 1) % len(b.tasks)
	b.n--
	return f
}

func (b *backlog) grow() {
	tasks := make([]func(context.Context) error, max(backlogSize, 2*len(b.tasks)))
	n := copy(tasks, b.tasks[b.head:])
	copy(tasks[n:], b.tasks[:b.head])
	b.tasks, b.head = tasks, 0
}

// later puts a task into the line, if there is room. It is called when there
// was no slot. Even if there is no room, somebody may have found no slot only
// because this one was just trying.
func (g *Group) later(f func(context.Context) error) bool {
	g.mu.Lock()
	pushed := g.mayPush()
	if pushed {
		g.pending.push(f)
	}
	g.mu.Unlock()
	g.kick()
	return pushed
}

// mayPush reports whether there is room in the line. There always is when all
// tasks that have slots wait for room: then nobody would ever make any. Beyond
// its size the line holds only what tasks have put there. mu is held.
func (g *Group) mayPush() bool {
	return g.pending.len() < backlogSize || g.running > 0 && g.blockedTasks() >= g.running
}

// blockedTasks is how many tasks wait for room, at least: of the calls whose
// caller is unknown one may be the body's, until that has returned.
func (g *Group) blockedTasks() int {
	unknown := g.blocked - g.byTasks
	if !g.waiting {
		unknown = max(0, unknown-1)
	}
	return g.byTasks + unknown
}

// wait is later for a line that is full. byTask is 1 if a task calls for certain.
func (g *Group) wait(f func(context.Context) error, byTask int) {
	if g.caller != nil {
		g.lend()
	}
	g.block(1, byTask)
	err := g.room.Wait(g.spawn.Context(), func() bool { return g.later(f) })
	g.block(-1, -byTask)
	if err != nil {
		g.skip(f)
	}
}

func (g *Group) block(n, byTask int) {
	g.mu.Lock()
	g.blocked += n
	g.byTasks += byTask
	g.mu.Unlock()
	if n > 0 { // others may be waiting for this one
		g.room.WakeAll()
	}
}

// runs counts tasks that hold slots.
func (g *Group) runs(n int) {
	g.mu.Lock()
	g.running += n
	wake := n < 0 && g.blocked > 0
	g.mu.Unlock()
	if wake { // maybe all that still run are waiting for room
		g.room.WakeAll()
	}
}

func (g *Group) bodyReturned() {
	g.mu.Lock()
	g.waiting = true
	g.mu.Unlock()
	g.room.WakeAll()
}

// skip is for a task that cannot start any more: Run returns the reason.
func (g *Group) skip(f func(context.Context) error) { g.spawn.Go(f) }

// next gives the goroutine of a task that has ended another one. Slots for which
// others wait go to them first: to tasks that had lent theirs, and to other
// groups.
func (g *Group) next() func(context.Context) error {
	f := g.popPending()
	if f == nil || !g.slots.contended() {
		return f
	}
	g.runs(-1)
	g.slots.release()
	err := g.slots.acquire(g.spawn.Context())
	g.runs(1)
	if err != nil {
		g.slots.lost.Add(1)
		g.skip(f)
		return nil
	}
	return f
}

// popPending returns nil once nothing may start any more: then Run reports what
// is left in the line.
func (g *Group) popPending() func(context.Context) error {
	if g.spawn.Err() != nil {
		return nil
	}
	g.mu.Lock()
	f := g.pending.pop()
	half := f != nil && g.pending.len() == backlogSize/2
	g.mu.Unlock()
	if half { // not for each place that gets free: waking costs more than a task
		g.room.WakeAll()
	}
	return f
}

// release gives slots back, for a while or at the end of a goroutine.
func (g *Group) release() {
	g.slots.release()
	g.kick()
}

// kick starts what is in the line, as far as there are slots.
func (g *Group) kick() {
	for g.hasPending() {
		if !g.slots.tryAcquire() {
			g.awaitSlots()
			return
		}
		if f := g.popPending(); f != nil {
			g.start(f)
		} else { // somebody else took it; who put one in since has found no slots
			g.slots.release()
		}
	}
}

func (g *Group) hasPending() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pending.len() > 0 && g.spawn.Err() == nil
}

// awaitSlots starts a goroutine that waits for slots, if nobody else will look
// into the line: when it is the shared limit that is wanting. There is one such
// goroutine at a time.
func (g *Group) awaitSlots() {
	if g.slots.own != nil && g.slots.own.Full() || !g.awaiting.CompareAndSwap(false, true) {
		return
	}
	started := g.spawn.Start(spawn.Task{Run: g.await, End: func(err error) error {
		g.awaiting.Store(false)
		g.kick() // for what was put into the line meanwhile
		return err
	}})
	if !started {
		g.awaiting.Store(false)
	}
}

// await waits for slots and starts the first in the line with them.
func (g *Group) await(ctx context.Context) error {
	if err := g.slots.acquire(ctx); err != nil {
		return err
	}
	if f := g.popPending(); f != nil {
		g.start(f)
	} else {
		g.release()
	}
	return nil
}
