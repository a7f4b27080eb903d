package tinytasks_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/tinytasks"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), tinytasks.Analyzer, "a")
}
