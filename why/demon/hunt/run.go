package hunt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon"
	"github.com/trivet-go/trivet/why/demon/hunt/brood"
)

// room is how many events of a run are kept: 64 MB, of which only what is
// written takes space.
const room = 2 << 20

// run is one finished run.
type run struct {
	c      Case
	wall   time.Duration
	status int // -1: killed
	output string
	state  overlay.State

	killed bool
	end    end

	// The last look around, if there was one that counts: at the end of the
	// program, or when it did not get on.
	looked     bool
	goroutines []demon.Goroutine
	timers     int

	leaked map[uint64]demon.Goroutine // proven in any look: nobody wakes them later
	past   *history                   // what it did
}

// took is what the program itself took, without its start and the last looks
// around.
func (r *run) took() time.Duration {
	if r.state.Ending {
		return r.state.Ran
	}
	return r.wall
}

// end is why a run was ended from outside.
type end int

const (
	byItself  end = iota
	asleep        // every goroutine waits for another, and no timer is set
	stuck         // nothing moves, and some goroutines are proven to wait for ever
	late          // the limit was reached
	outOfTime     // the hunt was over
)

// run runs a case once.
func (h *hunt) run(ctx context.Context, p *Package, c Case) (*run, error) {
	book, err := overlay.NewBook(h.dir, room)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	cmd := h.command(p, c, book)
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	r := &run{c: c, leaked: map[uint64]demon.Goroutine{}}
	program, err := brood.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", cmd.Path, err)
	}
	began := time.Now()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.status, err = program.Wait()
	}()
	h.watch(ctx, p, r, book, program, ended)
	<-ended
	r.wall, r.output = time.Since(began), out.text()
	if left := (*brood.LeftError)(nil); errors.As(err, &left) {
		h.mu.Lock()
		p.Trouble = left.Error()
		h.mu.Unlock()
	} else if err != nil {
		return nil, err
	}
	if r.end == outOfTime {
		return nil, context.Cause(ctx)
	}
	if r.state, err = book.State(); err != nil {
		return nil, err
	}
	if !r.state.Started && r.status == 0 {
		return nil, fmt.Errorf("%s ran without the hooks: %w", p.Path, overlay.ErrPlain)
	}
	if !r.killed && r.state.Given > 0 && r.state.Ending {
		r.look(book, r.state.Given)
	}
	r.lookAtTimeout()
	r.past, err = readHistory(book, trimmer{h.goroot, p}, h.loops)
	return r, err
}

// command is the process of a case.
func (h *hunt) command(p *Package, c Case, book *overlay.Book) *exec.Cmd {
	var args []string
	if !p.Program {
		args = []string{"-test.timeout=0", "-test.count=1", "-test.paniconexit0=true"}
		if h.Run != "" {
			args = append(args, "-test.run="+h.Run)
		}
		if skips := h.skips(p); len(skips) > 0 {
			args = append(args, "-test.skip="+skipFlag(skips))
		}
	}
	cmd := exec.Command(p.bins[c.Lane], append(args, h.Args...)...)
	cmd.Dir = p.dir
	if p.Program {
		cmd.Dir = h.Dir
	}
	cmd.Env = append(cmd.Environ(), // with PWD, as go test has it
		fmt.Sprintf("GOMAXPROCS=%d", c.Procs),
		"GORACE=halt_on_error=0 exitcode=66 atexit_sleep_ms=0 history_size=3 "+os.Getenv("GORACE"),
		"GOTRACEBACK=all",
		overlay.EnvName+"="+overlay.HauntingEnv(p.haunting(c, book.Name())))
	return cmd
}

// skips are the tests that no longer run: those that hung often enough, since
// they keep the others from running.
func (h *hunt) skips(p *Package) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for name, times := range p.hung {
		if times >= enoughTimes && h.Replay == nil {
			names = append(names, name)
		}
	}
	return names
}

func skipFlag(tests []string) string {
	var patterns []string
	for _, name := range tests {
		parts := strings.Split(name, "/")
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		patterns = append(patterns, strings.Join(parts, "/"))
	}
	return strings.Join(patterns, "|")
}

