package hunt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
)

// A Package is one whose tests, or whose program, are run.
type Package struct {
	Path    string `json:"path"`
	Program bool   `json:"program,omitempty"` // package main without tests: main is run
	Trouble string `json:"trouble,omitempty"` // why it could not be looked at, or not wholly

	// Usual is what an undisturbed run takes, Slowest what the slowest
	// disturbed run of the same lane took, of those that ended well. Budget is how long a run may
	// be held up by delays, by the clock, and Held the most that one was.
	Usual   time.Duration `json:"usual_ns"`
	Slowest time.Duration `json:"slowest_ns"`
	Budget  time.Duration `json:"budget_ns"`
	Held    time.Duration `json:"held_ns"`
	Failed  string        `json:"failed,omitempty"` // the undisturbed run fails: its last lines
	Runs    map[Lane]int  `json:"runs"`

	dir      string
	standard bool
	bins     map[Lane]string
	first    int
	none     bool // there is no test, or none that -run matches
	started  int
	given    map[Lane]int   // cases that were handed out
	quiet    int            // runs in a row without a finding that was new
	events   int            // of the undisturbed run
	restless bool           // a finding was not seen enoughTimes yet
	hung     map[string]int // runs in which a test did not end
	began    map[inLane]int // runs in which a test began
}

// inLane is a test in a lane.
type inLane struct {
	test string
	lane Lane
}

// Stages of the undisturbed run.
const (
	firstWanted = iota
	firstRunning
	firstDone
)

// HintError is an error with a line that says what to try.
type HintError struct {
	error
	hint string
}

// Hint is what to try.
func (e *HintError) Hint() string  { return e.hint }
func (e *HintError) Unwrap() error { return e.error }

// listed is what the go command tells of a package.
type listed struct {
	ImportPath, Name, Dir              string
	Standard                           bool
	GoFiles, TestGoFiles, XTestGoFiles []string
	CgoFiles, SFiles                   []string
	Imports, TestImports, XTestImports []string
	Error                              *struct{ Err string }
}

// blindSpots are the packages with something that the overlay does not reach.
type blindSpots struct{ cgo, assembly, atomics, bubbles []string }

func (b *blindSpots) look(l *listed) {
	imports := func(path string) bool {
		return slices.Contains(slices.Concat(l.Imports, l.TestImports, l.XTestImports), path)
	}
	for _, spot := range []struct {
		packages *[]string
		there    bool
	}{
		{&b.cgo, len(l.CgoFiles) > 0}, {&b.assembly, len(l.SFiles) > 0},
		{&b.atomics, imports("sync/atomic")}, {&b.bubbles, imports("testing/synctest")},
	} {
		if spot.there {
			*spot.packages = append(*spot.packages, l.ImportPath)
		}
	}
}

func (b *blindSpots) sentences() []string {
	var all []string
	say := func(packages []string, what string) {
		if n := len(packages); n > 3 {
			packages = append(slices.Clone(packages[:3]), fmt.Sprintf("%d more", n-3))
		}
		if len(packages) > 0 {
			all = append(all, fmt.Sprintf(what, strings.Join(packages, ", ")))
		}
	}
	say(b.atomics, "between atomic operations the schedule is not shaken: %s")
	say(b.bubbles, "in synctest bubbles, whose clock is not the real one, nobody is disturbed: %s")
	say(b.cgo, "what C code does is not watched: %s")
	say(b.assembly, "what assembly does is not watched: %s")
	return all
}

// resolve asks the go command which packages there are.
func (h *hunt) resolve(ctx context.Context) error {
	h.say("looking for packages")
	args := []string{"list", "-e", "-json=ImportPath,Name,Dir,Standard,GoFiles,TestGoFiles,XTestGoFiles,CgoFiles,SFiles,Imports,TestImports,XTestImports,Error"}
	if h.Tags != "" {
		args = append(args, "-tags="+h.Tags)
	}
	out, err := h.goCommand(ctx, "go", nil, append(append(args, "--"), h.Packages...)...)
	if err != nil {
		return &HintError{fmt.Errorf("no such packages: %w", err), "name packages as for go test: ./..."}
	}
	without := 0
	var blind blindSpots
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var l listed
		if err := dec.Decode(&l); err != nil {
			return err
		}
		if l.Error != nil {
			return &HintError{errors.New(l.Error.Err), "name packages as for go test: ./..."}
		}
		tests := len(l.TestGoFiles)+len(l.XTestGoFiles) > 0 && !h.Main
		if !tests && l.Name != "main" {
			without++
			continue
		}
		blind.look(&l)
		h.report.Packages = append(h.report.Packages, &Package{
			Path: l.ImportPath, Program: !tests, dir: l.Dir, standard: l.Standard,
			bins: map[Lane]string{}, Runs: map[Lane]int{}, given: map[Lane]int{}, hung: map[string]int{}, began: map[inLane]int{},
		})
	}
	if len(h.report.Packages) == 0 {
		return &HintError{fmt.Errorf("no tests and no program in %s", cmp.Or(strings.Join(h.Packages, " "), "this directory")), "demons are found by running: name packages that have tests"}
	}
	// A program among packages with tests is not run: it may be a server, or do harm.
	programs := func(p *Package) bool { return p.Program }
	if !slices.ContainsFunc(h.report.Packages, func(p *Package) bool { return !p.Program }) {
		if len(h.report.Packages) > 1 {
			return &HintError{fmt.Errorf("%d programs and no tests", len(h.report.Packages)), "name one program; it is run many times"}
		}
	} else {
		before := len(h.report.Packages)
		h.report.Packages = slices.DeleteFunc(h.report.Packages, programs)
		without += before - len(h.report.Packages)
	}
	if without > 0 {
		h.report.Skipped = append(h.report.Skipped, fmt.Sprintf("what has no tests was not run by itself: %s", plural(without, "package")))
	}
	h.report.Skipped = append(h.report.Skipped, blind.sentences()...)
	return nil
}

