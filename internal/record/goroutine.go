package record

import (
	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// gor is a goroutine while the trace streams by.
type gor struct {
	id      trace.GoID
	start   string
	system  bool // of the runtime: its time is counted, its operations are not
	gcWork  bool // a worker of the collector
	index   int32
	parent  int32
	site    uint32
	starter bool   // its start function only calls another: see starter
	entry   uint32 // stack of its start function alone; 0 if unknown

	ops    []program.Op
	run    int64 // ns run since the last operation
	waited program.Waited

	state   trace.GoState
	entered trace.Time // when it came to state
	since   trace.Time // until when its time is accounted

	blocked  Reason // why it waits, "" when it does not
	blockAt  uint32 // stack at which it began to wait
	sleeping bool   // an SL event announced the wait: it is an operation already
	timer    bool   // the wait for a timer's channel is an operation already; its receive is none
	joinable []*gor // stock tier: children that were started since the last join
	over     bool   // its last operation is written

	acting bool   // it runs the user's code of an actor
	actor  uint32 // which
	begun  int    // since this operation
}

// add appends an operation, preceded by the running time so far.
func (g *gor) add(op program.Op) {
	for g.run > program.MaxRun {
		g.ops = append(g.ops, program.Op{Run: program.MaxRun, Stack: op.Stack, Kind: program.Nop})
		g.run -= program.MaxRun
	}
	op.Run = uint32(g.run)
	g.run = 0
	g.ops = append(g.ops, op)
}

// last appends the operation after which nothing follows. The trace has no
// stack for it, so it stands at the start function, or else at the last place
// known.
func (g *gor) last(kind program.Kind) {
	stack := g.entry
	if stack == 0 && len(g.ops) > 0 {
		stack = g.ops[len(g.ops)-1].Stack
	}
	g.add(program.Op{Kind: kind, Stack: stack})
	g.over = true
}

// addDelay appends time off the core.
func (g *gor) addDelay(kind program.Kind, ns int64, stack uint32) {
	ns = min(max(ns, 0), program.MaxDelay)
	g.add(program.Op{Kind: kind, Obj: uint32(ns), Arg: uint16(ns >> 32), Stack: stack})
}

// leave accounts the time in the state that ends at t.
func (g *gor) leave(t trace.Time) int64 {
	d := int64(t - g.since)
	g.since = t
	switch g.state {
	case trace.GoRunning, trace.GoSyscall:
		g.run += d
		g.waited.Run += d
	case trace.GoRunnable:
		g.waited.Ready += d
	case trace.GoWaiting:
		*g.waitedFor() += d
	}
	return d
}

func (g *gor) waitedFor() *int64 {
	switch g.blocked {
	case OnLock:
		return &g.waited.Lock
	case OnChannel, OnSelect:
		return &g.waited.Chan
	case OnJoin:
		return &g.waited.Join
	case OnSleep, OnTimer:
		return &g.waited.Sleep
	case OnNetwork:
		return &g.waited.IO
	}
	return &g.waited.Other
}
