// Package hunt finds races, deadlocks, livelocks and starvation in a Go package
// by running it, without touching its source.
//
// It builds the tests of each package, or the program, with an instrumented Go
// (package internal/overlay) and runs them again and again under a schedule
// that is shaken in another way each time. What every goroutine does to locks,
// channels and groups is kept, so that a lock graph and a wait-for graph can be
// made of it, and the collector proves which goroutines nobody can wake any
// more. There are two lanes: lane B is built with the race detector, which
// changes the timing, so that lane A is not left out for it. The hooks are part
// of the runtime, which the detector does not look into: what they keep makes
// no order between goroutines, and so hides no race.
//
// A seed decides where goroutines sleep and yield. The same seed decides the
// same again, though the schedule that comes of it is not quite the same.
package hunt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/trivet-go/trivet/why/demon"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// Options say what to hunt in, and for how long. Zeros are good.
type Options struct {
	Dir      string        // where Packages are resolved; "" = the current directory
	Packages []string      // as for go test; none = the package in Dir
	Args     []string      // of a program; after -test flags for tests
	Main     bool          // run package main itself, also if it has tests
	Run      string        // only tests that match
	Tags     string        // build tags, comma separated
	For      time.Duration // bounds the runs, not the builds; 0 = a minute
	Seeds    int           // at most so many seeds for each lane and package; 0 = as many as there is time for
	Replay   *Case         // only this, up to ten times
	Lanes    []Lane        // nil = both
	Parallel int           // processes at once; 0 = twice the cores, since many of them sleep
	Limit    time.Duration // of one run that gets on; 0 = ten times what it takes undisturbed, at least 10 s, and three times that with the race detector

	Progress func(done string) // is told what happens; may be nil
}

// A Lane is one way to build and watch.
type Lane string

// The lanes.
const (
	Watched Lane = "A"
	Raced   Lane = "B" // with the race detector
)

// A Case is one run: with it, the run's decisions repeat.
type Case struct {
	Lane   Lane
	Seed   int // 0: nobody is disturbed
	Procs  int
	Sleeps int // of 1024 places; 0: as the package's undisturbed run suggests
}

// String is what -replay wants.
func (c Case) String() string {
	text := fmt.Sprintf("%s%d@%d", c.Lane, c.Seed, c.Procs)
	if c.Sleeps > 0 {
		text += fmt.Sprintf("/%d", c.Sleeps)
	}
	return text
}

var caseText = regexp.MustCompile(`^([AB])(\d{1,9})@(\d{1,4})(?:/(\d{1,4}))?$`)

