package masterworker

import (
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/park"
)

// A machine is all of a master but goroutines, clocks and files: which jobs
// there are, and what each event makes of them. Nothing in it waits, and the
// time is an argument of every event. So the Master, the simulation and the walk
// through all orders of events drive the same code. DESIGN.md draws the
// transitions.
type machine[In, Out any] struct {
	rules *Rules[In, Out]
	draw  func(most moment) moment // a pause between 0 and most

	now    moment
	ids    uint64 // of the job accepted last
	tokens Token  // of the lease granted last

	ready  order[In, Out] // Queued
	leased list[In, Out]  // Leased, the one that ends next first
	failed pile[In, Out]  // Failed, the one that is due next first
	dead   list[In, Out]  // Dead, and nobody was told, the oldest first
	kept   list[In, Out]  // settled jobs that have a key, the oldest first

	keys    map[string]*job[In, Out]
	leases  map[Token]*job[In, Out]
	workers map[string]*worker

	in      [Cancelled + 1]int64 // jobs in each state
	counts  counts
	changes changes[In, Out]
}

// counts only grow.
type counts struct{ accepted, tries, lost, late int64 }

// changes are what an event leaves for the Master to do. It takes them before
// the next event.
type changes[In, Out any] struct {
	ready   int             // jobs that have become ready
	freed   int             // places for new ones
	settled []*job[In, Out] // Done, Dead or Cancelled since
	unsaved []*job[In, Out] // what the journal has is not what they are
	news    []*worker       // workers that have lost leases
	told    []told          // for hooks; only if asked for
	asked   bool
}

// told is one event of a job, for hooks.
type told struct {
	state State // Failed or Dead
	tries int
	pause time.Duration
	err   error
}

// A moment is a time by the clock of the master, in nanoseconds since 1970. No
// event comes before the one that came before it.
type moment int64

// Token is the right to settle a job, given with a lease: the fencing token.
// Each is greater than all before it, also those that were given before the
// master was restarted.
type Token uint64

// State is what has become of a job.
type State uint8

const (
	Queued    State = iota + 1 // it waits for a worker
	Leased                     // a worker has it
	Failed                     // a try has failed; it waits for the next
	Done                       // it has its result, for good
	Dead                       // it was put aside, for its tries have failed
	Cancelled                  // nobody wants it any more
)

var stateNames = [...]string{Queued: "queued", Leased: "leased", Failed: "failed", Done: "done", Dead: "dead", Cancelled: "cancelled"}

