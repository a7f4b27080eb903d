package actorcomputes_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/actorcomputes"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), actorcomputes.Analyzer, "a")
}
