package stealing

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Measured tells how parallel a piece of work is, whatever the machine.
type Measured struct {
	Work time.Duration // all of it, one after the other
	Span time.Duration // the longest chain of pieces that wait for each other

	// BurdenedSpan is the span if every fork went to another worker and cost
	// [Burden]. Where it is much longer than Span the pieces are too small.
	BurdenedSpan time.Duration

	Forks int64
}

// Burden is what it costs to give a piece to another worker and to get its
// result back, if that worker has to be woken.
const Burden = 5 * time.Microsecond

// Parallelism is how many workers could be busy on average: more than that many
// cores are of no use.
func (m Measured) Parallelism() float64 { return ratio(m.Work, m.Span) }

// BurdenedParallelism is the same with what it costs to hand pieces over.
func (m Measured) BurdenedParallelism() float64 { return ratio(m.Work, m.BurdenedSpan) }

func ratio(work, span time.Duration) float64 {
	if span <= 0 {
		return 1
	}
	return float64(work) / float64(span)
}

// Speedup returns between what the work is faster on so many cores than on one:
// no more than the cores, nor than the parallelism (the work and span laws); no
// less than what a greedy scheduler reaches on the burdened span (Brent's bound;
// He, Leiserson and Leiserson: The Cilkview Scalability Analyzer, section 3).
func (m Measured) Speedup(cores int) (least, most float64) {
	work := float64(m.Work)
	if work <= 0 {
		return 1, 1
	}
	least = work / (work/float64(cores) + float64(m.BurdenedSpan))
	return least, min(float64(cores), m.Parallelism())
}

// Measure calls f once and measures it, with the runs that it begins under the
// context that it gets. They run on the calling goroutine alone, and what the
// clock costs is taken off; a piece of less than some hundred nanoseconds is
// still measured badly. What f does between its runs counts as serial.
func Measure(ctx context.Context, f func(ctx context.Context) error) (Measured, error) {
	m := &meter{cost: clockCost()}
	m.last = time.Now()
	if err := f(context.WithValue(ctx, meterKey{}, m)); err != nil {
		return Measured{}, err
	}
	m.tick()
	if len(m.open) > 0 {
		return Measured{}, errors.New("stealing: a body recovered a panic between Fork and Join: its span is unknown")
	}
	return m.Measured, nil
}

type meterKey struct{}

// A meter follows one goroutine through its forks and joins. Span is that of the
// chain that ends where the goroutine is, in a program where all forks run at
// the same time.
type meter struct {
	Measured
	mu   sync.Mutex // held during a run: one that begins meanwhile is not measured
	last time.Time  // the last event
	cost time.Duration
	open []branching
}

// A branching is a fork that is not joined: the spans at the fork, then, when
// the forked piece begins, at the end of the other one.
type branching struct{ span, burdened time.Duration }

func meterOf(ctx context.Context) *meter {
	m, _ := ctx.Value(meterKey{}).(*meter)
	if m == nil || !m.mu.TryLock() {
		return nil
	}
	return m
}

// tick adds the time since the last event.
func (m *meter) tick() {
	d := max(0, time.Since(m.last)-m.cost)
	m.Work += d
	m.Span += d
	m.BurdenedSpan += d
}

func (m *meter) fork() {
	m.tick()
	m.Forks++
	m.open = append(m.open, branching{m.Span, m.BurdenedSpan + Burden})
	m.last = time.Now()
}

// forked goes from the end of the one piece to the fork, where the other one
// began.
func (m *meter) forked() {
	m.tick()
	b := &m.open[len(m.open)-1]
	m.Span, b.span = b.span, m.Span
	m.BurdenedSpan, b.burdened = b.burdened, m.BurdenedSpan
	m.last = time.Now()
}

// join goes on where both pieces have ended.
func (m *meter) join() {
	m.tick()
	last := len(m.open) - 1
	m.Span = max(m.Span, m.open[last].span)
	m.BurdenedSpan = max(m.BurdenedSpan, m.open[last].burdened)
	m.open = m.open[:last]
	m.last = time.Now()
}

// measured is Join in a run that is measured.
func measured[A, R any](s *Stack[A, R], a A) R {
	m := s.meter
	m.forked()
	r := s.body(s, a)
	m.join()
	return r
}

// clockCost is what an event adds to the time that is measured.
func clockCost() time.Duration {
	least := time.Hour
	for range 100 {
		begin := time.Now()
		least = min(least, time.Since(begin))
	}
	return least
}
