package unboundedfanout_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/unboundedfanout"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), unboundedfanout.Analyzer, "a")
}
