package actorcomputes

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

// heavy are functions that take a millisecond or so for usual arguments.
var heavy = []string{
	"compress/bzip2.", "(*compress/flate.Writer).Write", "(*compress/gzip.Writer).Write", "(*compress/zlib.Writer).Write",
	"crypto/pbkdf2.Key", "crypto/rsa.Generate", "crypto/rsa.Sign", "crypto/rsa.Decrypt",
	"golang.org/x/crypto/argon2.", "golang.org/x/crypto/bcrypt.CompareHash", "golang.org/x/crypto/bcrypt.Generate",
	"golang.org/x/crypto/pbkdf2.Key", "golang.org/x/crypto/scrypt.Key",
	"image.Decode", "image/gif.Decode", "image/gif.Encode", "image/jpeg.Decode", "image/jpeg.Encode", "image/png.Decode", "(*image/png.Encoder).Encode", "image/png.Encode",
	"(*math/big.Int).Exp", "(*math/big.Int).ProbablyPrime",
}

// hashing are functions that are heavy in a loop.
var hashing = []string{
	"crypto/md5.Sum", "crypto/sha1.Sum", "crypto/sha256.Sum", "crypto/sha512.Sum", "crypto/sha3.Sum", "crypto/ed25519.", "crypto/ecdsa.",
}

// heaviness says why a step takes long, "" when it is not sure to.
func heaviness(step serving.Step) string {
	many := 0 // loops around it that may turn often
	for _, loop := range step.Loops {
		if !loop.Few() {
			many++
		}
	}
	switch instr := step.Instr.(type) {
	case *ssa.Call:
		name := locks.Called(instr.Common())
		switch {
		case begins(name, heavy):
			return "it calls " + short(name)
		case many > 0 && begins(name, hashing):
			return "it calls " + short(name) + " in a loop"
		case name != "" && explodes(access.Callee(instr.Common())):
			return "it calls " + short(name) + ", which calls itself twice for each step"
		}
	case *ssa.BinOp:
		if many > 1 && arithmetic(instr) && calculates(step.Loops[len(step.Loops)-1]) {
			return "it calculates in a loop within a loop"
		}
	}
	return ""
}

func begins(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if name != "" && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// short is a function's name without the path of its package.
func short(name string) string {
	pointer := strings.HasPrefix(name, "(*")
	name = name[strings.LastIndex(name, "/")+1:]
	if pointer && !strings.HasPrefix(name, "(*") {
		name = "(*" + name
	}
	return name
}

// explodes tells whether a function calls itself twice with a smaller number, so
// that each step doubles the work.
func explodes(fn *ssa.Function) bool {
	if fn == nil {
		return false
	}
	smaller := 0
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok || access.Callee(call.Common()) != fn {
				continue
			}
			for _, arg := range call.Call.Args {
				less, ok := arg.(*ssa.BinOp)
				if _, param := origin(less, ok); param && less.Op == token.SUB {
					smaller++
					break
				}
			}
		}
	}
	return smaller > 1
}

func origin(b *ssa.BinOp, ok bool) (*ssa.Parameter, bool) {
	if !ok {
		return nil, false
	}
	param, ok := b.X.(*ssa.Parameter)
	return param, ok
}

// arithmetic tells whether an operation calculates rather than counts or compares.
func arithmetic(op *ssa.BinOp) bool {
	t, ok := op.Type().Underlying().(*types.Basic)
	if !ok || t.Info()&types.IsNumeric == 0 {
		return false
	}
	switch op.Op {
	case token.MUL, token.QUO, token.REM, token.XOR, token.SHL, token.SHR:
		return true
	case token.ADD, token.SUB:
		return t.Info()&types.IsFloat != 0
	}
	return false
}

// calculates tells whether a loop does nothing but calculate: it calls nothing that
// is not tiny, and touches no map and no channel.
func calculates(loop loops.Loop) bool {
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			switch instr := instr.(type) {
			case *ssa.MapUpdate, *ssa.Next, *ssa.Send, *ssa.Select, *ssa.Go, *ssa.Defer, *ssa.MakeInterface:
				return false
			case *ssa.Lookup:
				if _, isMap := instr.X.Type().Underlying().(*types.Map); isMap {
					return false
				}
			case *ssa.UnOp:
				if instr.Op == token.ARROW {
					return false
				}
			case *ssa.Call:
				if !work.TinyRange([]ssa.Instruction{instr}) {
					return false
				}
			}
		}
	}
	return true
}