// haunting chooses how a seed disturbs: evenly, some goroutines only, seldom
// but long, or mostly by yielding.
func (p *Package) haunting(c Case, book string) overlay.Haunting {
	n := overlay.Haunting{Seed: c.Seed, Book: book, Yields: 300, Longest: 500 * time.Microsecond, Budget: p.budget()}
	n.Sleeps = cmp.Or(c.Sleeps, p.sleeps())
	switch {
	case n.Sleeps >= mostSleeps:
		n.Longest = time.Millisecond
	case n.Sleeps < 8:
		n.Yields = 60 // so many places that yields count too
	}
	switch c.Seed % 4 {
	case 2:
		n.Victims = true
	case 3:
		n.Sleeps, n.Longest = max(n.Sleeps/8, 1), 20*time.Millisecond
	case 0:
		n.Sleeps, n.Yields = n.Sleeps/8, min(2*n.Yields, 500)
	}
	return n
}

// budget is how long a run may be held up by sleeps, by the clock: it then
// takes three times as long as undisturbed. A short one may take a little more.
func (p *Package) budget() time.Duration { return 2 * max(p.Usual, leastUsual) }

const (
	leastUsual = 50 * time.Millisecond
	mostSleeps = 200                     // of 1024 places
	oneSleep   = 1100 * time.Microsecond // what a short sleep takes: the poller of the runtime counts in milliseconds
)

// sleeps is at how many of 1024 places a goroutine sleeps, so that the budget
// lasts until the end of the run and is used up. It is part of the case: a replay
// of one test alone has fewer places, and would decide otherwise.
func (p *Package) sleeps() int {
	budget := leastUsual
	for 2*budget <= p.budget() {
		budget *= 2
	}
	places := 1024
	for places < p.events {
		places *= 2
	}
	return min(max(1024*int(budget/oneSleep)/places, 1), mostSleeps)
}

// watch waits for the end of a run, looks around in it meanwhile, and ends it
// when it is seen not to get on.
func (h *hunt) watch(ctx context.Context, p *Package, r *run, book *overlay.Book, program *brood.Brood, ended <-chan struct{}) {
	w := watcher{book: book, pid: program.Pid(), began: time.Now(), limit: cmp.Or(h.Limit, p.limit(r.c.Lane))}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			r.end = outOfTime
		case <-tick.C:
			r.end = w.tick(r)
		}
		if r.end != byItself {
			r.killed = true
			program.End()
			return
		}
	}
}

// limit is when a run is ended that gets on. Before anything is known of the
// package it is generous: on a loaded machine tests may take many times as long.
// The race detector has it take about five times as long again.
func (p *Package) limit(lane Lane) time.Duration {
	switch {
	case p.Usual == 0:
		return time.Minute
	case lane == Raced:
		return max(30*time.Second, 30*p.Usual)
	}
	return max(10*time.Second, 10*p.Usual)
}

// watcher judges whether a run gets on. It does so by what goroutines do and
// by processor time, never by the clock alone: on a loaded machine a program
// may not get to run for seconds.
type watcher struct {
	book    *overlay.Book
	pid     int
	began   time.Time
	limit   time.Duration
	asked   time.Time
	events  int           // at that time
	cpu     time.Duration // at that time
	still   int           // looks in a row between which nothing moved
	pending bool

	last    int       // events at the last tick
	resting time.Time // since when there has been no event
}

// When to look around: soon when nothing happens, seldom while something does,
// because each look costs a collection.
const (
	restingLook = 20 * time.Millisecond
	busyLook    = 2 * time.Second
)

func (w *watcher) tick(r *run) end {
	s, err := w.book.State()
	if err != nil || !s.Started {
		if time.Since(w.began) > w.limit {
			return late
		}
		return byItself
	}
	if w.pending && s.Given >= s.Asked && !s.Ending {
		w.pending = false
		if end := w.judge(r, s); end != byItself {
			return end
		}
	}
	if time.Since(w.began) > w.limit {
		if !r.looked {
			r.look(w.book, s.Given)
		}
		return late
	}
	if !w.pending && w.due(s) {
		w.asked = time.Now()
		if _, err := w.book.Ask(); err == nil {
			w.pending = true
		}
	}
	return byItself
}

