package calibrate

import (
	"runtime"
	"testing"
)

// A process that loses the core before the first round has no time left.
func TestNoTimeLeft(t *testing.T) {
	s := switching(0)
	if s <= 0 {
		t.Errorf("a switch takes %v", s)
	}
	if runtime.GOMAXPROCS(0) == 1 || runtime.NumCPU() == 1 {
		t.Skip("waking needs a second core")
	}
	if wake, call := waking(s, 0); wake <= 0 || call <= 0 {
		t.Errorf("waking takes %v, calling %v", wake, call)
	}
}
