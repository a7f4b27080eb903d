package tinymessages_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/trivet-go/trivet/why/review/tinymessages"
)

func Test(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), tinymessages.Analyzer, "a")
}
