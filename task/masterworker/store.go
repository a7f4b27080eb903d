package masterworker

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// A store is where the master and its journal meet. Events are noted while a
// batch is being written, and are the next batch: so a single one does not wait
// for others, and many share one. A goroutine writes as long as there is
// something to write. Guarded by the mutex of the master.
//
// What an event has changed is visible to later events at once, and told to
// nobody outside before it is written: every call waits for all that was noted
// before it returns. A batch has everything up to some event, so whoever sees an
// effect can rely on its cause.
type store struct {
	life context.Context // of the goroutine
	end  context.CancelCauseFunc

	noted   uint64 // events that changed what the journal has
	written uint64 // those of them that the journal knows
	writing bool   // a goroutine looks for what to write
	alive   int    // goroutines that have not ended
	failed  error  // of the journal
	line    park.Line
}

func (s *store) open(ctx context.Context) {
	s.life, s.end = context.WithCancelCause(context.WithoutCancel(ctx))
}

// note notes an event, and reports whether somebody has to begin to write.
func (s *store) note(changed bool) (begin bool) {
	if !changed {
		return false
	}
	s.noted++
	if s.writing || s.failed != nil {
		return false
	}
	s.writing = true
	s.alive++
	return true
}

// write starts the goroutine.
func (m *Master[In, Out]) write() { spawn.Go(m.store.life, m.rules.Name, (*scribe[In, Out])(m)) }

// scribe is the master as the work of the goroutine that writes.
type scribe[In, Out any] Master[In, Out]

// Run writes until there is nothing to write.
func (s *scribe[In, Out]) Run(ctx context.Context) error {
	for {
		batch, upTo := s.next()
		if batch == nil {
			return nil
		}
		if err := s.rules.Journal.Commit(ctx, batch); err != nil {
			return err
		}
		s.mu.Lock()
		s.store.written = upTo
		s.mu.Unlock()
		s.store.line.WakeAll()
	}
}

// next returns the next batch, or none, and the goroutine is over then.
func (s *scribe[In, Out]) next() (batch []Entry, upTo uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.written == s.store.noted {
		s.store.writing = false
		return nil, 0
	}
	return s.machine.save(), s.store.noted
}

// End ends the master if the journal has failed: nobody knows what it has, so
// nothing that was not written may become known.
func (s *scribe[In, Out]) End(err error) {
	m := (*Master[In, Out])(s)
	m.mu.Lock()
	m.store.alive--
	if err != nil {
		m.store.failed = fmt.Errorf("%w: journal of %q: %w", ErrClosed, m.rules.Name, err)
		m.shut(m.store.failed)
	}
	m.mu.Unlock()
	m.store.line.WakeAll()
}

// saved waits until everything that was noted is in the journal.
func (m *Master[In, Out]) saved(ctx context.Context) error {
	if m.rules.Journal == nil {
		return nil
	}
	m.mu.Lock()
	upTo := m.store.noted
	m.mu.Unlock()
	return m.savedUpTo(ctx, upTo)
}

func (m *Master[In, Out]) savedUpTo(ctx context.Context, upTo uint64) (err error) {
	waited := m.store.line.Wait(ctx, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.store.written >= upTo {
			return true
		}
		err = m.store.failed
		return err != nil
	})
	if waited != nil {
		return waited
	}
	return err
}

// Close closes the master: calls return [ErrClosed], and steps that run are told
// that their leases are lost. Jobs that are not settled live on in the journal;
// without one they are gone. It returns when the journal has all that was
// accepted, or the error because of which it has not.
func (m *Master[In, Out]) Close() error {
	m.mu.Lock()
	m.shut(ErrClosed)
	m.mu.Unlock()
	defer m.store.end(ErrClosed)
	ctx, cancel := context.WithTimeout(m.store.life, spawn.DefaultGrace)
	defer cancel()
	err := m.store.line.Wait(ctx, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.store.alive == 0
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil && m.store.alive > 0 {
		return &trivet.StuckError{Name: m.rules.Name, Func: "Journal.Commit", After: spawn.DefaultGrace}
	}
	return m.store.failed
}

// shut closes the master, for the reason that comes first. mu is held.
func (m *Master[In, Out]) shut(why error) {
	if m.closed == nil {
		m.closed = why
	}
	if m.timer != nil {
		m.timer.Stop()
	}
	m.room.WakeAll()
	m.work.WakeAll()
	m.idle.WakeAll()
	for _, w := range m.machine.workers {
		w.line.WakeAll()
	}
	m.machine.eachUnsettled(func(j *job[In, Out]) { j.line.WakeAll() })
}
