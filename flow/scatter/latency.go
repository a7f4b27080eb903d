package scatter

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// latencies tracks how long first requests take, in a histogram of buckets
// that are up to an eighth wide (as HdrHistogram's with three bits). Old
// requests fade: when a bucketful has been counted all counts are halved.
type latencies struct {
	counts [bucketsEach * 64]atomic.Int32
	total  atomic.Int32
	fading atomic.Bool

	quantile float64
	trigger  atomic.Int64 // nanoseconds; 0 until enough is known
}

const (
	bucketsEach = 8
	fewest      = 32   // requests before anything is said
	fadeAt      = 4096 // requests
	refresh     = 64   // requests between two looks at the histogram
)

func bucketOf(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < bucketsEach {
		return int(n)
	}
	shift := bits.Len64(n) - 4
	return shift*bucketsEach + int(n>>shift)
}

// upper returns the longest time of a bucket.
func upper(bucket int) time.Duration {
	if bucket < 2*bucketsEach {
		return time.Duration(bucket)
	}
	shift := bucket/bucketsEach - 1
	return time.Duration(uint64(bucket-shift*bucketsEach+1)<<shift - 1)
}

func (l *latencies) add(d time.Duration) {
	l.counts[bucketOf(d)].Add(1)
	n := l.total.Add(1)
	if n == fewest || n%refresh == 0 {
		l.trigger.Store(int64(l.at(l.quantile)))
	}
	if n >= fadeAt && l.fading.CompareAndSwap(false, true) {
		l.fade()
		l.fading.Store(false)
	}
}

// at returns the time within which the part q of all requests ended.
func (l *latencies) at(q float64) time.Duration {
	var all int64
	for i := range l.counts {
		all += int64(l.counts[i].Load())
	}
	rest := int64(q * float64(all))
	for i := range l.counts {
		if rest -= int64(l.counts[i].Load()); rest < 0 {
			return upper(i)
		}
	}
	return upper(len(l.counts) - 1)
}

func (l *latencies) fade() {
	left := int32(0)
	for i := range l.counts {
		half := l.counts[i].Load() / 2
		l.counts[i].Add(-half)
		left += l.counts[i].Load()
	}
	l.total.Store(left)
}
