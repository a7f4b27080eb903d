package stealing

import "time"

// A worker is a context: that of its run.

// Deadline is when the run will be cancelled, if that is known.
func (w *worker) Deadline() (time.Time, bool) { return w.team.user.Deadline() }

// Done is closed when the run is cancelled.
func (w *worker) Done() <-chan struct{} { return w.team.context().Done() }

// Err is not nil once the run is cancelled.
func (w *worker) Err() error { return w.team.context().Err() }

// Value is that of the context that Run got.
func (w *worker) Value(key any) any { return w.team.context().Value(key) }
