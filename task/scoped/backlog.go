package scoped

import "context"

// A backlog is a short line of tasks for which there was no slot. The goroutine
// of a task that ends takes the next one from it, and keeps its slots: that
// costs a tenth of starting a goroutine.
//
// Whoever puts a task into the line looks for a slot after that, and whoever
// gives slots back looks into the line after that: so one of both sees the
// other, and no task is left in the line while there are slots.
type backlog struct {
	tasks   [backlogSize]func(context.Context) error
	head, n int
}

const backlogSize = 64

func (b *backlog) push(f func(context.Context) error) bool {
	if b.n == backlogSize {
		return false
	}
	b.tasks[(b.head+b.n)%backlogSize] = f
	b.n++
	return true
}

func (b *backlog) pop() (f func(context.Context) error) {
	if b.n == 0 {
		return nil
	}
	f, b.tasks[b.head] = b.tasks[b.head], nil
	b.head = (b.head + 1) % backlogSize
	b.n--
	return f
}

// later puts a task into the line, if there is room, and if it is slots of the
// group's own that are wanting: then tasks of the group have them, and will look
// into the line.
func (g *Group) later(f func(context.Context) error) bool {
	if g.slots.own == nil || !g.slots.own.Full() {
		return false
	}
	g.mu.Lock()
	pushed := g.pending.push(f)
	g.mu.Unlock()
	if pushed {
		g.kick()
	}
	return pushed
}

// next gives the goroutine of a task that has ended another one. Slots for which
// others wait go to them first: to tasks that had lent theirs, and to other
// groups.
func (g *Group) next() func(context.Context) error {
	f := g.popPending()
	if f == nil || !g.slots.contended() {
		return f
	}
	g.slots.release()
	if g.slots.acquire(g.spawn.Context()) != nil {
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
	half := f != nil && g.pending.n == backlogSize/2
	g.mu.Unlock()
	if half { // not for each place that gets free: waking costs more than a task
		g.room.WakeAll()
	}
	return f
}

// over is called when a goroutine is.
func (g *Group) over() {
	g.slots.over()
	g.kick()
}

// release gives slots back for a while.
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
		f := g.popPending()
		if f == nil {
			g.slots.release()
			return
		}
		g.start(f)
	}
}

// awaitSlots starts a goroutine that waits for slots, if nobody else will look
// into the line: when it is the shared limit that is wanting. There is one such
// goroutine at a time.
func (g *Group) awaitSlots() {
	if g.slots.own.Full() || !g.awaiting.CompareAndSwap(false, true) {
		return
	}
	g.slots.lost.Add(1) // until it has some it has nothing to give back
	if !g.spawn.Go(g.await) {
		g.slots.takeLost()
		g.awaiting.Store(false)
	}
}

// await is a task that does nothing but wait: when it ends its goroutine takes
// what is in the line.
func (g *Group) await(context.Context) error {
	defer g.awaiting.Store(false)
	if g.slots.acquire(g.spawn.Context()) == nil && !g.slots.takeLost() {
		g.slots.release() // somebody has left it slots instead of giving them back
	}
	return nil
}

func (g *Group) hasPending() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pending.n > 0 && g.spawn.Err() == nil
}
