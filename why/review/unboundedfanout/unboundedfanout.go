package unboundedfanout

import (
	"go/constant"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/access"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/locks"
	"github.com/trivet-go/trivet/why/review/internal/loops"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/starts"
	"github.com/trivet-go/trivet/why/review/internal/work"
)

var Rule = rule.Rule{
	Name:     "unbounded-fan-out",
	Question: rule.Limits,
	Demon:    "starvation",
	Title:    "A goroutine is started for each element of the input, without a limit",
	Why:      "a long input takes all memory, file descriptors or connections at once",
	Try:      "start them in an errgroup.Group with SetLimit, or let a fixed number of workers take the elements",
	Sure:     "medium: how long the input is, the code does not tell; a recording counts the goroutines",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("unbounded-fan-out", run, buildssa.Analyzer)

func run(pass *analysis.Pass) error {
	for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
		nest := loops.In(fn)
		for _, start := range starts.In(fn) {
			if limited(fn, start) || start.Fn == nil || work.Tiny(start.Fn) || admits(start.Fn) {
				continue
			}
			if step, what := turns(fn, nest, start); step.IsValid() {
				rule.Report(pass, start.Site.Pos(), "a goroutine is started for each of the "+what+", however many there are",
					rule.At(step, "the input"))
			}
		}
	}
	return nil
}

// limited tells whether the group may have a limit: it is given one, or comes
// from somewhere else.
func limited(fn *ssa.Function, start starts.Start) bool {
	if !start.Limit {
		return false
	}
	group := access.Of(start.Group)
	if group.Root.Parent() != fn || group.Steps != "" {
		return true
	}
	for _, use := range *group.Root.Referrers() {
		if call, ok := use.(*ssa.Call); ok && call.Common().StaticCallee() != nil {
			switch call.Common().StaticCallee().Name() {
			case "Go", "Wait", "TryGo":
			default:
				return true
			}
		}
	}
	_, own := group.Root.(*ssa.Alloc)
	_, withContext := group.Root.(*ssa.Extract)
	return !own && !withContext
}

// turns is where the input comes from, element by element, and what they are.
func turns(fn *ssa.Function, nest loops.Nest, start starts.Start) (at token.Pos, what string) {
	if blocks := blocksOf(fn); walks(fn) {
		if waits(blocks, start) {
			return token.NoPos, ""
		}
		return fn.Pos(), "files"
	}
	loop, ok := nest.Around(start.Site.Block())
	if !ok || waits(loop.Blocks, start) {
		return token.NoPos, ""
	}
	for block := range loop.Blocks {
		for _, instr := range block.Instrs {
			if at, what := step(instr); at.IsValid() && steers(instr, loop) {
				return at, what
			}
		}
	}
	return ranged(loop)
}

func blocksOf(fn *ssa.Function) map[*ssa.BasicBlock]bool {
	blocks := map[*ssa.BasicBlock]bool{}
	for _, block := range fn.Blocks {
		blocks[block] = true
	}
	return blocks
}

// walkers call a function for each file of a tree.
var walkers = map[string]bool{"path/filepath.WalkDir": true, "path/filepath.Walk": true, "io/fs.WalkDir": true}

// walks tells whether fn is a literal that is called for each file of a tree.
func walks(fn *ssa.Function) bool {
	if fn.Parent() == nil {
		return false
	}
	for _, block := range fn.Parent().Blocks {
		for _, instr := range block.Instrs {
			call, ok := instr.(*ssa.Call)
			if !ok || !walkers[locks.Called(call.Common())] {
				continue
			}
			for _, arg := range call.Call.Args {
				if access.Function(arg) == fn {
					return true
				}
			}
		}
	}
	return false
}

// steps are calls that give one element more.
var steps = map[string]string{
	"(*bufio.Scanner).Scan":         "lines",
	"(*bufio.Reader).ReadString":    "lines",
	"(*bufio.Reader).ReadLine":      "lines",
	"(*bufio.Reader).ReadBytes":     "lines",
	"(*database/sql.Rows).Next":     "rows",
	"(*encoding/csv.Reader).Read":   "records",
	"(*archive/tar.Reader).Next":    "files",
	"(*encoding/json.Decoder).More": "values",
}

