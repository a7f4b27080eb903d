package masterworker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// Master has the jobs and gives them to workers. It has no goroutine of its own:
// who submits, pulls and reports does the work, and a timer when nobody does.
// Its methods may be called by several goroutines at once.
type Master[In, Out any] struct {
	rules Rules[In, Out]
	hooks *trivet.Hooks
	begin time.Time // when the clock showed base
	base  moment

	room park.Line // those who submit, until there is room
	work park.Line // workers, until there is a job or the end
	idle park.Line // Drain, until all jobs are settled

	mu       sync.Mutex // held for a few instructions, never while calling user code
	machine  *machine[In, Out]
	draining bool
	closed   error // why; nil while it is open
	timer    *time.Timer
	alarm    moment // when the timer goes off; 0 if it does not
	store    store
}

// Open makes a master, with the jobs that the journal has, if there is one. ctx
// is for that and for its hooks; the master lives until Drain or Close.
func Open[In, Out any](ctx context.Context, rules Rules[In, Out]) (*Master[In, Out], error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	m := &Master[In, Out]{rules: rules, hooks: trivet.HooksFrom(ctx)}
	m.rules.fill()
	m.machine = newMachine(&m.rules, func(most moment) moment { return rand.N(most + 1) })
	m.machine.changes.asked = m.hooks.Retry != nil || m.hooks.DeadLetter != nil
	m.begin = time.Now()
	m.base = moment(m.begin.UnixNano())
	m.store.open(ctx)
	if m.rules.Journal != nil {
		if err := m.machine.load(m.base, m.rules.Journal.Load(ctx)); err != nil {
			return nil, err
		}
		m.base = m.machine.now
	}
	m.mu.Lock()
	m.settleDown()
	return m, nil
}

// now is the time by the clock of the master, which nobody puts back.
func (m *Master[In, Out]) now() moment { return m.base + moment(time.Since(m.begin)) }

// Submit takes a job in and returns when the journal, if there is one, has it.
// If there is no room it waits, or returns [ErrFull], as Rules.Overflow says.
//
// If ctx is done first, the job may have been accepted all the same; [SubmitAs]
// with a key can be repeated.
func (m *Master[In, Out]) Submit(ctx context.Context, in In) (Ticket[In, Out], error) {
	return m.SubmitAs(ctx, Terms{}, in)
}

// SubmitAs is Submit for a job with a key or a priority. A key that is known
// gives the job that was submitted before, whatever has become of it.
func (m *Master[In, Out]) SubmitAs(ctx context.Context, terms Terms, in In) (Ticket[In, Out], error) {
	if ctx.Err() != nil {
		return Ticket[In, Out]{}, context.Cause(ctx)
	}
	var inBytes []byte
	if m.rules.Journal != nil {
		var err error
		if inBytes, err = m.rules.Codecs.In.Encode(in); err != nil {
			return Ticket[In, Out]{}, fmt.Errorf("masterworker: input of a job of %q: %w", m.rules.Name, err)
		}
	}
	j, err := m.accept(ctx, terms, in, inBytes)
	if err == nil {
		err = m.saved(ctx)
	}
	if err != nil {
		return Ticket[In, Out]{}, err
	}
	return Ticket[In, Out]{m, j}, nil
}

func (m *Master[In, Out]) accept(ctx context.Context, terms Terms, in In, inBytes []byte) (*job[In, Out], error) {
	if m.room.Open() {
		if j, err := m.tryAccept(terms, in, inBytes); err != errNotYet {
			return j, err
		}
	}
	return m.awaitRoom(ctx, terms, in, inBytes)
}

func (m *Master[In, Out]) awaitRoom(ctx context.Context, terms Terms, in In, inBytes []byte) (j *job[In, Out], err error) {
	waited := m.room.Wait(ctx, func() bool {
		j, err = m.tryAccept(terms, in, inBytes)
		return err != errNotYet
	})
	if waited != nil {
		return nil, waited
	}
	return j, err
}

// errNotYet means that it is worth to wait.
var errNotYet = errors.New("not yet")

func (m *Master[In, Out]) tryAccept(terms Terms, in In, inBytes []byte) (*job[In, Out], error) {
	m.mu.Lock()
	if err := m.refusal(terms.Key); err != nil {
		m.mu.Unlock()
		return nil, err
	}
	j := m.machine.submit(m.now(), terms, in, inBytes)
	m.settleDown()
	return j, nil
}

