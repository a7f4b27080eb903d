package masterworker

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An oracle watches a simulation, and keeps books of its own of what may happen.
// Jobs are known to it by the number of their simJob.
type oracle struct {
	*simulation
	numbers map[uint64]int // by id
	leases  map[Token]*simLease
	ids     map[int]uint64 // of jobs that clients were told are accepted
	tries   map[int]int    // leases that workers were told of
	done    map[int]string // results that are written
	over    map[int]State  // how jobs have ended, as far as that is written
	undone  map[int]bool   // jobs that have ended, and it may not be written yet
	top     Token          // the greatest token that was told
}

// simLease is a lease as a worker may rely on it.
type simLease struct {
	number int
	worker string
	begun  moment
	until  moment
	over   bool
	told   bool
	noTry  bool // given back before it was told
}

func newOracle(s *simulation) oracle {
	return oracle{
		simulation: s, numbers: map[uint64]int{}, leases: map[Token]*simLease{}, ids: map[int]uint64{}, tries: map[int]int{},
		done: map[int]string{}, over: map[int]State{}, undone: map[int]bool{},
	}
}

func (o *oracle) lease() moment { return moment(o.rules.Lease) }

// holds reports whether the worker may rely on its lease.
func (o *oracle) holds(l *simLease) bool { return !l.over && o.now < l.until && !o.tooLong(l) }

// tooLong reports whether the master may end the lease at the next beat.
func (o *oracle) tooLong(l *simLease) bool {
	return o.rules.Timeout > 0 && o.now-l.begun > moment(o.rules.Timeout)
}

// accepted: a client is told.
func (o *oracle) accepted(j *simJob, id uint64) {
	if before, known := o.ids[j.number]; known && id != before {
		o.violate("job %d was accepted twice, as %d and %d", j.number, before, id)
	}
	o.ids[j.number] = id
}

// granted: the master has decided who gets a job.
func (o *oracle) granted(j *job[int, int], worker string) {
	if l := o.leases[j.token]; l != nil && !l.over { // the same ask again
		if l.number != j.in || l.worker != worker || o.now >= l.until {
			o.violate("token %d of job %d at %s is given again, for job %d at %s", j.token, l.number, l.worker, j.in, worker)
		}
		l.until = o.now + o.lease()
		return
	}
	o.overtaken(j)
	for token, l := range o.leases {
		if l.number == j.in && o.holds(l) {
			o.violate("job %d is given to %s by token %d while %s has it by %d", j.in, worker, j.token, l.worker, token)
		}
	}
	if o.undone[j.in] || o.over[j.in] != 0 {
		o.violate("job %d is begun, and was over: %v", j.in, o.over[j.in])
	}
	o.leases[j.token] = &simLease{number: j.in, worker: worker, begun: o.now, until: o.now + o.lease()}
}

// overtaken checks that no job has to wait for one that may not go before it.
func (o *oracle) overtaken(j *job[int, int]) {
	head := func(k *job[int, int]) float64 { // by how much it is ahead of one of priority 0 that comes at 0
		return float64(o.jobs[k.in].priority)*float64(o.rules.Ageing) - float64(k.since)
	}
	o.m.eachUnsettled(func(k *job[int, int]) {
		if k.state == Queued && head(k) > head(j) {
			o.violate("job %d, priority %d, since %v, goes before job %d, priority %d, since %v", j.in, o.jobs[j.in].priority,
				time.Duration(j.since), k.in, o.jobs[k.in].priority, time.Duration(k.since))
		}
	})
}

// nothing: a worker is told that there is no job for it. Then none may be kept for
// one that was not heard of within its lease.
func (o *oracle) nothing(worker string) {
	for j := o.m.leased.first; j != nil; j = j.next {
		if l := o.leases[j.token]; l != nil && o.now >= l.until {
			o.violate("there is no job for %s, and job %d is kept for %s, whose lease ended at %v", worker, j.in, l.worker, time.Duration(l.until))
		}
	}
}

