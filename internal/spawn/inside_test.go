package spawn

import (
	"context"
	"testing"
	"testing/synctest"
)

func (q *queue) len() (n int) {
	for t := q.head; t != nil; t = t.next {
		n++
	}
	return n
}

// Records are used again behind a task that lives long, and a burst is
// forgotten.
func TestRecordsAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(context.Background(), Rules{})
		none := func(context.Context) error { return nil }
		release := make(chan struct{})
		wait := func(context.Context) error { <-release; return nil }

		g.Go(wait)
		for range 100 {
			g.Go(none)
			synctest.Wait()
		}
		if n := g.records.len(); n > 4 {
			t.Errorf("%d records for two tasks at a time", n)
		}
		for range 100 {
			g.Go(wait)
		}
		close(release)
		synctest.Wait()
		for range 200 {
			g.Go(none)
			synctest.Wait()
		}
		if n := g.records.len(); n > 4 {
			t.Errorf("%d records long after a burst of 100 tasks", n)
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// Between the end of the last task and the return of Wait nothing starts: the
// waiter is on its way already.
func TestNothingStartsOnceAllHaveEnded(t *testing.T) {
	g := New(context.Background(), Rules{})
	g.done = make(chan struct{})
	g.alive.Store(0)
	if g.Go(func(context.Context) error { return nil }) || g.alive.Load() != 0 {
		t.Error("a task was started")
	}
}
