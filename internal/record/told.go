package record

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// most that the recordings for other numbers of cores may take together.
const toldLimit = 30 * time.Second

// recordTold records a program that asks for the number of cores once for each
// number that it is to be forecast for: it may start as many workers.
func (s *Session) recordTold(ctx context.Context, dir, bin string, set *Set) error {
	var at []int
	for _, n := range s.At {
		if n != set.Told {
			at = append(at, n)
		}
	}
	if set.Tier != Full || set.Stop != "" || len(set.AsksItself()) == 0 || time.Duration(len(at))*set.Run.Wall > toldLimit {
		return nil
	}
	set.ToldN = map[int]*Recording{}
	for _, n := range at {
		s.say("recording %s, told that it has %d cores", set.Label, n)
		told := *set
		told.Told = n
		file := filepath.Join(dir, fmt.Sprintf("told-%d.trace", n))
		r, err := run(ctx, s.command(ctx, bin, set.Package, set.Iters), s.Cores[0], s.recordingEnv(file, &told), nil)
		if err == nil && ctx.Err() == nil {
			err = failed(r)
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if set.ToldN[n], err = readFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
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
