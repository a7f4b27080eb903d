package lockinstage_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/lockinstage"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), lockinstage.Analyzer, "a")
}
