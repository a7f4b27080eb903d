package record

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// most that the recordings for other numbers of cores may take together.
const toldLimit = 30 * time.Second

// recordTold records a program that asks for the number of cores once for each
// number that it is to be forecast for: it may start as many workers. The
// smallest and the largest come first; if it starts the same goroutines for
// both, the answer makes no difference, and one recording serves all.
func (s *Recorder) recordTold(ctx context.Context, dir, bin string, set *Set) error {
	at := slices.DeleteFunc(slices.Sorted(slices.Values(s.At)), func(n int) bool { return n == set.Told })
	if set.Tier != Full || set.Stop != "" || len(at) == 0 || len(set.AsksItself()) == 0 ||
		time.Duration(len(at))*set.Run.Wall > toldLimit {
		return nil
	}
	ends := slices.Compact([]int{at[0], at[len(at)-1]})
	told := map[int]*Recording{}
	for i, n := range append(ends, at...) {
		if i == len(ends) && sameGoroutines(set.Best, told) {
			set.ToldSame = true
			return nil
		}
		if told[n] != nil {
			continue
		}
		rec, err := s.recordAs(ctx, dir, bin, set, n)
		if err != nil || rec == nil {
			return err
		}
		told[n] = rec
		set.ToldRuns++
	}
	set.ToldN = told
	return nil
}

// recordAs records the program told that it has n cores. It returns nil if an
// interrupt came between.
func (s *Recorder) recordAs(ctx context.Context, dir, bin string, set *Set, n int) (*Recording, error) {
	s.say("recording %s, told that it has %d cores", set.Label, n)
	told := *set
	told.Told = n
	file := filepath.Join(dir, fmt.Sprintf("told-%d.trace", n))
	r, err := run(ctx, s.command(ctx, bin, set.Package, set.Iters), s.Cores[0], s.recordingEnv(file, &told), nil)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	if err := failed(r); err != nil {
		return nil, err
	}
	return readFile(ctx, file)
}

// sameGoroutines tells whether all recordings have as many goroutines of each
// start function as the first, give or take one in a hundred.
func sameGoroutines(first *Recording, others map[int]*Recording) bool {
	want := starts(first)
	for _, o := range others {
		off := 0
		got := starts(o)
		for f := range got {
			off += max(got[f]-want[f], want[f]-got[f])
		}
		for f := range want {
			if got[f] == 0 {
				off += want[f]
			}
		}
		if off*100 > len(first.Program.Goroutines) {
			return false
		}
	}
	return true
}

func starts(r *Recording) map[string]int {
	n := map[string]int{}
	for _, g := range r.Program.Goroutines {
		n[g.Start]++
	}
	return n
}

// AsksItself returns the questions for the number of cores that the program
// itself put, not the Go tools around it.
func (s *Set) AsksItself() []Ask {
	var own []Ask
	for _, a := range s.Best.Asks {
		if s.asksItself(s.Best.Program.Stacks[a.Stack]) {
			own = append(own, a)
		}
	}
	return own
}

// asksItself looks at who called runtime.GOMAXPROCS or runtime.NumCPU. Package
// testing asks to name its results, but RunParallel starts as many goroutines.
func (s *Set) asksItself(stack []program.Frame) bool {
	for _, f := range stack {
		switch f.Package() {
		case "runtime":
			continue
		case "testing":
			return strings.Contains(f.Func, "RunParallel")
		}
		std := !filepath.IsAbs(f.File) || strings.HasPrefix(f.File, s.goroot)
		return !std || s.Package.Standard && (f.Package() == s.Package.ImportPath || f.Package() == "main" && f.File != "_testmain.go")
	}
	return false
}
