package program

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Builder makes a Program by hand, mostly for tests:
//
//	b := program.Build()
//	mu := b.Mutex("mu")
//	main := b.Main()
//	for range 4 {
//		main.Go("worker").Run(time.Millisecond).At("x.go:12").Lock(mu).Run(time.Microsecond).Unlock(mu)
//	}
//	main.Run(time.Millisecond)
//	p := b.Program()
//
// Goroutines end where their operations end.
type Builder struct {
	p      Program
	stacks map[string]uint32
	gs     []*G
}

// Build begins a Program.
func Build() *Builder {
	return &Builder{
		p:      Program{Stacks: [][]Frame{nil}},
		stacks: map[string]uint32{},
	}
}

// Obj is an object of a Program under construction: its index.
type Obj uint32

func (b *Builder) object(class Class, capacity int, name string) Obj {
	b.p.Objects = append(b.p.Objects, Object{Class: class, Cap: uint32(capacity), Name: name})
	return Obj(len(b.p.Objects) - 1)
}

// Mutex adds a sync.Mutex.
func (b *Builder) Mutex(name string) Obj { return b.object(Mutex, 0, name) }

// Actor adds an actor: a lock that its turns hold.
func (b *Builder) Actor(name string) Obj {
	o := b.object(Mutex, 0, "actor "+name)
	b.p.Objects[o].Actor = true
	return o
}

// RWMutex adds a sync.RWMutex.
func (b *Builder) RWMutex(name string) Obj { return b.object(RWMutex, 0, name) }

// Chan adds a channel with the given capacity.
func (b *Builder) Chan(name string, capacity int) Obj { return b.object(Channel, capacity, name) }

// WaitGroup adds a sync.WaitGroup.
func (b *Builder) WaitGroup(name string) Obj { return b.object(WaitGroup, 0, name) }

// Cond adds a sync.Cond.
func (b *Builder) Cond(name string) Obj { return b.object(Cond, 0, name) }

// Event adds an event for Signal and Wait.
func (b *Builder) Event(name string) Obj { return b.object(Event, 0, name) }

// Dealt makes the receivers of ch interchangeable: see Program.Dealt. Their
// receives must be added with Item.
func (b *Builder) Dealt(ch Obj) { b.p.Dealt = append(b.p.Dealt, uint32(ch)) }

// Made tells where an object was made, "file.go:12".
func (b *Builder) Made(o Obj, where string) { b.p.Objects[o].Site = b.stack(where) }

// GC adds a garbage collection that begins when the program has run for at.
func (b *Builder) GC(at, work, stw time.Duration) {
	b.p.GCs = append(b.p.GCs, GC{At: int64(at), Work: int64(work), STW: int64(stw)})
}

// Main adds the main goroutine.
func (b *Builder) Main() *G {
	g := b.Root("main.main")
	b.p.Main = g.index
	return g
}

// Root adds a goroutine that is there from the beginning.
func (b *Builder) Root(start string) *G {
	g := &G{b: b, index: len(b.gs)}
	b.gs = append(b.gs, g)
	b.p.Goroutines = append(b.p.Goroutines, Goroutine{ID: uint64(g.index + 1), Start: start, Parent: -1})
	return g
}

// Program ends every goroutine that has not been cut and returns the Program.
// It panics when that is not valid. The Builder must not be used afterwards.
func (b *Builder) Program() *Program {
	for i, g := range b.gs {
		if !g.over {
			g.op(End, 0, 0)
		}
		b.p.Goroutines[i].Ops = g.ops
	}
	if err := b.p.Validate(); err != nil {
		panic("program.Builder: " + err.Error())
	}
	return &b.p
}

// stack interns a stack given as "file.go:12", or as several such, leaf first,
// separated by blanks.
func (b *Builder) stack(s string) uint32 {
	if id, ok := b.stacks[s]; ok {
		return id
	}
	var frames []Frame
	for f := range strings.FieldsSeq(s) {
		file, line, _ := strings.Cut(f, ":")
		n, _ := strconv.Atoi(line)
		frames = append(frames, Frame{Func: "main.f", File: file, Line: n})
	}
	id := uint32(len(b.p.Stacks))
	b.p.Stacks = append(b.p.Stacks, frames)
	b.stacks[s] = id
	return id
}

// G is a goroutine of a Program under construction. Its methods add operations
// at its end and return it.
type G struct {
	b      *Builder
	index  int
	ops    []Op
	run    time.Duration // not yet in an operation
	at     uint32        // stack of the operations to come
	placed bool          // run has got its stack: another Run is another operation
	over   bool
}

