package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
)

// Recorder records a target: it builds it once and runs it several times.
type Recorder struct {
	Target
	For   time.Duration // stop recording after so long; 0 = at the program's end
	Cores []int         // core counts to record; the first is repeated, and is what a replay starts from
	Told  int           // the number of cores that the program is told it has; 0 = the real one
	At    []int         // if the program asks for that number: others that it is told in a recording each
	Stock bool          // do without the overlay
	Keep  string        // copy the chosen recording to this file; "" = do not
	Out   io.Writer     // gets the target's own output of the first run; nil = nobody

	// Progress, if set, is told what begins.
	Progress func(what string)

	// Built, if set, is called when the target is built and before it runs: from
	// then on nothing else should need the machine.
	Built func()
}

// Set is what a Recorder brought home.
type Set struct {
	Label    string
	Package  Package
	Tier     Tier
	Fallback string   // why the tier is not full, in plain words; "" if it is or was not wanted
	Warnings []string // of the overlay
	Told     int

	goroot string  // of the Go that built the target
	iterNS float64 // of a benchmark: how long an iteration took unrecorded

	Best     *Recording         // the cleanest of the repeated ones
	Run      Run                // its run
	Others   []Recorded         // the repeated ones that were not chosen
	More     []Recorded         // the cleanest of each further core count
	Runs     []Run              // all runs, in order
	Size     float64            // of the problem, if the benchmark's name has one: /size=N
	Sizes    []Sized            // the same benchmark with other sizes, one recording each
	ToldN    map[int]*Recording // recordings on one core of a program that asked, told other numbers of cores
	ToldRuns int                // how often it was recorded to learn that
	ToldSame bool               // it asked, but starts the same goroutines whatever it is told
	Iters    int                // benchmark: iterations of the recorded call
	Stop     string             // why recording ended before the program did; "" = it did not
}

// Recorded is a recording with the run that made it.
type Recorded struct {
	Run       Run
	Recording *Recording // nil if it was too large to read beside the chosen one
}

// Sized is a recording of a benchmark with another problem size.
type Sized struct {
	Size      float64
	Iters     int
	Recording *Recording
}

// repeats is how often the first core count is recorded.
const repeats = 3

// readAll is the size up to which all repeated recordings are read, to tell how
// far their forecasts lie apart. Larger ones are compared by running time only.
const readAll = 16 << 20

// Do builds and records the target.
func (s *Recorder) Do(ctx context.Context) (*Set, error) {
	pkg, err := s.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "trivet-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	set := &Set{Label: s.Label(pkg), Package: pkg, Tier: Full, Told: s.Told}
	bin, err := s.build(ctx, dir, set)
	if err != nil {
		return nil, err
	}
	if s.Built != nil {
		s.Built()
	}
	var sizes []benchmark
	if s.Bench != "" {
		if sizes, err = s.findBenchmark(ctx, bin, set); err != nil {
			return nil, err
		}
	}
	if err := s.recordAll(ctx, dir, bin, set); err != nil {
		return nil, err
	}
	if set.Stop != "" {
		ctx = context.WithoutCancel(ctx) // what was recorded until the interrupt is still wanted
	} else if err := s.recordSizes(ctx, dir, bin, set, sizes); err != nil {
		return nil, err
	}
	if err := s.choose(ctx, set); err != nil {
		return nil, err
	}
	return set, s.recordTold(ctx, dir, bin, set)
}

func (s *Recorder) say(format string, args ...any) {
	if s.Progress != nil {
		s.Progress(fmt.Sprintf(format, args...))
	}
}

