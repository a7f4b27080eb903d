package guarded

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A sharing lock is what a ReadMostly is behind. DESIGN.md has its protocol.
type sharing struct {
	readers atomic.Int64 // inside; -1 if a writer is
	writers atomic.Int64 // who wait
	line    park.Line    // of both, first come, first served
	users   users        // who is inside, as far as they came while Debug was on
}

func (s *sharing) enterToRead(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	watch := Debug.Load()
	if watch {
		s.users.check()
	}
	if !s.line.Open() || s.writers.Load() != 0 || !s.tryRead() {
		if err := s.waitToRead(ctx); err != nil {
			return err
		}
	}
	if watch {
		s.users.add()
	}
	return nil
}

// waitToRead waits behind the writers that are in line. When it is called from
// there its turn has come, whoever waits behind it; and it calls the next, who
// may be a reader too.
func (s *sharing) waitToRead(ctx context.Context) error {
	called := false
	err := s.line.Wait(ctx, func() bool {
		ok := (called || s.writers.Load() == 0) && s.tryRead()
		called = true
		return ok
	})
	if err == nil {
		s.line.Wake(1)
	}
	return err
}

func (s *sharing) tryRead() bool {
	for {
		n := s.readers.Load()
		if n < 0 {
			return false
		}
		if s.readers.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (s *sharing) leaveFromRead() {
	if s.users.known() {
		s.users.remove()
	}
	if s.readers.Add(-1) == 0 {
		s.line.Wake(1)
	}
}

func (s *sharing) enterToWrite(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	watch := Debug.Load()
	if watch {
		s.users.check()
	}
	if !s.line.Open() || !s.tryWrite() {
		if err := s.waitToWrite(ctx); err != nil {
			return err
		}
	}
	if watch {
		s.users.add()
	}
	return nil
}

// waitToWrite keeps newcomers from reading. A reader that came meanwhile waits
// for this writer alone, perhaps, so one that gives up calls the next.
func (s *sharing) waitToWrite(ctx context.Context) error {
	s.writers.Add(1)
	err := s.line.Wait(ctx, s.tryWrite)
	s.writers.Add(-1)
	if err != nil {
		s.line.Wake(1)
	}
	return err
}

func (s *sharing) tryWrite() bool { return s.readers.CompareAndSwap(0, -1) }

func (s *sharing) leaveFromWrite() {
	if s.users.known() {
		s.users.remove()
	}
	s.readers.Store(0)
	s.line.Wake(1)
}