// refusal says why a job cannot come in. One that is inside already can.
func (m *Master[In, Out]) refusal(key string) error {
	switch {
	case m.closed != nil:
		return m.closed
	case key != "" && m.machine.keys[key] != nil:
		return nil
	case m.draining:
		return ErrDrained
	}
	full, stuck := m.machine.full()
	switch {
	case !full:
		return nil
	case stuck:
		return ErrLetters
	case m.rules.Overflow == trivet.Refuse:
		return ErrFull
	}
	return errNotYet
}

// Do submits a job and waits for its result: a Step. If ctx is done first the
// job is cancelled, since nobody waits for it.
func (m *Master[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	t, err := m.Submit(ctx, in)
	if err != nil {
		var none Out
		return none, err
	}
	out, err := t.Await(ctx)
	if err != nil && ctx.Err() != nil {
		t.cancel()
	}
	return out, err
}

// Find returns the job that was submitted under a key, if it is remembered.
func (m *Master[In, Out]) Find(key string) (t Ticket[In, Out], found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.machine.keys[key]
	return Ticket[In, Out]{m, j}, j != nil
}

// Register is for workers; see [Link].
func (m *Master[In, Out]) Register(ctx context.Context, hello Hello) (Welcome, error) {
	if ctx.Err() != nil {
		return Welcome{}, context.Cause(ctx)
	}
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return Welcome{}, err
	}
	m.machine.register(m.now(), hello)
	m.settleDown()
	if hello.Leaves {
		m.work.WakeAll() // among them those who wait in its name
	}
	return Welcome{Lease: m.rules.Lease, Timeout: m.rules.Timeout}, nil
}

// Pull is for workers; see [Link].
func (m *Master[In, Out]) Pull(ctx context.Context, pull Pull, buf []Assignment[In]) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	n, err := 0, errNotYet
	if m.work.Open() {
		n, err = m.tryPull(pull, buf)
	}
	if err == errNotYet {
		n, err = m.awaitWork(ctx, pull, buf)
	}
	if n == 0 || err != nil {
		return 0, err
	}
	if err := m.saved(ctx); err != nil {
		m.giveBack(buf[:n])
		return 0, err
	}
	return n, nil
}

func (m *Master[In, Out]) awaitWork(ctx context.Context, pull Pull, buf []Assignment[In]) (n int, err error) {
	within, cancel := waitAtMost(ctx, pull.Wait)
	defer cancel()
	waited := m.work.Wait(within, func() bool {
		n, err = m.tryPull(pull, buf)
		return err != errNotYet
	})
	if waited != nil {
		return 0, unless(waited, errWaited)
	}
	return n, err
}

// waitAtMost returns a context that is done after the time wait, with the cause
// errWaited, if wait is not 0.
func waitAtMost(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	if wait == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, wait, errWaited)
}

var errWaited = errors.New("waited for long enough")

// unless returns err, unless it is the one that means nothing.
func unless(err, nothing error) error {
	if err == nothing {
		return nil
	}
	return err
}

func (m *Master[In, Out]) tryPull(pull Pull, buf []Assignment[In]) (n int, err error) {
	var jobs [maxPull]*job[In, Out]
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return 0, err
	}
	n = m.machine.pull(m.now(), pull.Worker, pull.Ask, pull.Again, jobs[:min(len(buf), maxPull)])
	for i, j := range jobs[:n] {
		buf[i] = Assignment[In]{Token: j.token, Terms: j.terms, Try: j.tries, In: j.in}
	}
	gone := m.machine.workers[pull.Worker].gone
	m.settleDown()
	if n == 0 && !gone {
		return 0, errNotYet
	}
	return n, nil
}

// maxPull is how many jobs a pull gets at most.
const maxPull = 64

// giveBack takes jobs from a worker that was not told that it has them.
func (m *Master[In, Out]) giveBack(given []Assignment[In]) {
	m.mu.Lock()
	for _, a := range given {
		m.machine.report(m.now(), a.Token, Outcome[Out]{GaveBack: true}, nil)
	}
	m.settleDown()
	clear(given)
}

// Beat is for workers; see [Link].
func (m *Master[In, Out]) Beat(ctx context.Context, beat Beat) ([]Token, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return nil, err
	}
	lost := m.machine.beat(m.now(), beat.Worker, beat.Holds)
	w := m.machine.worker(beat.Worker)
	samples := m.sample()
	m.settleDown()
	m.tellSamples(samples)
	if len(lost) > 0 || beat.Wait == 0 {
		return lost, nil
	}
	return m.awaitNews(ctx, w, beat.Wait)
}

