package busyselect_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/busyselect"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), busyselect.Analyzer, "a")
}
