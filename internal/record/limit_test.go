package record

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A program that takes seconds to start is recorded for all of -for.
func TestForCountsFromTheRecording(t *testing.T) {
	file := filepath.Join(t.TempDir(), "1-0.trace")
	synctest.Test(t, func(t *testing.T) {
		s := Recorder{For: 10 * time.Millisecond}
		ctx, cancel := s.limitedFrom(t.Context(), file)
		defer cancel()
		time.Sleep(5 * time.Second)
		if ctx.Err() != nil {
			t.Fatal("stopped before its recording began")
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(s.For + leaveGrace - startPoll)
		if ctx.Err() != nil {
			t.Error("stopped before its time was over")
		}
		time.Sleep(3 * startPoll)
		if ctx.Err() == nil {
			t.Error("not stopped when its time was over")
		}
	})
}

// A program that never begins to record is stopped too, and it is said.
func TestRecordingThatNeverBegins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "1-0.trace")
	synctest.Test(t, func(t *testing.T) {
		s := Recorder{For: time.Millisecond}
		ctx, cancel := s.limitedFrom(t.Context(), file)
		defer cancel()
		time.Sleep(startTime + time.Second)
		if ctx.Err() == nil {
			t.Error("not stopped")
		}
	})
	r := Run{File: file, Stopped: true, Wall: startTime}
	if err := unrecorded(t.Context(), r); err == nil || !strings.Contains(err.Error(), "before its recording began") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := unrecorded(ctx, r); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v", err)
	}
	r.Stopped = false
	if err := unrecorded(t.Context(), r); err != nil {
		t.Errorf("error %v of a program that ended", err)
	}
}