// build makes the instrumented binary, or the plain one with the reason why.
func (s *Recorder) build(ctx context.Context, dir string, set *Set) (string, error) {
	bin := filepath.Join(dir, "target.exe")
	if !s.Stock {
		err := s.buildHooked(ctx, bin, set)
		if err == nil {
			return bin, nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		set.Fallback = firstLine(err)
	}
	set.Tier = Stock
	s.say("building %s", set.Label)
	if s.test() {
		return bin, s.Build(ctx, bin, "")
	}
	file, err := stockOverlay(dir, set.Package)
	if err != nil {
		return "", err
	}
	return bin, s.Build(ctx, bin, file, "-ldflags=-checklinkname=0")
}

func (s *Recorder) buildHooked(ctx context.Context, bin string, set *Set) error {
	s.say("reading the Go runtime's sources")
	tc, err := overlay.Find(ctx, s.Dir, os.Environ())
	if err != nil {
		return err
	}
	set.goroot = tc.GOROOT
	if s.Tags != "" {
		tc.Tags = append(tc.Tags, strings.Split(s.Tags, ",")...)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	o, err := overlay.Generate(ctx, tc, filepath.Join(cache, "trivet"))
	if err != nil {
		return err
	}
	set.Warnings = o.Warnings
	s.say("building %s with an instrumented runtime (the first time this takes half a minute)", set.Label)
	hooked := s.Target
	hooked.goCmd, hooked.goEnv = o.Go, o.Env
	if err := hooked.Build(ctx, bin, o.File); err != nil {
		return err
	}
	return overlay.Verify(bin)
}

// firstLine is an error without the details that follow it: a message that ends
// in a colon has its matter in the next line.
func firstLine(err error) string {
	line, rest, _ := strings.Cut(err.Error(), "\n")
	if strings.HasSuffix(line, ":") {
		next, _, _ := strings.Cut(rest, "\n")
		return line + " " + next
	}
	return line
}

// recordAll makes the recordings: the first core count three times, each other
// once, or again as long as other programs disturb it, up to three times.
func (s *Recorder) recordAll(ctx context.Context, dir, bin string, set *Set) error {
	if err := s.lengthen(ctx, dir, bin, set); err != nil {
		return err
	}
	for i, cores := range s.Cores {
		for try := range repeats {
			s.say("recording %s with GOMAXPROCS=%d (run %d)", set.Label, cores, len(set.Runs)+1)
			r, err := s.recordOnce(ctx, filepath.Join(dir, fmt.Sprintf("%d-%d.trace", cores, try)), bin, cores, set)
			if err != nil {
				return err
			}
			if s.Run != "" && nothingRan.MatchString(r.Output) {
				return hint("list them with: go test -list . "+s.name(), "no test matches -run %s in %s", s.Run, set.Package.ImportPath)
			}
			err = unrecorded(ctx, r)
			if err == nil {
				set.Runs = append(set.Runs, r)
			} else if len(set.Runs) == 0 {
				return err
			}
			switch {
			case ctx.Err() != nil:
				set.Stop = "it was interrupted by you"
				return nil
			case r.Idle:
				set.Stop = fmt.Sprintf("nothing had run for %v: a deadlock, or a wait for something outside", idleTime)
				return nil
			}
			if i > 0 && r.Disturbance() <= Quiet {
				break
			}
		}
	}
	return nil
}

// nothingRan is what package testing says when -run matches no test.
var nothingRan = regexp.MustCompile(`(?m)^testing: warning: no tests to run$`)

// leaveGrace is how much longer than the recording a program may run before it
// is interrupted.
const leaveGrace = 200 * time.Millisecond

// Quiet is the share of a run that other programs may take without doubt.
const Quiet = 0.05

// limited ends with -for, if there is one.
func (s *Recorder) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.For <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, s.For+leaveGrace)
}

// limitedFrom ends with -for too, counted from when the recording has begun: on a
// loaded machine a program may need longer than -for until its file is there.
func (s *Recorder) limitedFrom(ctx context.Context, file string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if s.For > 0 {
		go func() {
			defer cancel()
			for begin := time.Now(); !exists(file) && time.Since(begin) < startTime; {
				if !pause(ctx, startPoll) {
					return
				}
			}
			pause(ctx, s.For+leaveGrace)
		}()
	}
	return ctx, cancel
}

const (
	startTime = 30 * time.Second // within which a recording must have begun
	startPoll = 2 * time.Millisecond
)

// pause waits for d; it reports false if ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// unrecorded is the error of a run that was stopped before its recording began.
func unrecorded(ctx context.Context, r Run) error {
	switch {
	case !r.Stopped || exists(r.File):
		return nil
	case ctx.Err() != nil:
		return errors.New("interrupted before anything was recorded")
	}
	return hint("see that it starts by itself, or try on a quieter machine", "the program was stopped after %v, before its recording began", r.Wall.Round(time.Millisecond))
}

