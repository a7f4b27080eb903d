package lockaroundsend_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/lockaroundsend"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), lockaroundsend.Analyzer, "a")
}
