package ingest

import (
	"time"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/systems/logs/event"
)

// times counts lines by the minute, so that how the whole log spreads over time
// is known without a search.
type times struct {
	minutes guarded.Value[map[int64]int64]
}

func newTimes() *times {
	t := &times{}
	t.minutes.Store(map[int64]int64{})
	return t
}

// add counts lines, those of a batch by one turn of the lock.
func (t *times) add(events []event.Event) {
	part := map[int64]int64{}
	for i := range events {
		if at := events[i].Time; !at.IsZero() {
			part[at.Unix()/60]++
		}
	}
	t.minutes.Do(func(all *map[int64]int64) {
		for minute, n := range part {
			(*all)[minute] += n
		}
	})
}

// Span returns the time of the first line and a time after the last one, in
// whole minutes; both are zero when no line has a time.
func (in *Ingest) Span() (from, until time.Time) {
	first, last := int64(0), int64(-1)
	in.times.minutes.Do(func(all *map[int64]int64) {
		for minute := range *all {
			if last < first {
				first, last = minute, minute
			}
			first, last = min(first, minute), max(last, minute)
		}
	})
	if last < first {
		return
	}
	return time.Unix(first*60, 0).UTC(), time.Unix((last+1)*60, 0).UTC()
}

// Histogram counts the lines from one time to another in equal parts. A line
// counts where its minute begins.
func (in *Ingest) Histogram(from, until time.Time, parts int) []int64 {
	counts := make([]int64, parts)
	length := until.Sub(from)
	if parts == 0 || length <= 0 {
		return counts
	}
	in.times.minutes.Do(func(all *map[int64]int64) {
		for minute, n := range *all {
			at := time.Unix(minute*60, 0)
			if !at.Before(from) && at.Before(until) {
				counts[min(int(float64(at.Sub(from))/float64(length)*float64(parts)), parts-1)] += n
			}
		}
	})
	return counts
}
