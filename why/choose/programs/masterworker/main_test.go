package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/masterworker"
)

var jobs = strings.Fields("a b c d e f")

// TestEveryJobIsDoneOrTold: results and failures together are the jobs.
func TestEveryJobIsDoneOrTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int64
		done, failed, err := do(t, masterworker.Rules[string, string]{Tries: 3}, func(_ context.Context, job string) (string, error) {
			if job == "c" {
				tries.Add(1)
				return "", errBroken
			}
			return job, nil
		})
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(done)), strings.Fields("a b d e f")) || len(failed) != 1 || !errors.Is(failed[0], errBroken) || tries.Load() != 3 {
			t.Errorf("done %v, failed %v, %v, %d tries of c", done, failed, err, tries.Load())
		}
	})
}

// TestSlowWorker: a job whose worker does not report in time is done by another
// one, and has one result although both finish.
func TestSlowWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		done, failed, err := do(t, masterworker.Rules[string, string]{Timeout: time.Second, Lease: time.Second}, func(_ context.Context, job string) (string, error) {
			if job == "c" && begun.Add(1) == 1 {
				time.Sleep(3 * time.Second)
				return "late", nil
			}
			return job, nil
		})
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(done)), jobs) || done["c"] != "c" || len(failed) != 0 || begun.Load() != 2 {
			t.Errorf("done %v, failed %v, %v; c was begun %d times", done, failed, err, begun.Load())
		}
	})
}

var errBroken = errors.New("broken")

// do has the jobs done by a worker with two slots.
func do(t *testing.T, rules masterworker.Rules[string, string], step trivet.Step[string, string]) (map[string]string, []error, error) {
	m, err := masterworker.Open(t.Context(), rules)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- masterworker.Work(t.Context(), m, step, masterworker.Worker{Slots: 2}) }()
	done, failed, err := collect(t.Context(), m, jobs)
	return done, failed, errors.Join(err, <-ended)
}

func TestSqueezeNoSuchFile(t *testing.T) {
	if _, err := squeeze(t.Context(), "no such file"); err == nil {
		t.Error("no error")
	}
}