// told: a worker is told that it has a job.
func (o *oracle) told(token Token, number int) {
	l := o.leases[token]
	switch {
	case l == nil || l.number != number:
		o.violate("token %d of job %d is told, which is not what was granted", token, number)
	case l.told:
		return
	case token <= o.top:
		o.violate("token %d comes after %d", token, o.top)
	}
	o.top = token
	l.told = true
	if l.noTry {
		return
	}
	o.tries[number]++
	if o.tries[number] > o.rules.Tries {
		o.violate("job %d is tried for the %dth time", number, o.tries[number])
	}
}

// beaten: a worker was heard of.
func (o *oracle) beaten(worker string, holds []Held, lost []Token) {
	gone := map[Token]bool{}
	for _, t := range lost {
		gone[t] = true
	}
	for _, h := range holds {
		l := o.leases[h.Token]
		has := l != nil && o.holds(l)
		switch {
		case has && gone[h.Token]:
			o.violate("%s is told that it has lost job %d, which it has", worker, l.number)
		case has:
			l.until = o.now + o.lease()
		case !gone[h.Token]:
			o.violate("%s is not told that it has lost token %d", worker, h.Token)
		}
	}
}

// registered: a worker begins anew.
func (o *oracle) registered(worker string) {
	for _, l := range o.leases {
		if l.worker == worker {
			l.over = true
		}
	}
}

// left: a worker leaves. If no other has followed it, what it has is given back.
func (o *oracle) left(worker string, life uint64) {
	if w := o.m.workers[worker]; w == nil || w.life != life {
		return
	}
	o.m.pass(o.now)
	for j := o.m.leased.first; j != nil; j = j.next {
		if l := o.leases[j.token]; l != nil && l.worker == worker {
			l.over = true
			if l.told {
				o.tries[l.number]--
			} else {
				l.noTry = true
			}
		}
	}
}

// reported: the master lets a report settle a try.
func (o *oracle) reported(number int, token Token, out Outcome[int]) {
	l := o.leases[token]
	switch {
	case l == nil || l.number != number || l.over:
		o.violate("job %d is settled by token %d, which is no lease", number, token)
	case o.now >= l.until:
		o.violate("job %d is settled by token %d, whose lease ended at %v", number, token, time.Duration(l.until))
	case o.done[number] != "" || o.undone[number]:
		o.violate("job %d is settled by token %d, and was settled", number, token)
	}
	l.over = true
	switch {
	case out.GaveBack:
		o.tries[number]--
	case out.Err == nil:
		o.undone[number] = true
	}
}

func (o *oracle) cancelled(number int) {
	o.undone[number] = true
	for _, l := range o.leases {
		if l.number == number {
			l.over = true
		}
	}
}

// restarted: what was not written has never happened, and all that was told
// must still be true.
func (o *oracle) restarted() {
	clear(o.undone)
	for token, l := range o.leases {
		if !l.told {
			delete(o.leases, token)
		}
	}
	o.m.eachUnsettled(func(j *job[int, int]) {
		if j.state != Leased {
			return
		}
		l := o.leases[j.token]
		if l == nil { // written, and told to nobody
			l = &simLease{number: j.in, worker: j.worker.name, begun: j.begun}
			o.leases[j.token] = l
		}
		l.over, l.until = false, o.now+o.lease() // if it was over, that was not written
	})
	for number, id := range o.ids {
		switch j := o.m.keys[o.jobs[number].key]; {
		case j == nil || j.id != id:
			o.violate("job %d was accepted, and is lost", number)
		case o.done[number] != "" && (j.state != Done || strconv.Itoa(j.out) != o.done[number]):
			o.violate("job %d had the result %s, and now is %v with %d", number, o.done[number], j.state, j.out)
		}
	}
}

