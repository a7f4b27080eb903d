package masterworker

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
)

// Journal is where a master keeps what it must not forget: a store of entries by
// key, which changes a batch at a time. It belongs to one master at a time, and
// whoever implements it sees to that. What a Commit survives, a crash of the
// process or also a loss of power, is what the master survives.
type Journal interface {
	// Load yields all entries, in any order.
	Load(ctx context.Context) iter.Seq2[Entry, error]

	// Commit stores entries, and deletes those without a value: all or none.
	// When it returns nil they are durable. It is called by one goroutine at a
	// time. After an error nobody knows what is stored, and the master ends.
	Commit(ctx context.Context, batch []Entry) error
}

// Entry is one value of a Journal.
type Entry struct {
	Key   string
	Value []byte // nil: the key is to be deleted
}

// The entries of a job are what it is, which never changes, and what has become
// of it. One more has the numbers that were given out last: a token must not
// come again, also when every job that had one is forgotten.
const (
	jobEntry     = "job/"
	stateEntry   = "state/"
	numbersEntry = "numbers"
	entryVersion = 1
)

func entryKey(kind string, id uint64) string { return fmt.Sprintf("%s%016x", kind, id) }

// save returns the entries of all jobs that have changed since it was called
// last.
func (m *machine[In, Out]) save() (batch []Entry) {
	for _, j := range m.changes.unsaved {
		j.unsaved = false
		switch {
		case !j.forgotten:
			batch = m.saveJob(batch, j)
		case j.saved:
			batch = append(batch, Entry{Key: entryKey(jobEntry, j.id)}, Entry{Key: entryKey(stateEntry, j.id)})
		}
	}
	clear(m.changes.unsaved)
	m.changes.unsaved = m.changes.unsaved[:0]
	p := packer{entryVersion}
	p.number(m.ids)
	p.number(uint64(m.tokens))
	return append(batch, Entry{numbersEntry, p})
}

func (m *machine[In, Out]) saveJob(batch []Entry, j *job[In, Out]) []Entry {
	if !j.saved {
		p := packer{entryVersion}
		p.text(j.terms.Key)
		p.signed(int64(j.terms.Priority))
		p.moment(j.since)
		p.bytes(j.inBytes)
		batch = append(batch, Entry{entryKey(jobEntry, j.id), p})
		j.saved, j.inBytes = true, nil
	}
	p := packer{entryVersion, byte(j.state)}
	p.truth(j.letter)
	p.number(uint64(j.tries))
	p.number(uint64(j.token))
	p.moment(j.begun)
	p.moment(j.due)
	name := ""
	if j.worker != nil {
		name = j.worker.name
	}
	p.text(name)
	p.errs(j.errs)
	p.bytes(j.outBytes)
	j.outBytes = nil // a job that is done changes no more
	return append(batch, Entry{entryKey(stateEntry, j.id), p})
}

// load makes the machine what the one was whose entries these are. Leases hold
// on: workers that have outlived the old master may go on.
func (m *machine[In, Out]) load(now moment, entries iter.Seq2[Entry, error]) error {
	jobs := map[uint64][2][]byte{}
	for e, err := range entries {
		if err != nil {
			return fmt.Errorf("masterworker: journal of %q: %w", m.rules.Name, err)
		}
		if err := m.sort(e, jobs); err != nil {
			return fmt.Errorf("masterworker: journal of %q: entry %q: %w", m.rules.Name, e.Key, err)
		}
	}
	m.now = now
	for _, id := range slices.Sorted(maps.Keys(jobs)) {
		if err := m.loadJob(id, jobs[id]); err != nil {
			return fmt.Errorf("masterworker: journal of %q: job %d: %w", m.rules.Name, id, err)
		}
	}
	for _, j := range m.changes.unsaved {
		j.unsaved = false
	}
	m.changes = changes[In, Out]{asked: m.changes.asked}
	m.trim()
	return nil
}

// sort puts an entry to the others of its job.
func (m *machine[In, Out]) sort(e Entry, jobs map[uint64][2][]byte) error {
	if len(e.Value) == 0 || e.Value[0] != entryVersion {
		return errors.New("it was written by another version")
	}
	value := e.Value[1:]
	if e.Key == numbersEntry {
		u := unpacker{b: value}
		m.ids, m.tokens = u.number(), Token(u.number())
		return u.end()
	}
	for i, kind := range []string{jobEntry, stateEntry} {
		if len(e.Key) <= len(kind) || e.Key[:len(kind)] != kind {
			continue
		}
		id, err := strconv.ParseUint(e.Key[len(kind):], 16, 64)
		if err != nil {
			return err
		}
		parts := jobs[id]
		parts[i] = value
		jobs[id] = parts
		return nil
	}
	return errors.New("no master writes that")
}

// loadJob makes a job from its two entries.
func (m *machine[In, Out]) loadJob(id uint64, parts [2][]byte) (err error) {
	if parts[0] == nil || parts[1] == nil {
		return errors.New("one of its two entries is missing")
	}
	j := &job[In, Out]{id: id, saved: true}
	u := unpacker{b: parts[0]}
	j.terms = Terms{Key: u.text(), Priority: int(u.signed())}
	j.since = u.moment()
	in := u.bytes()
	if err := u.end(); err != nil {
		return err
	}
	u = unpacker{b: parts[1]}
	state := State(u.number())
	j.letter, j.tries, j.token = u.truth(), int(u.number()), Token(u.number())
	j.begun, j.due = u.moment(), u.moment()
	name := u.text()
	j.errs = u.errs()
	out := u.bytes()
	if err := u.end(); err != nil {
		return err
	}
	if j.tries < 0 || j.letter && state != Dead {
		return errCut
	}
	if !state.settled() || j.letter {
		if j.in, err = m.rules.Codecs.In.Decode(in); err != nil {
			return fmt.Errorf("its input: %w", err)
		}
	}
	if state == Done {
		if j.out, err = m.rules.Codecs.Out.Decode(out); err != nil {
			return fmt.Errorf("its result: %w", err)
		}
	}
	m.now = max(m.now, j.since) // the clock of the machine may have been put back
	m.in[0]++
	m.counts.accepted++
	m.admit(j)
	return m.place(j, state, name)
}

// place puts a job that was loaded where it belongs.
func (m *machine[In, Out]) place(j *job[In, Out], state State, name string) error {
	switch state {
	case Queued:
		m.queue(j)
	case Leased:
		j.worker = m.worker(name)
		m.lease(j)
	case Failed:
		m.enter(j, Failed)
		m.failed.push(j)
	case Done, Dead, Cancelled:
		m.enter(j, state)
		if j.letter {
			m.dead.push(j)
		} else {
			m.kept.push(j)
		}
	default:
		return fmt.Errorf("no job is %v", state)
	}
	return nil
}
