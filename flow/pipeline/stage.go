package pipeline

import (
	"errors"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/limit"
)

// Stage is how a stage works. The zero value is one worker, a small buffer,
// backpressure when it is full, and order kept.
type Stage struct {
	// Name stands in errors, hooks, statistics, traces and profiles. Without
	// one a stage is named by its place, "stage 2".
	Name string

	// Workers is the number of goroutines that call the step; 0 means 1.
	Workers int

	// Ordered keeps the order of the input when there are several workers: a
	// result that is ready early waits for those before it. One worker keeps
	// the order anyway.
	Ordered bool

	// Buffer is the number of items that fit in front of the stage; 0 means
	// [DefaultBuffer]. Beside these, each worker has a batch in its hands.
	Buffer int

	// Batch is how many items a worker takes at once at most; 0 means
	// [DefaultBatch], and 1 is right when a late start of an item is worse
	// than the cost of taking it alone. A worker takes what is there and never
	// waits for a batch to fill.
	Batch int

	// Overflow is what happens to an item for which there is no room. Block
	// lets the stage before wait; DropNewest and DropOldest lose an item and
	// count it; Refuse ends the run with an error. For Divert see [Evacuate].
	Overflow trivet.Overflow

	// Limit, if not nil, is taken 1 of for each call of a function that gets a
	// context. Stages, groups and consumers can share one, and an adaptive one
	// finds by itself how many calls the work bears. The wait for it counts as
	// backpressure.
	Limit *limit.Limit
}

const (
	DefaultBuffer = 1024
	DefaultBatch  = 1024
)

// maxWorkers is a bound against a number that was never meant.
const maxWorkers = 1 << 20

func (st Stage) workers() int { return max(st.Workers, 1) }

func (st Stage) buffer() int {
	if st.Buffer == 0 {
		return DefaultBuffer
	}
	return st.Buffer
}

func (st Stage) batch() int {
	if st.Batch == 0 {
		return min(DefaultBatch, st.buffer())
	}
	return st.Batch
}

// check returns what is wrong with the settings.
func (st Stage) check() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("pipeline: stage %q: %w", st.Name, fmt.Errorf(format, args...)))
	}
	if st.Workers < 0 || st.Workers > maxWorkers {
		wrong("%d workers: it takes 1 to %d", st.Workers, maxWorkers)
	}
	if st.Buffer < 0 {
		wrong("a buffer of %d items: it takes 1 or more", st.Buffer)
	}
	if st.Batch < 0 {
		wrong("a batch of %d items: it takes 1 or more", st.Batch)
	}
	switch st.Overflow {
	case trivet.Block, trivet.DropNewest, trivet.DropOldest, trivet.Refuse:
	case trivet.Divert:
		wrong("overflow %v needs a second stream to divert to: use Evacuate", st.Overflow)
	default:
		wrong("unknown %v", st.Overflow)
	}
	return errors.Join(errs...)
}