func step(instr ssa.Instruction) (at token.Pos, what string) {
	call, ok := instr.(*ssa.Call)
	if !ok {
		return token.NoPos, ""
	}
	if what, ok = steps[locks.Called(call.Common())]; !ok {
		return token.NoPos, ""
	}
	return call.Pos(), what
}

// steers tells whether a call decides in each turn of the loop whether there is
// another one.
func steers(instr ssa.Instruction, loop loops.Loop) bool {
	return instr.Block() == loop.Header || loop.Header.Dominates(instr.Block()) && leaves(instr.Block(), loop)
}

func leaves(block *ssa.BasicBlock, loop loops.Loop) bool {
	for _, next := range block.Succs {
		if !loop.Blocks[next] {
			return true
		}
	}
	return false
}

// lists are calls that give all elements at once.
var lists = map[string]string{
	"os.ReadDir":                     "names",
	"io/ioutil.ReadDir":              "names",
	"io/fs.ReadDir":                  "names",
	"path/filepath.Glob":             "files",
	"io/fs.Glob":                     "files",
	"(*os.File).ReadDir":             "names",
	"(*os.File).Readdir":             "names",
	"(*os.File).Readdirnames":        "names",
	"(*encoding/csv.Reader).ReadAll": "records",
}

// ranged tells whether the loop goes through a list that input made.
func ranged(loop loops.Loop) (at token.Pos, what string) {
	branch, ok := loop.Header.Instrs[len(loop.Header.Instrs)-1].(*ssa.If)
	if !ok {
		return token.NoPos, ""
	}
	cond, ok := branch.Cond.(*ssa.BinOp)
	if !ok {
		return token.NoPos, ""
	}
	length, ok := cond.Y.(*ssa.Call)
	if !ok {
		return token.NoPos, ""
	}
	if b, ok := length.Call.Value.(*ssa.Builtin); !ok || b.Name() != "len" {
		return token.NoPos, ""
	}
	list := access.Value(length.Call.Args[0])
	if extract, ok := list.(*ssa.Extract); ok && extract.Index == 0 {
		list = extract.Tuple
	}
	call, ok := list.(*ssa.Call)
	if !ok {
		return token.NoPos, ""
	}
	name := locks.Called(call.Common())
	if what, ok := lists[name]; ok {
		return call.Pos(), what
	}
	if (name == "strings.Split" || name == "bytes.Split") && isNewline(call.Call.Args[1]) {
		return call.Pos(), "lines"
	}
	return token.NoPos, ""
}

func isNewline(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.Value != nil && c.Value.Kind() == constant.String && constant.StringVal(c.Value) == "\n"
}

// waits tells whether something in the loop may wait for room: a channel, or a
// call that is named for it.
func waits(blocks map[*ssa.BasicBlock]bool, start starts.Start) bool {
	for block := range blocks {
		for _, instr := range block.Instrs {
			if instr == start.Site {
				continue
			}
			for _, op := range channels.Of(instr) {
				if op.Kind != channels.Close {
					return true
				}
			}
			if call, ok := instr.(*ssa.Call); ok && limits(call.Common()) {
				return true
			}
		}
	}
	return false
}

// limits tells whether a call is named for letting in, waiting or counting.
func limits(call *ssa.CallCommon) bool {
	name := ""
	if call.IsInvoke() {
		name = call.Method.Name()
	} else if callee := access.Callee(call); callee != nil {
		name = callee.Name()
	}
	name = strings.ToLower(name)
	for _, word := range []string{"acquire", "wait", "limit", "take", "throttle", "enter", "token", "slot", "lock"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// admits tells whether the goroutine waits for room itself: it fills and empties
// one channel, or calls something named for it.
func admits(fn *ssa.Function) bool {
	kinds := map[any]map[channels.Kind]bool{}
	for _, f := range append([]*ssa.Function{fn}, fn.AnonFuncs...) {
		for _, block := range f.Blocks {
			for _, instr := range block.Instrs {
				for _, op := range channels.Of(instr) {
					class := access.Class(op.Chan)
					if kinds[class] == nil {
						kinds[class] = map[channels.Kind]bool{}
					}
					kinds[class][op.Kind] = true
					if kinds[class][channels.Send] && kinds[class][channels.Receive] {
						return true
					}
				}
				if call, ok := instr.(*ssa.Call); ok && limits(call.Common()) {
					if _, isLock := locks.OpOf(call.Common()); !isLock {
						return true
					}
				}
			}
		}
	}
	return false
}
