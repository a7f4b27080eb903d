// Package source shows places of the program as the programmer wrote them.
package source

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// Operand is the text of what an operation at pos works on: the channel of a
// send, a receive or a range, the lock of a call of Lock. Other has the text
// when nothing stands at pos.
func Operand(pass *analysis.Pass, pos token.Pos, other string) string {
	text := other
	file := File(pass, pos)
	if file == nil {
		return text
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || n.Pos() > pos || n.End() < pos {
			return false
		}
		switch n := n.(type) {
		case *ast.SendStmt:
			if n.Arrow == pos {
				text = types.ExprString(n.Chan)
			}
		case *ast.UnaryExpr:
			if n.OpPos == pos {
				text = types.ExprString(n.X)
			}
		case *ast.RangeStmt:
			if n.For == pos || n.Range == pos || n.TokPos == pos {
				text = types.ExprString(n.X)
			}
		case *ast.CallExpr:
			if n.Lparen == pos {
				if method, ok := n.Fun.(*ast.SelectorExpr); ok {
					text = types.ExprString(method.X)
				} else {
					text = types.ExprString(n.Fun)
				}
			}
		}
		return true
	})
	return text
}

// File is the syntax of the file that pos lies in.
func File(pass *analysis.Pass, pos token.Pos) *ast.File {
	for _, file := range pass.Files {
		if file.FileStart <= pos && pos <= file.FileEnd {
			return file
		}
	}
	return nil
}

// Position of an instruction, or of the nearest one before it that has one.
func Position(instr ssa.Instruction) token.Pos {
	if instr.Pos().IsValid() {
		return instr.Pos()
	}
	var last token.Pos
	for _, other := range instr.Block().Instrs {
		if other.Pos().IsValid() {
			last = other.Pos()
		}
		if other == instr && last.IsValid() {
			return last
		}
	}
	return last
}
