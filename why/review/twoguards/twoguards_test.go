package twoguards_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/twoguards"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), twoguards.Analyzer, "a")
}
