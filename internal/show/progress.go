package show

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Phase is one stretch of a long command.
type Phase struct {
	What  string // "building the instrumented runtime"
	Total int64  // how much there is to do; 0 = not known, then no ETA is given
	Unit  string // of the count: "packages"; "B" shows bytes
}

// Progress is one line of a terminal that tells what runs, how much of it is
// done, how fast, how long it takes yet and how long it took so far. It is
// rewritten in place, at most ten times a second and at least once, so that a
// slow step is seen to live. Where nobody watches it writes nothing.
//
// StartProgress starts it, Stop ends it and clears the line. Its methods may
// be called from several goroutines, and on nil, which does nothing.
type Progress struct {
	w        io.Writer
	terminal Terminal
	stop     chan struct{} // closed by Stop
	stopped  chan struct{} // closed by the drawing goroutine when it is over

	mu      sync.Mutex
	phase   Phase
	done    int64
	begun   time.Time // of the phase
	drawn   bool      // the line is on the screen
	midLine bool      // somebody else's text ends without a newline: do not draw over it
	ended   bool
}

// redraw is how often the line is rewritten, and how soon it first shows.
const redraw = 100 * time.Millisecond

// StartProgress shows the phase on w from a tenth of a second after now: what
// ends sooner leaves no flicker. Stop must be called.
func StartProgress(w io.Writer, terminal Terminal, phase Phase) *Progress {
	p := &Progress{w: w, terminal: terminal, phase: phase, begun: time.Now(),
		stop: make(chan struct{}), stopped: make(chan struct{})}
	if !terminal.Interactive {
		close(p.stopped)
		return p
	}
	go p.run()
	return p
}

func (p *Progress) run() {
	defer close(p.stopped)
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.draw()
		}
	}
}

// Phase begins the next stretch, with nothing of it done.
func (p *Progress) Phase(phase Phase) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.done, p.begun = phase, 0, time.Now()
}

// Add says that so much more is done.
func (p *Progress) Add(n int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
}

// Set says how much is done in all.
func (p *Progress) Set(n int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = n
}

// Write passes somebody else's text to the same place: the line is cleared for
// it and drawn again below. The program that is being recorded writes through
// this.
func (p *Progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(b) == 0 {
		return 0, nil
	}
	p.clear()
	p.midLine = b[len(b)-1] != '\n'
	return p.w.Write(b)
}

// Stop clears the line and returns when nothing draws any more. Text may still
// be written through Write. A second call does nothing.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	first := !p.ended
	p.ended = true
	p.mu.Unlock()
	if first {
		close(p.stop)
	}
	<-p.stopped
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *Progress) clear() {
	if p.drawn {
		io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *Progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.midLine || p.ended {
		return
	}
	line := p.terminal.Truncate(p.phase.line(p.done, time.Since(p.begun)), p.terminal.Width-1)
	io.WriteString(p.w, "\r"+line+"\x1b[K")
	p.drawn = true
}

// line is the text of a phase: "parse  12.0 MB of 85.0 MB  21.0 MB/s  3.5 s left  0.6 s".
func (ph Phase) line(done int64, elapsed time.Duration) string {
	fields := []string{ph.What}
	if done > 0 || ph.Total > 0 {
		fields = append(fields, ph.count(done))
	}
	if seconds := elapsed.Seconds(); done > 0 && seconds > 0 {
		rate := float64(done) / seconds
		fields = append(fields, Rate(rate, ph.rateUnit()))
		if left := float64(ph.Total - done); left > 0 {
			fields = append(fields, calm(left/rate)+" left")
		}
	}
	fields = append(fields, calm(elapsed.Seconds()))
	return strings.Join(fields, "  ")
}

func (ph Phase) count(done int64) string {
	text, unit := Count, " "+ph.Unit
	if ph.Unit == "B" || ph.Unit == "" {
		unit = ""
	}
	if ph.Unit == "B" {
		text = Bytes
	}
	if ph.Total > 0 {
		return fmt.Sprintf("%s of %s%s", text(done), text(ph.Total), unit)
	}
	return text(done) + unit
}

func (ph Phase) rateUnit() string {
	if ph.Unit == "B" {
		return "B"
	}
	return ""
}

// calm keeps to tenths of a second below a minute, so that the line does not
// flicker between units.
func calm(seconds float64) string {
	const most = 1000 * time.Hour
	switch {
	case seconds < 59.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds > most.Seconds():
		return Duration(most)
	}
	return Duration(time.Duration(seconds * float64(time.Second)))
}
