package calibrate_test

import (
	"runtime"
	"testing"

	"github.com/trivet-go/trivet/why/replay/calibrate"
)

func TestCosts(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	c := calibrate.Costs()
	t.Logf("%+v", c)
	if runtime.GOMAXPROCS(0) != before {
		t.Errorf("GOMAXPROCS is %d, was %d", runtime.GOMAXPROCS(0), before)
	}
	if c.Switch <= 0 {
		t.Errorf("a switch takes %v", c.Switch)
	}
	if several := before > 1 && runtime.NumCPU() > 1; several != (c.Wake > 0) || several != (c.Call > 0) {
		t.Errorf("waking takes %v and %v with GOMAXPROCS %d", c.Wake, c.Call, before)
	}
}

func TestHandOver(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	start, message := calibrate.HandOver()
	t.Logf("start %v, message %v", start, message)
	if start <= 0 || message <= 0 {
		t.Errorf("starting takes %v, a message %v", start, message)
	}
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("GOMAXPROCS was %d, is %d", before, after)
	}
}