func (g *G) op(kind Kind, obj, arg uint64) *G { return g.flagged(kind, obj, arg, 0) }

func (g *G) flagged(kind Kind, obj, arg uint64, flags uint8) *G {
	if g.over {
		panic(fmt.Sprintf("program.Builder: goroutine %d goes on after its cut", g.index))
	}
	for ; g.run > MaxRun; g.run -= MaxRun {
		g.ops = append(g.ops, Op{Run: MaxRun, Stack: g.at, Kind: Nop})
	}
	g.ops = append(g.ops, Op{Run: uint32(g.run), Stack: g.at, Obj: uint32(obj), Kind: kind, Flags: flags, Arg: uint16(arg)})
	g.run, g.placed = 0, false
	return g
}

// At tells where the goroutine stands, "file.go:12", from the end of the last
// Run on: w.Run(d).At("x.go:12").Lock(mu) runs for d and then locks in line 12.
func (g *G) At(where string) *G {
	g.at, g.placed = g.b.stack(where), g.run > 0
	return g
}

// Run lets it run for d.
func (g *G) Run(d time.Duration) *G {
	if g.placed {
		g.op(Nop, 0, 0)
	}
	g.run += d
	return g
}

// Go starts a goroutine and returns that one.
func (g *G) Go(start string) *G {
	child := g.b.Root(start)
	own := &g.b.p.Goroutines[child.index]
	own.Parent, own.Site = int32(g.index), g.at
	g.op(Spawn, uint64(child.index), 0)
	return child
}

// Lock locks m.
func (g *G) Lock(m Obj) *G { return g.op(Lock, uint64(m), 0) }

// Unlock unlocks m.
func (g *G) Unlock(m Obj) *G { return g.op(Unlock, uint64(m), 0) }

// RLock locks m for reading.
func (g *G) RLock(m Obj) *G { return g.op(RLock, uint64(m), 0) }

// RUnlock undoes an RLock.
func (g *G) RUnlock(m Obj) *G { return g.op(RUnlock, uint64(m), 0) }

// Send sends to ch.
func (g *G) Send(ch Obj) *G { return g.op(Send, uint64(ch), 0) }

// Recv receives a value from ch.
func (g *G) Recv(ch Obj) *G { return g.op(Recv, uint64(ch), 0) }

// Item receives a value from ch and begins an item: see Program.Dealt.
func (g *G) Item(ch Obj) *G { return g.flagged(Recv, uint64(ch), 0, Item) }

// RecvClosed sees ch closed.
func (g *G) RecvClosed(ch Obj) *G { return g.op(RecvClosed, uint64(ch), 0) }

// Close closes ch.
func (g *G) Close(ch Obj) *G { return g.op(Close, uint64(ch), 0) }

// Add adds delta to wg.
func (g *G) Add(wg Obj, delta int) *G { return g.op(Add, uint64(wg), uint64(delta+32768)) }

// Done adds -1 to wg.
func (g *G) Done(wg Obj) *G { return g.Add(wg, -1) }

// Join waits for wg.
func (g *G) Join(wg Obj) *G { return g.op(Join, uint64(wg), 0) }

// CondWait waits for c as sync.Cond.Wait does, giving up m meanwhile.
func (g *G) CondWait(c, m Obj) *G { return g.Unlock(m).op(CondWait, uint64(c), 0).Lock(m) }

// CondSignal wakes one that waits for c.
func (g *G) CondSignal(c Obj) *G { return g.op(CondSignal, uint64(c), 0) }

// CondBroadcast wakes all that wait for c.
func (g *G) CondBroadcast(c Obj) *G { return g.op(CondBroadcast, uint64(c), 0) }

// Signal makes event e happen.
func (g *G) Signal(e Obj) *G { return g.op(Signal, uint64(e), 0) }

// Wait waits for event e.
func (g *G) Wait(e Obj) *G { return g.op(Wait, uint64(e), 0) }

// Sleep leaves the core for d.
func (g *G) Sleep(d time.Duration) *G { return g.delay(Sleep, d) }

// IO waits for the network or a file for d.
func (g *G) IO(d time.Duration) *G { return g.delay(IO, d) }

// Syscall spends d in a system call.
func (g *G) Syscall(d time.Duration) *G { return g.delay(Syscall, d) }

func (g *G) delay(kind Kind, d time.Duration) *G {
	return g.op(kind, uint64(uint32(d)), uint64(d)>>32)
}

// Cut ends the recording of the goroutine while it still lives.
func (g *G) Cut() *G {
	g.op(Cut, 0, 0)
	g.over = true
	return g
}
