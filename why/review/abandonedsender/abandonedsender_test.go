package abandonedsender_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/abandonedsender"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), abandonedsender.Analyzer, "a")
}