// String returns "queued" for Queued, and so on.
func (s State) String() string {
	if int(s) < len(stateNames) && s > 0 {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// settled reports whether no worker will get the job any more.
func (s State) settled() bool { return s >= Done }

// A job is what the machine knows of one. In each state it is in one list.
type job[In, Out any] struct {
	id    uint64 // in the order of acceptance
	terms Terms
	in    In
	since moment // when it was accepted
	rank  moment // the lowest goes first

	state State
	tries int     // leases that were granted and not given back
	errs  []error // of the tries, the first and the last ones
	out   Out

	token  Token   // of the last lease
	worker *worker // that has it, if Leased
	ask    uint64  // by which it got it
	begun  moment  // when the lease was granted
	ends   moment  // when it ends, unless the worker is heard of before
	due    moment  // when the next try may begin, if Failed
	done   int64   // progress of the try, as the worker tells it
	total  int64

	prev, next *job[In, Out] // in the list
	at         int           // in the pile

	letter    bool   // Dead, and nobody was told
	unsaved   bool   // among the changes
	saved     bool   // the journal has it
	forgotten bool   // the journal has to forget it
	inBytes   []byte // encoded for the journal, until it has it
	outBytes  []byte

	line park.Line // those who wait until it is settled: the Master's
}

// A worker is one that has been heard of.
type worker struct {
	name   string
	seen   moment
	holds  int     // leases
	lost   []Token // of leases it has lost, and was not told of
	listed bool    // among the news
	life   uint64  // of those that have had the name, the one that registered last
	gone   bool    // it has said that it leaves, and gets no jobs

	line park.Line // its Beat that waits for news: the Master's
}

func newMachine[In, Out any](rules *Rules[In, Out], draw func(moment) moment) *machine[In, Out] {
	m := &machine[In, Out]{
		rules: rules, draw: draw,
		keys:    map[string]*job[In, Out]{},
		leases:  map[Token]*job[In, Out]{},
		workers: map[string]*worker{},
	}
	m.failed.before = func(a, b *job[In, Out]) bool {
		return a.due < b.due || a.due == b.due && a.id < b.id
	}
	m.ready.ranked.before = (*job[In, Out]).precedes
	return m
}

// pass lets the time pass until now: leases end, and pauses too. Every event
// begins with it.
func (m *machine[In, Out]) pass(now moment) {
	m.now = now
	for j := m.leased.first; j != nil && j.ends <= m.now; j = m.leased.first {
		m.lose(j)
	}
	for j := m.failed.first(); j != nil && j.due <= m.now; j = m.failed.first() {
		m.failed.remove(j)
		m.queue(j)
	}
}

// next returns when the next lease or pause ends.
func (m *machine[In, Out]) next() (at moment, any bool) {
	if j := m.leased.first; j != nil {
		at, any = j.ends, true
	}
	if j := m.failed.first(); j != nil && (!any || j.due < at) {
		at, any = j.due, true
	}
	return at, any
}

// unfinished is how many jobs are not settled.
func (m *machine[In, Out]) unfinished() int {
	return int(m.in[Queued] + m.in[Leased] + m.in[Failed])
}

// eachUnsettled calls f for every job that is not settled.
func (m *machine[In, Out]) eachUnsettled(f func(*job[In, Out])) {
	for _, l := range []list[In, Out]{m.ready.plain, m.leased} {
		for j := l.first; j != nil; j = j.next {
			f(j)
		}
	}
	for _, p := range []pile[In, Out]{m.ready.ranked, m.failed} {
		for _, j := range p.jobs {
			f(j)
		}
	}
}

// full reports whether no further job may come in. stuck tells that only dead
// letters are inside: it will stay full until somebody takes them.
func (m *machine[In, Out]) full() (full, stuck bool) {
	inside := m.unfinished() + m.dead.n
	return inside >= m.rules.Room, m.dead.n >= m.rules.Room
}

// submit takes a job in, or returns the one that was submitted before under the
// same key.
func (m *machine[In, Out]) submit(now moment, terms Terms, in In, inBytes []byte) *job[In, Out] {
	m.pass(now)
	if j := m.keys[terms.Key]; j != nil && terms.Key != "" {
		return j
	}
	m.ids++
	m.in[0]++
	j := &job[In, Out]{id: m.ids, terms: terms, in: in, inBytes: inBytes, since: m.now}
	m.counts.accepted++
	m.admit(j)
	m.queue(j)
	return j
}

// admit gives a job that is new here its key and rank.
func (m *machine[In, Out]) admit(j *job[In, Out]) {
	if j.terms.Key != "" {
		m.keys[j.terms.Key] = j
	}
	j.rank = rank(j.since, j.terms.Priority, m.rules.Ageing)
}

// register begins a worker anew under its name, or lets it leave. Leases that it
// has and does not name are those of one that has died, or, if it leaves, of
// which it does not know: others get their jobs at once. Who leaves and has been
// followed by another of its name leaves that one alone.
func (m *machine[In, Out]) register(now moment, hello Hello) {
	m.pass(now)
	w := m.worker(hello.Worker)
	if hello.Leaves && hello.Life != w.life {
		return
	}
	held := map[Token]bool{}
	for _, t := range hello.Holds {
		held[t] = true
	}
	for j := m.leased.first; j != nil; {
		next := j.next
		switch {
		case j.worker != w || held[j.token]:
		case hello.Leaves:
			m.giveBack(j)
		default:
			m.lose(j)
		}
		j = next
	}
	w.lost, w.life, w.gone = nil, hello.Life, hello.Leaves
	m.dismiss()
}

// worker returns the worker of that name, who was just heard of.
func (m *machine[In, Out]) worker(name string) *worker {
	w := m.workers[name]
	if w == nil {
		w = &worker{name: name}
		m.workers[name] = w
	}
	w.seen = m.now
	return w
}

// dismiss forgets workers that were not heard of for long.
func (m *machine[In, Out]) dismiss() {
	for name, w := range m.workers {
		if w.holds == 0 && m.now-w.seen > forgetWorker*moment(m.rules.Lease) {
			delete(m.workers, name)
		}
	}
}

// forgetWorker is for how many lease times a silent worker is listed.
const forgetWorker = 10

// pull leases jobs to a worker, as many as there are places in buf. An ask that
// is made again, since the answer was lost, gets the same jobs.
func (m *machine[In, Out]) pull(now moment, name string, ask uint64, again bool, buf []*job[In, Out]) (n int) {
	m.pass(now)
	w := m.worker(name)
	if again {
		if n = m.repeat(w, ask, buf); n > 0 {
			return n
		}
	}
	for n < len(buf) && m.ready.len() > 0 && !w.gone {
		j := m.ready.pop()
		m.tokens++
		j.token, j.worker, j.ask = m.tokens, w, ask
		j.tries++
		j.begun, j.done, j.total = m.now, 0, 0
		m.lease(j)
		buf[n] = j
		n++
	}
	return n
}

// lease puts a job at its worker.
func (m *machine[In, Out]) lease(j *job[In, Out]) {
	j.worker.holds++
	m.leases[j.token] = j
	m.enter(j, Leased)
	m.extend(j)
}

// extend lets a lease begin anew. All are equally long, so the list stays in
// order.
func (m *machine[In, Out]) extend(j *job[In, Out]) {
	if j.ends != 0 {
		m.leased.remove(j)
	}
	j.ends = m.now + moment(m.rules.Lease)
	m.leased.push(j)
}

// repeat finds the jobs that an ask has got before.
func (m *machine[In, Out]) repeat(w *worker, ask uint64, buf []*job[In, Out]) (n int) {
	for j := m.leased.first; j != nil && n < len(buf); j = j.next {
		if j.worker == w && j.ask == ask {
			buf[n] = j
			n++
		}
	}
	for _, j := range buf[:n] {
		m.extend(j)
	}
	return n
}

// beat lets the leases that a worker names begin anew. Of those that it does not
// have any more it is told by lost.
func (m *machine[In, Out]) beat(now moment, name string, holds []Held) (lost []Token) {
	m.pass(now)
	w := m.worker(name)
	for _, h := range holds {
		j := m.leases[h.Token]
		if j == nil || m.overdue(j) {
			lost = append(lost, h.Token)
			if j != nil {
				m.lose(j)
			}
			continue
		}
		j.done, j.total = h.Done, h.Total
		m.extend(j)
	}
	return append(lost, m.takeLost(w, lost)...)
}

// overdue reports whether a try takes longer than it may.
func (m *machine[In, Out]) overdue(j *job[In, Out]) bool {
	return m.rules.Timeout > 0 && m.now-j.begun > moment(m.rules.Timeout)
}

// takeLost returns of which losses a worker was not told, but those it knows.
func (m *machine[In, Out]) takeLost(w *worker, known []Token) (lost []Token) {
	for _, t := range w.lost {
		if !slices.Contains(known, t) {
			lost = append(lost, t)
		}
	}
	w.lost = nil
	return lost
}

// report settles a try by what the worker says of it. It reports false, and does
// nothing, if the lease is over: the job may be somebody else's.
func (m *machine[In, Out]) report(now moment, token Token, o Outcome[Out], outBytes []byte) bool {
	m.pass(now)
	j := m.leases[token]
	if j == nil {
		m.counts.late++
		return false
	}
	switch {
	case o.GaveBack:
		m.giveBack(j)
	case o.Err == nil:
		m.unlease(j)
		j.out, j.outBytes = o.Out, outBytes
		m.settle(j, Done)
	default:
		m.unlease(j)
		m.counts.tries++
		m.fail(j, o.Err, o.Permanent)
	}
	return true
}

// giveBack lets another worker have the job, as if this one had not.
func (m *machine[In, Out]) giveBack(j *job[In, Out]) {
	m.unlease(j)
	j.tries--
	m.queue(j)
}

// unlease takes a job from its worker.
func (m *machine[In, Out]) unlease(j *job[In, Out]) {
	delete(m.leases, j.token)
	m.leased.remove(j)
	j.worker.holds--
	j.worker, j.ends = nil, 0
}

// fail notes that a try has failed: another one comes after a pause, or none.
func (m *machine[In, Out]) fail(j *job[In, Out], err error, permanent bool) {
	m.note(j, err)
	if permanent || j.tries >= m.rules.Tries {
		m.settle(j, Dead)
		return
	}
	pause := m.draw(m.rules.Backoff.most(j.tries))
	j.due = m.now + pause
	m.enter(j, Failed)
	m.failed.push(j)
	m.tell(told{Failed, j.tries, time.Duration(pause), err})
}

// lose ends the lease of a worker that was silent for too long. The next may
// have the job at once: the failure was the worker's, as far as anybody knows.
// But one that kills its workers must not go on for ever.
func (m *machine[In, Out]) lose(j *job[In, Out]) {
	w, err := j.worker, error(&LostError{Worker: j.worker.name, Try: j.tries})
	m.revoke(w, j.token)
	m.unlease(j)
	m.counts.lost++
	m.note(j, err)
	if j.tries >= m.rules.Tries {
		m.settle(j, Dead)
		return
	}
	m.queue(j)
	m.tell(told{Failed, j.tries, 0, err})
}

// revoke notes that a worker has to be told that it has lost a lease.
func (m *machine[In, Out]) revoke(w *worker, t Token) {
	if len(w.lost) < maxLost {
		w.lost = append(w.lost, t)
	}
	if !w.listed {
		w.listed = true
		m.changes.news = append(m.changes.news, w)
	}
}

// maxLost is how many losses a worker is told of unasked. Of all those that it
// names it is told anyway.
const maxLost = 1024

// note keeps the error of a try: of many the first and the last ones.
func (m *machine[In, Out]) note(j *job[In, Out], err error) {
	if len(j.errs) == maxErrs {
		j.errs = append(j.errs[:1], j.errs[2:]...)
	}
	j.errs = append(j.errs, err)
}

// maxErrs is how many errors are kept of a job.
const maxErrs = 8

// queue makes a job ready.
func (m *machine[In, Out]) queue(j *job[In, Out]) {
	m.enter(j, Queued)
	m.ready.push(j)
	m.changes.ready++
}

// cancel takes a job out, whoever has it. It reports false if it is settled.
func (m *machine[In, Out]) cancel(now moment, j *job[In, Out]) bool {
	m.pass(now)
	switch j.state {
	case Queued:
		m.ready.remove(j)
	case Failed:
		m.failed.remove(j)
	case Leased:
		m.revoke(j.worker, j.token)
		m.unlease(j)
	default:
		return false
	}
	m.settle(j, Cancelled)
	return true
}

// settle ends a job. One with a key is kept, so that the same key does not
// begin it again; a dead one until somebody was told.
func (m *machine[In, Out]) settle(j *job[In, Out], s State) {
	m.enter(j, s)
	m.changes.settled = append(m.changes.settled, j)
	if s == Dead {
		m.putAside(j)
		m.tell(told{Dead, j.tries, 0, j.errs[len(j.errs)-1]})
		return
	}
	m.changes.freed++
	m.keep(j)
}

// putAside makes a dead job a letter.
func (m *machine[In, Out]) putAside(j *job[In, Out]) {
	j.letter = true
	m.dead.push(j)
}

// drop takes a dead letter out: somebody was told.
func (m *machine[In, Out]) drop(j *job[In, Out]) bool {
	if !j.letter {
		return false
	}
	j.letter = false
	m.dead.remove(j)
	m.changes.freed++
	m.unsave(j)
	m.keep(j)
	return true
}

// revive gives a dead letter all its tries anew.
func (m *machine[In, Out]) revive(now moment, j *job[In, Out]) bool {
	m.pass(now)
	if !j.letter {
		return false
	}
	j.letter = false
	m.dead.remove(j)
	j.tries, j.errs = 0, nil
	m.queue(j)
	return true
}

// keep remembers a settled job by its key, and forgets the oldest.
func (m *machine[In, Out]) keep(j *job[In, Out]) {
	var none In
	j.in = none
	if j.terms.Key == "" {
		m.forget(j)
		return
	}
	m.kept.push(j)
	m.trim()
}

func (m *machine[In, Out]) trim() {
	for m.kept.n > m.rules.Keep {
		oldest := m.kept.first
		m.kept.remove(oldest)
		m.forget(oldest)
	}
}

func (m *machine[In, Out]) forget(j *job[In, Out]) {
	if j.terms.Key != "" {
		delete(m.keys, j.terms.Key)
	}
	j.forgotten = true
	m.unsave(j)
}

// enter lets a job change its state. The caller moves it between the lists.
func (m *machine[In, Out]) enter(j *job[In, Out], s State) {
	m.in[j.state]--
	m.in[s]++
	j.state = s
	m.unsave(j)
}

func (m *machine[In, Out]) unsave(j *job[In, Out]) {
	if m.rules.Journal != nil && !j.unsaved {
		j.unsaved = true
		m.changes.unsaved = append(m.changes.unsaved, j)
	}
}

func (m *machine[In, Out]) tell(t told) {
	if m.changes.asked {
		m.changes.told = append(m.changes.told, t)
	}
}
