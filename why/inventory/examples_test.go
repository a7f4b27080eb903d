package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why/inventory"
)

// TestExamples: what the small programs beside the library are built from. A
// flaw and its mended twin differ in one thing, which often is a pattern.
func TestExamples(t *testing.T) {
	for name, want := range map[string]string{
		"collector":        "worker pool queue",
		"collector/mended": "worker pool queue",
		"handoff":          "producer-consumer between",
		"handoff/mended":   "producer-consumer between",
		"lines":            "fan-out/fan-in wg, atomics count",
		"lines/mended":     "fan-out/fan-in wg, atomics count",
		"mergesort":        "fan-out/fan-in wg",
		"mergesort/mended": "fan-out/fan-in wg, fan-out/fan-in wg",
		"shares":           "fan-out/fan-in wg, atomics total",
		"shares/mended":    "worker pool queue, atomics total",
		"sharpen":          "pipeline source+decoded+sharp+small, worker pool source",
		"sharpen/mended":   "pipeline source+decoded+sharp+small, worker pool source",
		"slots":            "fan-out/fan-in wg, semaphore free, atomics total",
		"slots/mended":     "fan-out/fan-in wg, semaphore free, atomics total",
		"tallies":          "worker pool queue, atomics tally.letters",
		"tallies/mended":   "worker pool queue, atomics tally.letters",
		"thumbs":           "worker pool requests, mutex-guarded state cache.mu",
		"thumbs/mended":    "worker pool requests, mutex-guarded state cache.mu",
		"wordcount":        "worker pool queue, mutex-guarded state counts.mu",
		"wordcount/mended": "worker pool queue, mutex-guarded state counts.mu",
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range load(t, "../../examples/"+name) {
				got = append(got, fmt.Sprintf("%s %s", p.Kind, strings.ReplaceAll(p.Name, ", ", "+")))
			}
			if s := strings.Join(got, ", "); s != want {
				t.Errorf("%s, want %s", s, want)
			}
		})
	}
}

// What the Go distribution has copied into its own tree is known all the same.
func TestVendored(t *testing.T) {
	for _, p := range load(t, "cmd/gofmt") {
		if p.Kind == inventory.Semaphore && p.By == "semaphore.Weighted" {
			return
		}
	}
	t.Error("the semaphore of cmd/gofmt is not found")
}