func (w *watcher) due(s overlay.State) bool {
	now := time.Now()
	if s.Events != w.last {
		w.last, w.resting = s.Events, now
	}
	if s.Ending {
		return false
	}
	pause := busyLook
	if now.Sub(w.resting) >= restingLook {
		pause = min(restingLook<<w.still, 500*time.Millisecond)
	}
	return now.Sub(w.asked) >= max(pause, 10*s.Looking)
}

// judge ends a run in which nothing has moved between two looks, if what is
// seen proves that nothing will.
func (w *watcher) judge(r *run, s overlay.State) end {
	cpu := cpuTime(w.pid)
	moved := s.Events != w.events || cpu-w.cpu > 50*time.Millisecond+4*s.Looking
	w.events, w.cpu = s.Events, cpu
	r.look(w.book, s.Given)
	if moved {
		w.still = 0
		return byItself
	}
	if w.still++; w.still < 2 {
		return byItself
	}
	switch {
	case !r.looked:
	case r.timers == 0 && allBlocked(r.goroutines):
		return asleep
	case testLeaked(r.goroutines):
		return stuck
	}
	return byItself
}

var timedOut = regexp.MustCompile(`(?m)^panic: test timed out after .*$`)

// lookAtTimeout takes the stacks that the program itself printed because a
// -test.timeout of the user's was over: it is judged like any run that had to
// be ended.
func (r *run) lookAtTimeout() {
	at := timedOut.FindStringIndex(r.output)
	if at == nil || r.killed || r.status == 0 {
		return
	}
	r.killed, r.end = true, late
	r.looked, r.goroutines = true, demon.ParseStacks(r.output[at[1]:])
}

func (r *run) look(book *overlay.Book, number int) {
	timers, text, err := book.Look(number)
	if err != nil {
		return
	}
	r.looked, r.timers, r.goroutines = true, timers, withoutWatcher(demon.ParseStacks(text))
	for _, g := range r.goroutines {
		if g.Leaked {
			r.leaked[g.ID] = g
		}
	}
}

// withoutWatcher leaves out the goroutine that looked around.
func withoutWatcher(all []demon.Goroutine) []demon.Goroutine {
	var kept []demon.Goroutine
	for _, g := range all {
		if len(g.Stack) > 0 && (strings.HasPrefix(g.Stack[0].Func, "runtime.trivet") || strings.HasPrefix(g.Stack[0].Func, "runtime.Stack")) {
			if last := g.Stack[len(g.Stack)-1].Func; strings.HasPrefix(last, "runtime.trivet") || last == "runtime.goexit" {
				continue
			}
		}
		kept = append(kept, g)
	}
	return kept
}

// allBlocked tells that each goroutine waits for another. Those of os/signal
// wait for the world outside, and count for nothing: a signal is not to be
// waited for in a test.
func allBlocked(all []demon.Goroutine) bool {
	for i := range all {
		g := &all[i]
		if !g.Blocked() && !inPackage(g, "os/signal") {
			return false
		}
	}
	return len(all) > 0
}

func inPackage(g *demon.Goroutine, path string) bool {
	for _, f := range g.Stack {
		if f.Package() == path {
			return true
		}
	}
	return false
}

// testLeaked tells that main, or a test, is proven to wait for ever. That some
// other goroutine does is no reason to end a run: it may be left over from a
// test before.
func testLeaked(all []demon.Goroutine) bool {
	for i := range all {
		g := &all[i]
		if g.Leaked && (g.ID == 1 || len(g.Stack) > 0 && g.Stack[len(g.Stack)-1].Func == "testing.tRunner") {
			return true
		}
	}
	return false
}

// tailSize is how much of a program's output is kept.
const tailSize = 1 << 20

// tail keeps the first and the last bytes that are written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - tailSize; over > tailSize {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.buf), "?")
}