func (m *Master[In, Out]) awaitNews(ctx context.Context, w *worker, wait time.Duration) (lost []Token, err error) {
	within, cancel := waitAtMost(ctx, wait)
	defer cancel()
	waited := w.line.Wait(within, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		lost, err = m.machine.takeLost(w, nil), m.closed
		return len(lost) > 0 || err != nil
	})
	if waited != nil {
		return nil, unless(waited, errWaited)
	}
	return lost, err
}

// Report is for workers; see [Link].
func (m *Master[In, Out]) Report(ctx context.Context, outcome Outcome[Out]) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var outBytes []byte
	if m.rules.Journal != nil && outcome.Err == nil && !outcome.GaveBack {
		var err error
		if outBytes, err = m.rules.Codecs.Out.Encode(outcome.Out); err != nil {
			outcome.Err, outcome.Permanent = fmt.Errorf("masterworker: result: %w", err), true
		}
	}
	m.mu.Lock()
	if err := m.closed; err != nil {
		m.mu.Unlock()
		return err
	}
	inTime := m.machine.report(m.now(), outcome.Token, outcome, outBytes)
	m.settleDown()
	if !inTime {
		return ErrLate
	}
	return m.saved(ctx)
}

// settleDown does what an event has left to do, and gives mu up, which is held.
func (m *Master[In, Out]) settleDown() {
	c := &m.machine.changes
	ready, freed, told := c.ready, c.freed, c.told
	ended := len(c.settled) > 0 && m.machine.unfinished() == 0
	for _, j := range c.settled {
		j.line.WakeAll()
	}
	for _, w := range c.news {
		w.listed = false
		w.line.WakeAll()
	}
	clear(c.settled)
	clear(c.news)
	c.ready, c.freed, c.settled, c.news, c.told = 0, 0, c.settled[:0], c.news[:0], nil
	_, stuck := m.machine.full()
	write := m.store.note(len(c.unsaved) > 0)
	m.setTimer()
	m.mu.Unlock()

	if write {
		m.write()
	}
	if ready > 0 {
		m.work.Wake(ready)
	}
	if stuck {
		m.room.WakeAll()
	} else if freed > 0 {
		m.room.Wake(freed)
	}
	if ended {
		m.idle.WakeAll()
	}
	m.tell(told)
}

// setTimer lets the timer go off when the next lease or pause ends, or before:
// then it is set anew.
func (m *Master[In, Out]) setTimer() {
	at, any := m.machine.next()
	if !any || m.closed != nil || m.alarm != 0 && m.alarm <= at {
		return
	}
	m.alarm = at
	after := max(0, time.Duration(at-m.now()))
	if m.timer == nil {
		m.timer = time.AfterFunc(after, m.ring)
	} else {
		m.timer.Reset(after)
	}
}

// ring is called by the timer.
func (m *Master[In, Out]) ring() {
	m.mu.Lock()
	m.alarm = 0
	if m.closed == nil {
		m.machine.pass(m.now())
	}
	m.settleDown()
}

// tell tells the hooks.
func (m *Master[In, Out]) tell(all []told) {
	for _, t := range all {
		switch {
		case t.state == Dead && m.hooks.DeadLetter != nil:
			m.hooks.DeadLetter(trivet.DeadLetterInfo{Name: m.rules.Name, Tries: t.tries, Err: t.err})
		case t.state == Failed && m.hooks.Retry != nil:
			m.hooks.Retry(trivet.RetryInfo{Name: m.rules.Name, Tries: t.tries, Delay: t.pause, Err: t.err})
		}
	}
}

// samples are told to hooks once a heartbeat.
type samples struct {
	queue    trivet.QueueInfo
	progress trivet.ProgressInfo
}

// sample is called with mu held.
func (m *Master[In, Out]) sample() (s samples) {
	in := &m.machine.in
	s.queue = trivet.QueueInfo{Name: m.rules.Name, Depth: int(in[Queued]), Limit: m.rules.Room}
	if j := m.machine.ready.first(); j != nil {
		s.queue.Age = time.Duration(m.machine.now - j.since)
	}
	s.progress = trivet.ProgressInfo{
		Name: m.rules.Name, Unit: "jobs", Total: m.machine.counts.accepted,
		Done: in[Done] + in[Dead] + in[Cancelled],
	}
	return s
}

func (m *Master[In, Out]) tellSamples(s samples) {
	if m.hooks.Queue != nil {
		m.hooks.Queue(s.queue)
	}
	if m.hooks.Progress != nil {
		m.hooks.Progress(s.progress)
	}
}