// ParseCase reads a Case as String writes it.
func ParseCase(text string) (Case, error) {
	m := caseText.FindStringSubmatch(text)
	if m == nil {
		return Case{}, fmt.Errorf("%q is no case of the form A17@4/60: lane, seed, GOMAXPROCS, how many of 1024 places sleep", text)
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // at most nine digits, or none
	c := Case{Lane: Lane(m[1]), Seed: number(m[2]), Procs: number(m[3]), Sleeps: number(m[4])}
	if c.Procs < 1 || c.Procs > 1024 || c.Sleeps > 1024 {
		return Case{}, fmt.Errorf("%q: GOMAXPROCS is from 1 to 1024, and so many of 1024 places sleep", text)
	}
	return c, nil
}

// A Report is what a hunt brought home.
type Report struct {
	Findings []*demon.Finding `json:"findings"`
	Packages []*Package       `json:"packages"`
	Skipped  []string         `json:"skipped,omitempty"` // what was not looked for, and why; a sentence each
	Runs     int              `json:"runs"`
	Built    time.Duration    `json:"built_ns"`
	Hunted   time.Duration    `json:"hunted_ns"`
	Stopped  string           `json:"stopped"` // why it ended
}

// hunt is one in progress.
type hunt struct {
	Options
	dir    string // for binaries and books
	goroot string
	loops  *attempts.Table // that are marked in the source

	mu     sync.Mutex // guards what follows, and the packages' counts
	report *Report
	found  *collection
}

// Hunt builds, runs and judges. The error says that nothing could be looked
// for; what could be looked for only in part is in [Report.Skipped]. A
// [NothingRunError] comes with a report of what was built for nothing.
func Hunt(ctx context.Context, o Options) (*Report, error) {
	if o.For <= 0 {
		o.For = time.Minute
	}
	if o.Parallel <= 0 {
		o.Parallel = 2 * runtime.NumCPU()
	}
	if o.Lanes == nil {
		o.Lanes = []Lane{Watched, Raced}
	}
	if o.Replay != nil {
		o.Lanes = []Lane{o.Replay.Lane}
	}
	dir, err := os.MkdirTemp("", "trivet-demons-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	h := &hunt{Options: o, dir: dir, report: &Report{}, found: newCollection(o), loops: &attempts.Table{}}
	if err := h.resolve(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := h.build(ctx); err != nil {
		return nil, err
	}
	h.report.Built = time.Since(began)
	began = time.Now()
	h.runAll(ctx)
	h.report.Hunted = time.Since(began)
	h.report.Findings = h.found.sorted()
	return h.report, h.notRun(ctx)
}

func (h *hunt) say(format string, args ...any) {
	if h.Progress != nil {
		h.Progress(fmt.Sprintf(format, args...))
	}
}

// runAll hands out runs until the time is over or there is nothing to learn.
func (h *hunt) runAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.For)
	defer cancel()
	var workers sync.WaitGroup
	for range h.Parallel {
		workers.Go(func() {
			for ctx.Err() == nil {
				p, c, wait := h.next()
				switch {
				case p != nil:
					h.one(ctx, p, c)
				case wait: // for the first run of a package, by another worker
					select {
					case <-time.After(5 * time.Millisecond):
					case <-ctx.Done():
					}
				default:
					return
				}
			}
		})
	}
	workers.Wait()
	switch {
	case ctx.Err() == nil && h.report.Stopped == "":
		h.report.Stopped = "the last runs told nothing new"
		if h.Seeds > 0 || h.Replay != nil {
			h.report.Stopped = "every seed has run"
		}
	case ctx.Err() == context.DeadlineExceeded:
		h.report.Stopped = fmt.Sprintf("the time of %v was over", h.For)
	case ctx.Err() != nil:
		h.report.Stopped = "it was interrupted"
	}
}

// procs are the values of GOMAXPROCS, by turns.
var procs = []int{4, 1, 2, 8}

// next chooses the package with the fewest runs and its next case. Before a
// package is disturbed, one undisturbed run tells what is usual.
func (h *hunt) next() (p *Package, c Case, wait bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, q := range h.report.Packages {
		switch {
		case q.done(h):
		case q.first == firstRunning:
			wait = true
		case p == nil || q.started < p.started:
			p = q
		}
	}
	if p == nil {
		return nil, Case{}, wait
	}
	p.started++
	if p.first == firstWanted {
		p.first = firstRunning
		return p, Case{Lane: p.firstLane(h), Procs: runtime.NumCPU()}, false
	}
	return p, p.nextCase(h), false
}

// one makes a run and keeps what it showed.
func (h *hunt) one(ctx context.Context, p *Package, c Case) {
	r, err := h.run(ctx, p, c)
	var v verdict
	if err == nil {
		v = h.judge(p, r)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.first == firstRunning {
		p.learn(r, err)
		p.none = err == nil && nothingRan.MatchString(r.output)
	}
	if err != nil {
		if ctx.Err() == nil {
			p.Trouble = err.Error()
		}
		return
	}
	p.count(c.Lane, r, h.found.add(p, c, v), v.hung)
	h.report.Runs++
	h.say("%d runs, %d findings", h.report.Runs, len(h.found.all))
}

// replays is how often a case is tried again.
const replays = 10

// enough tells that a lane of a package has stopped telling anything new.
const (
	enoughRuns  = 24 // runs in a row without a new finding, when each known one was seen repeatedly
	enoughTimes = 3
)

// undisturbed is how many of the cases of lane A leave the schedule alone: one
// of so many. Only these can tell whether somebody waits too long by himself.
const undisturbed = 4

// caseNumber is case i of a lane, counted from 1. It is the same everywhere.
func caseNumber(lane Lane, i int) Case {
	if lane == Watched && i%undisturbed == 0 {
		return Case{Lane: lane, Procs: procs[i/undisturbed%len(procs)]}
	}
	r := rand.New(rand.NewPCG(uint64(i), uint64(lane[0])))
	return Case{Lane: lane, Seed: i, Procs: procs[(i+r.IntN(2)*2)%len(procs)]}
}

func (h *hunt) has(l Lane) bool { return slices.Contains(h.Lanes, l) }
