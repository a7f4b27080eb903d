package lockaroundsend

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/acting"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/order"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/source"
)

var Rule = rule.Rule{
	Name:     "lock-around-send",
	Question: rule.Layers,
	Demon:    "deadlock",
	Title:    "A lock is held while a channel operation waits",
	Why:      "whoever needs the lock waits for the other side, too; if that is the other side itself, for ever",
	Try:      "change the state under the lock, and send or receive after it",
	Sure:     "high that the lock is held; a recording tells who waits for it meanwhile",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("lock-around-send", run, locks.Analyzer, channels.Analyzer, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	c := checker{
		pass:     pass,
		locks:    pass.ResultOf[locks.Analyzer].(*locks.Package),
		channels: pass.ResultOf[channels.Analyzer].(*channels.Package),
		around:   map[*ssa.Function]map[any]bool{},
		holds:    map[held]bool{},
	}
	c.methods = acting.In(pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA))
	var found []candidate
	for _, fn := range c.locks.Funcs {
		c.locks.Walk(fn, func(instr ssa.Instruction, set locks.Set) {
			c.asks(instr, set)
			for _, op := range channels.Of(instr) {
				for _, lock := range set {
					found = append(found, candidate{op, lock})
					c.note(op, lock.Class)
				}
			}
		})
	}
	for _, f := range found {
		c.check(f)
	}
	return nil
}

// candidate is an operation under a lock.
type candidate struct {
	op   channels.Op
	lock locks.Lock
}

type checker struct {
	pass     *analysis.Pass
	locks    *locks.Package
	channels *channels.Package
	around   map[*ssa.Function]map[any]bool // the locks that a function holds around operations
	holds    map[held]bool
	methods  []acting.Method // of actors
}

// held is a lock around one operation.
type held struct {
	instr ssa.Instruction
	class any
}

func (c *checker) note(op channels.Op, class any) {
	c.holds[held{op.Instr, class}] = true
	fn := op.Fn()
	if c.around[fn] == nil {
		c.around[fn] = map[any]bool{}
	}
	c.around[fn][class] = true
}

func (c *checker) check(f candidate) {
	if f.op.Kind == channels.Close || !f.op.Alone() || f.lock.Class == nil || foreign(c.pass, f.op.Chan) || c.token(f.op) {
		return
	}
	if peer, at := c.peer(f); peer != nil && !c.spare(f) {
		c.report(f, rule.At(peer.Pos, "the other side of the channel ..."), rule.At(at, "... takes the same lock"))
		return
	}
	if f.op.Kind == channels.Send && c.mayWait(f) && !once(f.op) {
		if at := c.other(f); at != token.NoPos {
			c.report(f, rule.At(at, "others take the lock here, and wait as long"))
		}
	}
}

func (c *checker) report(f candidate, more ...rule.Evidence) {
	channel := source.Operand(c.pass, f.op.Pos, "a channel")
	lock := source.Operand(c.pass, f.lock.Pos, "a lock")
	what := "a value is sent on " + channel
	if f.op.Kind == channels.Receive {
		what = "a value is awaited from " + channel
	}
	rule.Report(c.pass, f.op.Pos, lock+" is held while "+what, append([]rule.Evidence{rule.At(f.lock.Pos, "locked here")}, more...)...)
}

// foreign tells whether the channel belongs to another package, as the C of a
// time.Timer.
func foreign(pass *analysis.Pass, ch ssa.Value) bool {
	field, ok := access.Class(ch).(*types.Var)
	return ok && field.Pkg() != pass.Pkg
}

// peer is an operation on the other side of the channel that cannot be reached
// without the lock.
func (c *checker) peer(f candidate) (op *channels.Op, at token.Pos) {
	for _, other := range c.channels.Ops(f.op.Chan) {
		if (other.Kind == channels.Receive) == (f.op.Kind == channels.Receive) || other.Fn() == f.op.Fn() {
			continue
		}
		for _, take := range c.locks.Acquires(f.lock.Class) {
			if take.Fn == other.Fn() && (take.Mode == locks.Write || f.lock.Mode == locks.Write) && c.needs(other, take) {
				return &other, take.Call.Pos()
			}
		}
	}
	return nil, token.NoPos
}

