package stealing

import (
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A job is a task of any type.
type job interface {
	head() *task
	run(*worker)
}

// A task is what a record becomes when somebody asks for work. Its states:
//
//	running --the thief, by end--> ended
//	running --the joiner, by await--> awaited --the thief, by end--> ended
//
// A task that is offered or taken back is running too: nobody looks then.
type task struct {
	state atomic.Uint32

	// thief is the worker that took the task. It is written under the lock of
	// the shelf that the task is taken from.
	thief atomic.Pointer[worker]

	failed bool      // the body did not return; written before ended
	spot   park.Spot // of the joiner; written before awaited
}

const (
	running uint32 = iota
	awaited
	ended
)

func (t *task) head() *task { return t }

func (t *task) over() bool { return t.state.Load() == ended }

// end tells the joiner. What was written before it is what the joiner reads.
func (t *task) end() {
	if t.state.Swap(ended) == awaited {
		t.spot.Unpark()
	}
}

// A shelf holds the tasks that a worker offers, the oldest first. Thieves take
// from the front, the owner from the back.
type shelf struct {
	count atomic.Int32 // len(jobs); to look without the lock

	mu   sync.Mutex // held for a few instructions
	jobs []job
}

// put offers a job. Only the owner does.
func (s *shelf) put(j job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, j)
	s.count.Store(int32(len(s.jobs)))
}

// takeBack takes the youngest job if that is j. Only the owner does.
func (s *shelf) takeBack(j job) bool {
	if s.count.Load() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.jobs) - 1
	if last < 0 || s.jobs[last] != j {
		return false
	}
	s.jobs[last] = nil
	s.jobs = s.jobs[:last]
	s.count.Store(int32(last))
	return true
}

// take gives the oldest job to the thief. If below is not nil the job is a part
// of that task: the task has not ended, and its thief, who owns the shelf, has
// offered nothing else.
func (s *shelf) take(thief *worker, below *task) job {
	if s.count.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.jobs) == 0 || below != nil && below.over() {
		return nil
	}
	j := s.jobs[0]
	j.head().thief.Store(thief)
	rest := copy(s.jobs, s.jobs[1:])
	s.jobs[rest] = nil
	s.jobs = s.jobs[:rest]
	s.count.Store(int32(rest))
	return j
}