func (h *hunt) goCommand(ctx context.Context, goCmd string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, goCmd, args...)
	cmd.Dir, cmd.Env = h.Dir, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return nil, &HintError{fmt.Errorf("the go command is not there: %w", err), "install Go from https://go.dev/dl and put it on PATH"}
	}
	if words := strings.TrimSpace(stderr.String() + string(out)); words != "" {
		return nil, errors.New(words)
	}
	return nil, err
}

// build makes the binaries of all packages and lanes, two at a time.
func (h *hunt) build(ctx context.Context) error {
	tool, err := overlay.Find(ctx, h.Dir, os.Environ())
	if err != nil {
		return err
	}
	h.goroot = tool.GOROOT
	if h.Tags != "" {
		tool.Tags = append(tool.Tags, strings.Split(h.Tags, ",")...)
	}
	if err := h.dropRace(ctx, tool); err != nil {
		return err
	}
	type job struct {
		p    *Package
		lane Lane
		made []*overlay.Overlay // tried in this order
	}
	var jobs []job
	for _, lane := range h.Lanes {
		t := tool
		if lane == Raced {
			t.Tags = append(slices.Clone(tool.Tags), "race")
		}
		made, err := overlay.Generate(ctx, t, "")
		if err != nil {
			return &HintError{fmt.Errorf("the schedule cannot be shaken: %w", err), "trivet doctor tells which Go versions work"}
		}
		tries := []*overlay.Overlay{made}
		if lane == Watched {
			tries = h.withMarks(ctx, made)
		}
		for _, p := range h.report.Packages {
			jobs = append(jobs, job{p, lane, tries})
		}
	}
	h.say("building %d test binaries with an instrumented Go (the first time this takes half a minute)", len(jobs))
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(a.p.Path, b.p.Path) })
	queue := make(chan job)
	var workers sync.WaitGroup
	for range max(2, runtime.NumCPU()/2) {
		workers.Go(func() {
			for j := range queue {
				h.buildOne(ctx, j.p, j.lane, j.made)
			}
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return h.dropUnbuilt()
}

// dropRace leaves the lane of races out where it cannot be built.
func (h *hunt) dropRace(ctx context.Context, tool overlay.Toolchain) error {
	if !h.has(Raced) {
		return nil
	}
	why := ""
	cc, err := h.goCommand(ctx, "go", nil, "env", "CC")
	if words := strings.Fields(string(cc)); err == nil && len(words) > 0 {
		if _, err := exec.LookPath(words[0]); err != nil {
			why = fmt.Sprintf("the race detector needs a C compiler, and %s is not there", words[0])
		}
	}
	if !tool.CGO {
		why = "the race detector needs cgo, and CGO_ENABLED is 0"
	}
	if why == "" {
		return nil
	}
	h.report.Skipped = append(h.report.Skipped, "races were not looked for: "+why)
	h.Lanes = slices.DeleteFunc(slices.Clone(h.Lanes), func(l Lane) bool { return l == Raced })
	if len(h.Lanes) == 0 {
		return &HintError{errors.New(why), "install a C compiler and set CGO_ENABLED=1, or replay a case of lane A"}
	}
	return nil
}

func (h *hunt) buildOne(ctx context.Context, p *Package, lane Lane, tries []*overlay.Overlay) {
	bin := filepath.Join(h.dir, fmt.Sprintf("%s-%s.exe", strings.NewReplacer("/", "-", ".", "-").Replace(p.Path), lane))
	var err, unmarked error
	for i, made := range tries {
		if i > 0 {
			unmarked = err
		}
		if err = h.buildWith(ctx, p, lane, made, bin); err == nil {
			break
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if unmarked != nil && err == nil {
		h.report.Skipped = append(h.report.Skipped, fmt.Sprintf("loops that try in vain were not looked for in %s: with marks it does not build: %s", p.Path, firstLine(unmarked)))
	}
	switch {
	case err == nil:
		p.bins[lane] = bin
	case lane == Raced && p.bins[Watched] != "":
		h.report.Skipped = append(h.report.Skipped, fmt.Sprintf("races were not looked for in %s: %s", p.Path, firstLine(err)))
	default:
		p.Trouble = "does not build: " + err.Error()
	}
}

// buildWith builds one binary with an overlay.
func (h *hunt) buildWith(ctx context.Context, p *Package, lane Lane, made *overlay.Overlay, bin string) error {
	args := []string{"test", "-c", "-vet=off"}
	if p.Program {
		args = []string{"build"}
	}
	args = append(args, "-overlay="+made.File, "-o", bin)
	args = append(args, "-tags="+strings.Trim(h.Tags+",trivetdemons", ","))
	if lane == Raced {
		args = append(args, "-race")
	}
	if _, err := h.goCommand(ctx, made.Go, made.Env, append(args, p.names(h.Options)...)...); err != nil {
		return err
	}
	return overlay.Verify(bin)
}

func firstLine(err error) string {
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return err.Error()
}

func (h *hunt) dropUnbuilt() error {
	var first string
	for _, p := range h.report.Packages {
		if len(p.bins) == 0 {
			first = cmp.Or(first, p.Path+" "+p.Trouble)
			h.report.Skipped = append(h.report.Skipped, p.Path+" was not looked at: "+p.Trouble)
		}
	}
	h.report.Packages = slices.DeleteFunc(h.report.Packages, func(p *Package) bool { return len(p.bins) == 0 })
	if len(h.report.Packages) == 0 {
		return errors.New(first)
	}
	return nil
}

// names are the package for the go command.
func (p *Package) names(o Options) []string {
	if p.Path == "command-line-arguments" {
		return o.Packages // files, of which the go command made a package
	}
	return []string{p.Path}
}

// firstLane is the lane of the undisturbed run.
func (p *Package) firstLane(h *hunt) Lane {
	if p.bins[Watched] != "" {
		return Watched
	}
	return Raced
}

// done tells that nothing more is to be run.
func (p *Package) done(h *hunt) bool {
	if p.first != firstDone {
		return p.first == firstWanted && p.Trouble != ""
	}
	if p.none {
		return true
	}
	if h.Replay != nil {
		return p.given[h.Replay.Lane] >= replays
	}
	if h.Seeds > 0 {
		for lane := range p.bins {
			if p.given[lane] < h.Seeds {
				return false
			}
		}
		return true
	}
	return p.quiet >= enoughRuns && !p.restless
}

// nextCase takes the lanes by turns, that with the race detector first: the
// undisturbed run was in the other.
func (p *Package) nextCase(h *hunt) Case {
	if h.Replay != nil {
		p.given[h.Replay.Lane]++
		return *h.Replay
	}
	lane := Watched
	if p.bins[Watched] == "" || p.bins[Raced] != "" && p.given[Raced] <= p.given[Watched] {
		lane = Raced
	}
	p.given[lane]++
	c := caseNumber(lane, p.given[lane])
	if c.Seed > 0 {
		c.Sleeps = p.sleeps()
	}
	return c
}

// learn keeps what the undisturbed run tells.
func (p *Package) learn(r *run, err error) {
	p.first = firstDone
	if err != nil {
		p.Trouble = err.Error()
		return
	}
	p.events = r.state.Events
	switch {
	case r.killed:
		p.Failed = neverEnds
	default:
		p.Usual = r.took()
		if r.status != 0 {
			p.Failed = whyFailed(r.output)
		}
	}
	p.Budget = p.budget()
}

// count keeps the books after a run. news is how many findings were not seen
// before, hung the test that did not end.
func (p *Package) count(lane Lane, r *run, news int, hung string) {
	p.Runs[lane]++
	for test := range r.past.tests() {
		p.began[inLane{test, lane}]++
	}
	if hung != "" {
		p.hung[hung]++
	}
	p.Held = max(p.Held, r.state.Held)
	if r.status == 0 && r.c.Seed > 0 && (lane == Watched || p.bins[Watched] == "") {
		p.Slowest = max(p.Slowest, r.took())
	}
	p.quiet++
	if news > 0 {
		p.quiet = 0
	}
}

// ran is in how many runs of a lane a test took part. One that comes after a
// test that hangs does not.
func (p *Package) ran(test string, lane Lane) int {
	if n := p.began[inLane{test, lane}]; n > 0 {
		return n
	}
	return p.Runs[lane]
}

// neverEnds is why an undisturbed run failed that had to be ended.
const neverEnds = "does not end"

// whyFailed is the line that says why a run failed.
func whyFailed(output string) string {
	if m := fatal.FindString(output); m != "" {
		return strings.TrimSpace(m)
	}
	if m := failed.FindString(output); m != "" {
		return strings.TrimSpace(m)
	}
	return lastLines(output, 1)
}

func lastLines(text string, n int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}
