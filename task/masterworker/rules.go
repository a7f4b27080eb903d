package masterworker

import (
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet"
)

// Rules are the settings of a master; zero is good.
type Rules[In, Out any] struct {
	// Name stands in errors, hooks, traces and profiles.
	Name string

	// Lease is how long a worker may be silent before its jobs go to others; 0
	// means 30 seconds. Workers are heard of three times in that. Choose it by
	// how long a process of yours may stand still (a garbage collection, a
	// laptop that is shut), not by how long a job takes.
	Lease time.Duration

	// Tries is how many leases a job gets before it is put aside; 0 means 3. A
	// try is over when the step fails, and also when its worker dies: a job that
	// kills its workers must not kill them all.
	Tries int

	// Timeout is how long one try may take; 0 means as long as it likes, as
	// long as its worker is heard of. The step's context ends then, and if the
	// step does not, another worker gets the job nevertheless, within a third
	// of Lease.
	Timeout time.Duration

	// Backoff is how long a job waits after a failure.
	Backoff Backoff

	// Room is how many jobs are inside at most, those that are not settled and
	// dead letters that nobody took; 0 means 10,000. Overflow is what Submit
	// does when it is full: Block or Refuse. A master that has accepted a job
	// gives it up for nobody, so there is no other policy.
	Room     int
	Overflow trivet.Overflow

	// Ageing bounds how long a job may be overtaken by those of a higher
	// priority: one of priority p is never overtaken by one of priority p+n that
	// was submitted more than n times Ageing later. 0 means a second.
	Ageing time.Duration

	// Keep is how many settled jobs with a key are remembered, with their
	// results, so that the same key does not begin them again; 0 means 10,000.
	// Then the oldest is forgotten. Jobs without a key live as long as their
	// ticket.
	Keep int

	// Journal, if not nil, lets the jobs survive the master.
	Journal Journal

	// Codecs are for what leaves the process: into the journal, and to workers
	// elsewhere.
	Codecs Codecs[In, Out]
}

// Backoff is how long to wait before one more try: after the first failure up
// to First, after each further one up to twice as long, up to Most. The time is
// drawn evenly between zero and that ("full jitter", Brooker, AWS Architecture
// Blog, 2015), so that jobs that failed together do not come back together. The
// zero value waits up to 100 ms at first and 30 s at most.
type Backoff struct {
	First, Most time.Duration
}

// most is the longest pause after so many tries.
func (b Backoff) most(tries int) moment {
	if shift := tries - 1; shift < 40 && b.First < b.Most>>shift {
		return moment(b.First << shift)
	}
	return moment(b.Most)
}

func (r *Rules[In, Out]) check() error {
	var errs []error
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"Lease", int64(r.Lease)}, {"Tries", int64(r.Tries)}, {"Timeout", int64(r.Timeout)},
		{"Backoff.First", int64(r.Backoff.First)}, {"Backoff.Most", int64(r.Backoff.Most)},
		{"Room", int64(r.Room)}, {"Ageing", int64(r.Ageing)}, {"Keep", int64(r.Keep)},
	} {
		if n.value < 0 {
			errs = append(errs, fmt.Errorf("masterworker: %s of %q is negative: 0 means the default", n.name, r.Name))
		}
	}
	if r.Overflow != trivet.Block && r.Overflow != trivet.Refuse {
		errs = append(errs, fmt.Errorf("masterworker: Overflow of %q is %v: a master drops nothing, use Block or Refuse", r.Name, r.Overflow))
	}
	return errors.Join(errs...)
}

// fill puts in the defaults.
func (r *Rules[In, Out]) fill() {
	orElse(&r.Lease, 30*time.Second)
	orElse(&r.Tries, 3)
	orElse(&r.Backoff.First, 100*time.Millisecond)
	orElse(&r.Backoff.Most, max(r.Backoff.First, 30*time.Second))
	orElse(&r.Room, 10_000)
	orElse(&r.Ageing, time.Second)
	orElse(&r.Keep, 10_000)
	r.Codecs.fill()
}

func orElse[T comparable](value *T, instead T) {
	var zero T
	if *value == zero {
		*value = instead
	}
}

// Terms are what a job asks for beside its input.
type Terms struct {
	// Key, if not "", names the job: submitting it again gives the same job, and
	// does not run it again, as long as the master remembers it (Rules.Keep). It
	// is how to submit again after an error that leaves open whether the job
	// was accepted, and how to find a job after a restart.
	Key string

	// Priority lets a job overtake others of lower ones; see Rules.Ageing.
	Priority int
}
