package actorcomputes

import (
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"

	"github.com/trivet-go/trivet/why/review/internal/callers"
	"github.com/trivet-go/trivet/why/review/internal/channels"
	"github.com/trivet-go/trivet/why/review/internal/rule"
	"github.com/trivet-go/trivet/why/review/internal/serving"
	"github.com/trivet-go/trivet/why/review/internal/source"
)

var Rule = rule.Rule{
	Name:     "actor-computes",
	Question: rule.Selection,
	Demon:    "starvation",
	Title:    "An actor loop does the heavy work, one message after the other",
	Why:      "who sends waits for all that was sent before, and one core does it, however many there are",
	Try:      "let the goroutine keep the state only, and compute before sending or on workers behind it",
	Sure:     "high that it computes while others wait for its answer; a recording tells how much of the time that is",
	Analyzer: Analyzer,
}

var Analyzer = rule.Analyzer("actor-computes", run, buildssa.Analyzer, callers.Analyzer)

func run(pass *analysis.Pass) error {
	known := pass.ResultOf[callers.Analyzer].(*callers.Package)
	built := pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
	checkMethods(pass, built)
	for _, fn := range built.SrcFuncs {
		for _, server := range serving.In(fn) {
			if server.Alone(known) {
				check(pass, server)
			}
		}
	}
	return nil
}

func check(pass *analysis.Pass, server serving.Server) {
	body := server.Body()
	if !slices.ContainsFunc(body.Steps, body.Keeps) {
		return
	}
	for _, heavy := range body.Steps {
		does := heaviness(heavy)
		if does == "" {
			continue
		}
		for _, answer := range body.Steps {
			if answers(body, answer) && body.Before(heavy, answer) {
				rule.Report(pass, server.Start.Site.Pos(), "the goroutine that is started here does heavy work for one message after the other, while others wait for its answers",
					rule.At(server.Waits(), "it takes a message here"),
					rule.At(source.Position(heavy.Instr), "%s", does),
					rule.At(source.Position(answer.Instr), "and answers here"))
				return
			}
		}
	}
}

// answers tells whether a step sends to, or closes, a channel that came with a
// message: whoever sent that waits.
func answers(body *serving.Body, step serving.Step) bool {
	for _, op := range channels.Of(step.Instr) {
		if op.Kind != channels.Receive && body.Came(op.Chan) {
			return true
		}
	}
	return false
}