// needs tells whether the other side needs the lock before it can operate.
func (c *checker) needs(other channels.Op, take locks.Acquire) bool {
	under := c.holds[held{other.Instr, access.Class(take.Call.Common().Args[0])}]
	if other.Kind == channels.Receive {
		// One that has said under the lock that it will receive, and then does,
		// needs it no more. One that goes on to receive again does.
		loop, ok := loops.Around(other.Instr.Block())
		return under || ok && loop.Blocks[take.Call.Block()]
	}
	if under {
		// Sent or closed under the lock: what is received under it is there
		// already, unless the channel cannot keep it.
		n, known := c.channels.Least(other.Chan)
		return known && n == 0 && other.Kind == channels.Send
	}
	_, deferred := other.Instr.(*ssa.Defer) // comes after everything
	return deferred || order.Reaches(take.Call, other.Instr)
}

// spare tells whether the channel has room for a value that is sent under the
// lock: it is sent once, or few are and the programmer has made room for more.
func (c *checker) spare(f candidate) bool {
	n, known := c.channels.Least(f.op.Chan)
	if f.op.Kind != channels.Send || !known || n == 0 {
		return false
	}
	return once(f.op) || n > 1 && !repeated(f)
}

// repeated tells whether the operation is in a loop under one hold of the lock.
func repeated(f candidate) bool {
	for _, loop := range loops.In(f.op.Fn()) {
		if loop.Blocks[f.op.Instr.Block()] && !loop.Blocks[f.lock.At.Block()] {
			return true
		}
	}
	return false
}

// mayWait tells whether the operation is sure to have to wait for someone.
func (c *checker) mayWait(f candidate) bool {
	if n, known := c.channels.Least(f.op.Chan); known {
		if channels.Made(f.op.Chan) != nil {
			return false // made here: an answer that is awaited, not state that is shared
		}
		return n == 0
	}
	// One of many channels, each with a receiver of its own.
	return access.Class(f.op.Chan) == nil && c.broadcast(f)
}

// broadcast tells whether the send is one of a loop over a map of receivers
// under one hold of the lock. A slice of channels is more often a list of those
// who wait for one answer each, and have room for it.
func (c *checker) broadcast(f candidate) bool {
	loop, ok := loops.Around(f.op.Instr.Block())
	if !ok {
		return false
	}
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			if next, ok := instr.(*ssa.Next); ok && comesFrom(f.op.Chan, next) {
				return true
			}
		}
	}
	return false
}

// comesFrom tells whether the channel is the key or value of a step through a
// map, or a field of it.
func comesFrom(ch ssa.Value, next *ssa.Next) bool {
	root := access.Of(ch).Root
	extract, ok := root.(*ssa.Extract)
	return ok && extract.Tuple == next
}

// other is a place where a function without a channel operation takes the lock.
func (c *checker) other(f candidate) token.Pos {
	for _, take := range c.locks.Acquires(f.lock.Class) {
		if take.Mode == locks.Read && f.lock.Mode == locks.Read {
			continue
		}
		if take.Fn != f.op.Fn() && !c.around[take.Fn][f.lock.Class] {
			return take.Call.Pos()
		}
	}
	return token.NoPos
}

// once tells whether the send happens at most once for a channel: the channel is
// made or closed in the same function, or a flag is set there.
func once(op channels.Op) bool {
	for _, block := range op.Fn().Blocks {
		for _, instr := range block.Instrs {
			switch instr := instr.(type) {
			case *ssa.Store:
				if b, ok := instr.Val.Type().Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
					return true
				}
				if channels.Made(instr.Val) != nil && access.Class(instr.Addr) == access.Class(op.Chan) {
					return true
				}
			case *ssa.Call:
				if setsFlag(instr) {
					return true
				}
				for _, other := range channels.Of(instr) {
					if other.Kind == channels.Close && access.Of(other.Chan) == access.Of(op.Chan) {
						return true
					}
				}
			case *ssa.MakeChan:
				if channels.Made(op.Chan) == instr {
					return true
				}
			}
		}
	}
	return false
}

// setsFlag tells whether a call stores in an atomic.
func setsFlag(call *ssa.Call) bool {
	fn := call.Common().StaticCallee()
	if fn == nil {
		return false
	}
	name := locks.FullName(fn)
	return strings.Contains(name, "sync/atomic.") &&
		(strings.Contains(name, "Store") || strings.Contains(name, "CompareAndSwap") || strings.Contains(name, "Swap"))
}

// token tells whether the channel is one that hands a token round: the same
// function both takes it out and puts it back.
func (c *checker) token(op channels.Op) bool {
	if n, known := c.channels.Least(op.Chan); known && n == 0 {
		return false
	}
	for _, other := range c.channels.Ops(op.Chan) {
		if access.Outer(other.Fn()) == access.Outer(op.Fn()) && other.Kind != op.Kind && other.Kind != channels.Close {
			return true
		}
	}
	return false
}