// written: a batch is on the disk. It must agree with all that was there before.
func (o *oracle) written(batch []Entry) {
	for _, e := range batch {
		if !strings.HasPrefix(e.Key, stateEntry) {
			continue
		}
		if e.Value == nil {
			o.violate("%s is forgotten", e.Key)
		}
		id, _ := strconv.ParseUint(strings.TrimPrefix(e.Key, stateEntry), 16, 64)
		number := o.numbers[id]
		state, out := readState(e.Value)
		if before := o.over[number]; before != 0 && (before != state || o.done[number] != out) {
			o.violate("job %d was %v with %q, and now is %v with %q", number, before, o.done[number], state, out)
		}
		if state.settled() {
			o.over[number] = state
		}
		if state == Done {
			o.done[number] = out
		}
	}
}

// readState reads a state entry by itself.
func readState(b []byte) (State, string) {
	u := unpacker{b: b[1:]}
	state := State(u.number())
	u.truth()
	u.number()
	u.number()
	u.moment()
	u.moment()
	_ = u.text()
	u.errs()
	return state, u.text()
}

// look checks that the lists of the machine are what its jobs say, after every
// event.
func (o *oracle) look(m *machine[int, int]) {
	if err := m.inspect(); err != nil {
		o.violate("%v", err)
	}
}

// atEnd: everything that was accepted is over.
func (o *oracle) atEnd() {
	if o.m == nil {
		o.violate("there is no master at the end")
	}
	for _, j := range o.jobs {
		got := o.m.keys[j.key]
		switch {
		case !j.acked:
			o.violate("job %d was never accepted", j.number)
		case got == nil:
			o.violate("job %d is lost", j.number)
		case !got.state.settled():
			o.violate("job %d is still %v, after %d tries", j.number, got.state, got.tries)
		case got.state == Done && (j.kind == bad || j.kind == permanentlyBad || j.kind == deadly || j.kind == hanging):
			o.violate("job %d is done, which cannot be", j.number)
		case got.state == Dead && j.kind != permanentlyBad && got.tries < o.rules.Tries:
			o.violate("job %d was put aside after %d of %d tries", j.number, got.tries, o.rules.Tries)
		case got.state == Cancelled && j.kind != unwanted:
			o.violate("job %d was cancelled by nobody", j.number)
		}
	}
}

// inspect checks the lists of a machine against its jobs and counts.
func (m *machine[In, Out]) inspect() error {
	var seen [Cancelled + 1]int64
	var sum int64
	var err error
	count := func(j *job[In, Out]) {
		seen[j.state]++
		if (j.state == Leased) != (j.worker != nil) || (j.state == Leased) != (m.leases[j.token] == j && j.ends > 0) {
			err = fmt.Errorf("job %d is %v, and its lease says otherwise", j.id, j.state)
		}
		if j.state == Leased && j.next != nil && j.next.ends < j.ends {
			err = fmt.Errorf("the leases of jobs %d and %d are not in order", j.id, j.next.id)
		}
		if j.terms.Key != "" && m.keys[j.terms.Key] != j {
			err = fmt.Errorf("job %d is not found by its key", j.id)
		}
	}
	m.eachUnsettled(count)
	for j := m.dead.first; j != nil; j = j.next {
		if count(j); j.state != Dead || !j.letter {
			err = fmt.Errorf("job %d is among the dead letters, and %v", j.id, j.state)
		}
	}
	for _, n := range m.in {
		sum += n
	}
	for _, s := range []State{Queued, Leased, Failed} {
		if seen[s] != m.in[s] {
			err = fmt.Errorf("%d jobs are %v, counted %d", seen[s], s, m.in[s])
		}
	}
	if int64(len(m.leases)) != m.in[Leased] || m.counts.accepted != sum || m.in[0] != 0 {
		err = fmt.Errorf("counts do not add up: %v, %d leases, %d accepted", m.in, len(m.leases), m.counts.accepted)
	}
	return err
}
