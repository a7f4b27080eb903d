package record

import (
	"testing"
	"time"

	"golang.org/x/exp/trace"
)

// What a goroutine waits for at the end is known, and since when, although each
// generation of a trace tells its state anew.
func TestLeftAtTheEnd(t *testing.T) {
	s := newScript(t)
	s.spawn(1, 2, "main.worker")
	s.spawn(1, 3, "main.worker")
	s.block(1, "chan receive")
	s.run(2)
	s.block(2, "sync")
	s.now += trace.Time(10 * time.Second)
	s.transition(trace.NoGoroutine, 1, trace.GoWaiting, trace.GoWaiting, "", "")
	s.now += trace.Time(10 * time.Second)
	s.run(3)
	rec, err := s.r.finish()
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Left) != 3 {
		t.Fatalf("left %+v, want three", rec.Left)
	}
	if l := rec.Left[0]; l.Goroutine != 0 || l.Why != OnChannel || l.For < 19*time.Second {
		t.Errorf("main: %+v, want 20 s at a channel", l)
	}
	if l := rec.Left[2]; l.Why != "" {
		t.Errorf("%+v runs", l)
	}
}