func (s *Recorder) recordOnce(ctx context.Context, file, bin string, cores int, set *Set) (Run, error) {
	ctx, cancel := s.limitedFrom(ctx, file)
	defer cancel()
	cmd := s.command(ctx, bin, set.Package, set.Iters)
	if set.Tier == Stock && s.test() {
		cmd.Args = slices.Insert(cmd.Args, 1, "-test.trace="+file)
	}
	var out io.Writer
	if len(set.Runs) == 0 {
		out = s.Out
	}
	r, err := run(ctx, cmd, cores, s.recordingEnv(file, set), out)
	r.File = file
	r.Stopped = ctx.Err() != nil || r.Idle
	if err == nil && !r.Stopped {
		err = failed(r)
	}
	return r, err
}

// recordingEnv is what the program's environment must hold for it to record.
func (s *Recorder) recordingEnv(file string, set *Set) []string {
	if set.Tier == Stock {
		return []string{stockEnv + "=" + file, stockForEnv + "=" + s.For.String()}
	}
	return []string{overlay.EnvName + "=" + overlay.Env(overlay.Recording{File: file, For: s.For, Procs: set.Told})}
}

// failed turns a run that did not end well into an error.
func failed(r Run) error {
	switch {
	case r.Signal != "":
		return hint("run it by itself first", "the program was ended by a signal (%s); its last lines:\n%s", r.Signal, r.Tail)
	case r.Status != 0:
		return hint("a program must end well to be explained; arguments go after --",
			"the program failed with status %d; its last lines:\n%s", r.Status, r.Tail)
	}
	return nil
}

// choose reads the recordings and picks the cleanest of the repeated ones: the
// one during which the operating system ran other things for the smallest share
// of the time.
func (s *Recorder) choose(ctx context.Context, set *Set) error {
	first := cleanest(set.Runs, s.Cores[0])
	if len(first) == 0 {
		return errors.New("nothing was recorded")
	}
	set.Run = first[0]
	if !set.Run.Stopped {
		set.Stop = "" // an interrupt came later
	} else if set.Stop == "" {
		set.Stop = fmt.Sprintf("%v were over", s.For)
	}
	s.say("reading the recording")
	var err error
	if set.Best, err = readFile(ctx, set.Run.File); err != nil {
		return err
	}
	if s.Keep != "" {
		if err := copyFile(s.Keep, set.Run.File); err != nil {
			return err
		}
	}
	set.Tier = set.Best.Tier
	for _, r := range first[1:] {
		rec := Recorded{Run: r}
		if set.Best.Bytes <= readAll {
			if rec.Recording, err = readFile(ctx, r.File); err != nil {
				return err
			}
		}
		set.Others = append(set.Others, rec)
	}
	for _, cores := range s.Cores[1:] {
		runs := cleanest(set.Runs, cores)
		if len(runs) == 0 || runs[0].Stopped && !set.Run.Stopped { // interrupted
			break
		}
		more := Recorded{Run: runs[0]}
		if more.Recording, err = readFile(ctx, runs[0].File); err != nil {
			return err
		}
		set.More = append(set.More, more)
	}
	if set.Stop != "" {
		set.Best.Ended = false
	}
	return nil
}

// cleanest returns the runs on so many cores, the least disturbed first. Those
// that were stopped count only if no other reached its end.
func cleanest(runs []Run, cores int) []Run {
	var out, whole []Run
	for _, r := range runs {
		if r.Cores != cores {
			continue
		}
		out = append(out, r)
		if !r.Stopped {
			whole = append(whole, r)
		}
	}
	if len(whole) > 0 {
		out = whole
	}
	slices.SortStableFunc(out, func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.Disturbance(), b.Disturbance()), cmp.Compare(a.Switches, b.Switches), cmp.Compare(a.Wall, b.Wall))
	})
	return out
}

// FromFile makes a set of one recording that was made before.
func FromFile(ctx context.Context, file string) (*Set, error) {
	rec, err := readFile(ctx, file)
	if err != nil {
		return nil, err
	}
	return &Set{Label: filepath.Base(file), Tier: rec.Tier, Best: rec}, nil
}

func readFile(ctx context.Context, file string) (*Recording, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rec, err := Read(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return rec, nil
}

// Keepable tells why a recording could not be kept in a file of this name.
func Keepable(name string) error {
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".trivet-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// copyFile copies so that to is either whole or as it was.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".trivet-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			out.Close()
			os.Remove(out.Name())
		}
	}()
	if _, err = io.Copy(out, in); err != nil {
		return err
	}
	if err = out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
