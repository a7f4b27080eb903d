package channelasmutex_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/channelasmutex"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), channelasmutex.Analyzer, "a")
}
