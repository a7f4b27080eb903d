package contest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// sample is one run of a subject, by operation, and how many cores ran for it on
// average.
type sample struct{ ns, allocs, cores float64 }

// result is a case and what each round of it gave.
type result struct {
	Case
	rounds [][]sample // by subject, then by round
	failed []string   // who is not among the subjects any more, and why
}

// measureAll measures cases one after the other.
func measureAll(ctx context.Context, name string, cases []Case, o board.Options) ([]result, error) {
	total := 0
	for _, c := range cases {
		total += len(c.Subjects) * (o.Rounds + 1) // and a run that calibrates
	}
	say := newEstimate(o.Progress, total)
	var results []result
	for i, c := range cases {
		o.Progress.Sayf("%s %d/%d: %s", name, i+1, len(cases), c.Name)
		say.label = name + " " + c.Name
		length := o.Sample
		if c.CPU {
			length = o.Idle
		}
		r, err := measureCase(ctx, c, o.Rounds, length, say.step)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// measureCase measures one case; step is told of each run that begins.
func measureCase(ctx context.Context, c Case, rounds int, length time.Duration, step func(who string)) (result, error) {
	if c.Procs > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.Procs))
	}
	if c.Beside != nil {
		defer c.Beside()()
	}
	r := result{Case: c, rounds: make([][]sample, len(c.Subjects))}
	counts, failed := make([]int, len(c.Subjects)), make([]error, len(c.Subjects))
	for i, s := range c.Subjects {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		step(s.Who)
		counts[i], failed[i] = calibrate(s.took, max(1, c.Unit), length)
	}
	for range rounds {
		for _, i := range rand.Perm(len(c.Subjects)) {
			if ctx.Err() != nil {
				return r, context.Cause(ctx)
			}
			step(c.Subjects[i].Who)
			if failed[i] == nil {
				var s sample
				s, failed[i] = c.Subjects[i].once(counts[i], c.CPU)
				r.rounds[i] = append(r.rounds[i], s)
			}
		}
	}
	for i, err := range failed {
		if err != nil && c.Subjects[i].Role == Ours {
			return r, fmt.Errorf("%s: %s: %w", c.Name, c.Subjects[i].Who, err)
		}
	}
	return r.without(failed), nil
}

// without is r without the subjects that have failed: what the others did, they did
// in the same rounds all the same.
func (r result) without(failed []error) result {
	left := r
	left.Subjects, left.rounds = nil, nil
	for i, s := range r.Subjects {
		if failed[i] != nil {
			left.failed = append(left.failed, fmt.Sprintf("%s: %v", s.Who, failed[i]))
			continue
		}
		left.Subjects = append(left.Subjects, s)
		left.rounds = append(left.rounds, r.rounds[i])
	}
	return left
}

// most operations of one run: enough for those that the compiler makes vanish.
const most = 1 << 28

// calibrate returns how many operations, a multiple of unit, take about length.
// It warms the subject up.
func calibrate(run func(n int) (took time.Duration, err error), unit int, length time.Duration) (int, error) {
	for n := unit; ; {
		took, err := run(n)
		if err != nil {
			return 0, err
		}
		took = max(took, 1)
		fits := float64(n) * float64(length) / float64(took)
		if took >= length/4 || n >= most {
			return multiple(fits, unit), nil
		}
		// The first runs are slow, so what they say is no more than a hint.
		n = multiple(min(fits, 50*float64(n)), unit)
	}
}

// multiple rounds n to a multiple of unit that is neither nothing nor endless.
func multiple(n float64, unit int) int {
	return max(1, int(min(n, most))/unit) * unit
}

// took does n operations and tells how long they took.
func (s Subject) took(n int) (time.Duration, error) {
	if s.Elsewhere != nil {
		took, _, err := s.Elsewhere(n)
		return took, err
	}
	start := time.Now()
	s.Run(n)
	return time.Since(start), nil
}

// once measures n operations.
func (s Subject) once(n int, cpu bool) (sample, error) {
	if s.Elsewhere == nil {
		return once(s.Run, n, cpu), nil
	}
	took, allocs, err := s.Elsewhere(n)
	return sample{ns: float64(max(took, 1)) / float64(n), allocs: allocs / float64(n)}, err
}

// once runs n operations on a heap without others' garbage.
func once(run func(n int), n int, cpu bool) sample {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	clock := time.Now()
	used, _ := cpuTime()
	run(n)
	took := max(time.Since(clock), 1) // clocks may be coarse; ratios need a number
	now, _ := cpuTime()
	used = now - used
	cores := float64(used) / float64(took)
	if cpu {
		took = max(used, 1)
	}
	runtime.ReadMemStats(&after)
	return sample{
		ns:     float64(took) / float64(n),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		cores:  cores,
	}
}

// estimate tells on a terminal what runs, how far along the board is, and how
// long the rest will take.
type estimate struct {
	progress    *board.Progress
	label       string
	done, total int
	start, last time.Time
}

func newEstimate(p *board.Progress, total int) *estimate {
	return &estimate{progress: p, total: total, start: time.Now()}
}

// step is called before each run.
func (e *estimate) step(who string) {
	e.done++
	now := time.Now()
	if now.Sub(e.last) < 100*time.Millisecond {
		return
	}
	e.last = now
	elapsed := now.Sub(e.start)
	if elapsed < time.Second {
		e.progress.Tickf("%s: %s", e.label, who)
		return
	}
	left := elapsed * time.Duration(e.total-e.done) / time.Duration(e.done)
	e.progress.Tickf("%s: %s   %d of %d runs, %.0f a second, %.0f s left",
		e.label, who, e.done, e.total, float64(e.done)/elapsed.Seconds(), left.Seconds())
}
