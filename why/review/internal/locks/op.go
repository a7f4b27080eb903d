package locks

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
)

// Mode is how a lock is held.
type Mode uint8

const (
	Write Mode = iota
	Read
)

// Op is one call of a method of a mutex.
type Op struct {
	Lock    ssa.Value // the address of the mutex
	Mode    Mode
	Acquire bool // false: release
	Pos     token.Pos
}

var methods = map[string]Op{
	"(*sync.Mutex).Lock":      {Mode: Write, Acquire: true},
	"(*sync.Mutex).Unlock":    {Mode: Write},
	"(*sync.RWMutex).Lock":    {Mode: Write, Acquire: true},
	"(*sync.RWMutex).Unlock":  {Mode: Write},
	"(*sync.RWMutex).RLock":   {Mode: Read, Acquire: true},
	"(*sync.RWMutex).RUnlock": {Mode: Read},
}

// OpOf tells whether a call locks or unlocks a mutex of package sync. TryLock
// is neither: whether it holds the lock is known to the branch that follows.
func OpOf(call *ssa.CallCommon) (op Op, ok bool) {
	fn := call.StaticCallee()
	if fn == nil || len(call.Args) == 0 {
		return Op{}, false
	}
	op, ok = methods[FullName(fn)]
	if !ok {
		return Op{}, false
	}
	op.Lock, op.Pos = call.Args[0], call.Pos()
	return op, true
}

// Called returns the full name of the function that is called, if that is known
// when compiled, and else "".
func Called(call *ssa.CallCommon) string {
	if callee := call.StaticCallee(); callee != nil {
		return FullName(callee)
	}
	return ""
}

// FullName is the name of a declared function, "(*sync.Mutex).Lock", also for
// the wrapper through which a promoted method is called, and for an instance of
// a generic one.
func FullName(fn *ssa.Function) string {
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	if obj, ok := fn.Object().(*types.Func); ok {
		return obj.FullName()
	}
	return ""
}

// opOf is OpOf for instructions, and tells whether the operation is deferred.
func opOf(instr ssa.Instruction) (op Op, deferred, ok bool) {
	switch instr := instr.(type) {
	case *ssa.Call:
		op, ok = OpOf(instr.Common())
	case *ssa.Defer:
		op, ok = OpOf(instr.Common())
		deferred = true
	}
	return op, deferred, ok
}

// Class of the lock: see [access.Class].
func (op Op) Class() any { return access.Class(op.Lock) }
