package waitbeforedrain_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/waitbeforedrain"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), waitbeforedrain.Analyzer, "a")
}
