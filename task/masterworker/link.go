package masterworker

import (
	"context"
	"time"
)

// Link is what a worker sees of its master: a *Master in the same process, or
// what [Dial] makes of a [Transport]. [Work] is the worker that uses it.
type Link[In, Out any] interface {
	// Register begins the worker. If there was one of the same name, that one is
	// taken for dead, and its jobs go to others, save those that are named. Or
	// it lets the worker leave: it gets no more jobs, also if one that it has
	// asked for is still on its way.
	Register(ctx context.Context, hello Hello) (Welcome, error)

	// Pull waits for jobs and leases up to len(buf) of them to the worker. It may
	// return none and no error. [ErrDrained] means that none will come any more.
	Pull(ctx context.Context, pull Pull, buf []Assignment[In]) (int, error)

	// Beat lets the leases that it names begin anew, and returns those that the
	// worker does not have any more: it may stop. It waits for such news for the
	// time that it says.
	Beat(ctx context.Context, beat Beat) (lost []Token, err error)

	// Report settles a try. When it returns nil, the master has taken note for
	// good. [ErrLate] means that the lease was over already, and that the report
	// is ignored. It may be repeated when an answer was lost.
	Report(ctx context.Context, outcome Outcome[Out]) error
}

// Hello is how a worker registers, and how it leaves.
type Hello struct {
	Worker string
	Life   uint64  // tells workers apart that have had the same name
	Holds  []Token // leases that it still works on
	Leaves bool
}

// Welcome is what a worker has to know.
type Welcome struct {
	Lease   time.Duration // it is taken for dead after that much silence
	Timeout time.Duration // for one try; 0: none
}

// Pull asks for jobs.
type Pull struct {
	Worker string
	Ask    uint64        // a number that the worker has not used before; 0 if it never asks again
	Again  bool          // the same Ask was sent before, and its answer did not come
	Wait   time.Duration // how long to wait for a job at most; 0: as long as the context
}

// Assignment is a job that was leased.
type Assignment[In any] struct {
	Token Token
	Terms Terms
	Try   int // 1 for the first
	In    In
	Bad   error // the input could not be decoded
}

// Beat is a heartbeat.
type Beat struct {
	Worker string
	Holds  []Held
	Wait   time.Duration // for news, if there are none
}

// Held is a lease that a worker works on, and how far it is, in units of its own.
type Held struct {
	Token       Token
	Done, Total int64
}

// Outcome is what has become of a try. With neither Err nor GaveBack it is done,
// and Out is the result.
type Outcome[Out any] struct {
	Token     Token
	Out       Out
	Err       error
	Permanent bool // no further try would help
	GaveBack  bool // the worker had to stop: it does not count as a try
}
