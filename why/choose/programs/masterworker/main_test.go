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
)

var jobs = strings.Fields("a b c d e f")

// TestEveryJobIsDoneOrTold: results and failures together are the jobs.
func TestEveryJobIsDoneOrTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int64
		done, failed, err := master[string]{Workers: 3, Tries: 3}.do(t.Context(), jobs,
			func(_ context.Context, job string) (string, error) {
				if job == "c" {
					tries.Add(1)
					return "", errors.New("broken")
				}
				return job, nil
			})
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(done)), strings.Fields("a b d e f")) || len(failed) != 1 || failed[0].Item != "c" || tries.Load() != 3 {
			t.Errorf("done %v, failed %v, %v, %d tries of c", done, failed, err, tries.Load())
		}
	})
}

// TestSlowWorker: a job whose worker does not report in time is done by another
// one, and has one result although both finish.
func TestSlowWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var both atomic.Int64
		done, failed, err := master[string]{Workers: 2, Tries: 2, Visibility: time.Second}.do(t.Context(), jobs,
			func(_ context.Context, job string) (string, error) {
				if job == "c" && both.Add(1) == 1 {
					time.Sleep(3 * time.Second)
				}
				return job, nil
			})
		if err != nil || !slices.Equal(slices.Sorted(maps.Keys(done)), jobs) || len(failed) != 0 || both.Load() != 2 {
			t.Errorf("done %v, failed %v, %v; c was begun %d times", done, failed, err, both.Load())
		}
	})
}

func TestSqueezeNoSuchFile(t *testing.T) {
	if _, err := squeeze(t.Context(), "no such file"); err == nil {
		t.Error("no error")
	}
}
