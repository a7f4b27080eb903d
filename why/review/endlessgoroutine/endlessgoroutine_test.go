package endlessgoroutine_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/endlessgoroutine"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), endlessgoroutine.Analyzer, "a")
}
