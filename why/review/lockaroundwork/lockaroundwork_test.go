package lockaroundwork_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/lockaroundwork"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), lockaroundwork.Analyzer, "a")
}
