package actorcomputes

import (
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"

	"github.com/trivet-go/trivet/why/review/internal/acting"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/source"
)

// checkMethods looks for heavy work in the methods of actors of flow/actors. As with
// those that are made by hand, the actors keep state, and somebody waits.
func checkMethods(pass *analysis.Pass, built *buildssa.SSA) {
	methods := acting.In(built)
	if len(methods) == 0 {
		return
	}
	bodies := make([]*serving.Body, len(methods))
	keeps := map[any]bool{} // kinds whose methods change their actors
	for i, m := range methods {
		bodies[i] = serving.BodyOf(m.Fn)
		keeps[m.Kind] = keeps[m.Kind] || slices.ContainsFunc(bodies[i].Steps, bodies[i].Keeps)
	}
	for i, m := range methods {
		if keeps[m.Kind] && awaited(built, m) {
			checkMethod(pass, m, bodies[i])
		}
	}
}

// checkMethod reports the first heavy step.
func checkMethod(pass *analysis.Pass, m acting.Method, body *serving.Body) {
	for _, step := range body.Steps {
		if does := heaviness(step); does != "" {
			rule.Report(pass, m.Declared.Pos(), "this method does heavy work, while whoever asks the same actor for anything waits in line",
				rule.At(m.Fn.Pos(), "the actor does one message at a time here"),
				rule.At(source.Position(step.Instr), "%s", does))
			return
		}
	}
}

// awaited tells whether somebody waits for the method: it has an answer, or it is seen
// to be called.
func awaited(built *buildssa.SSA, m acting.Method) bool {
	return !m.Action || slices.ContainsFunc(built.SrcFuncs, func(fn *ssa.Function) bool {
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				if send, ok := acting.SendOf(instr); ok && send.Waits && send.Of(m) {
					return true
				}
			}
		}
		return false
	})
}
