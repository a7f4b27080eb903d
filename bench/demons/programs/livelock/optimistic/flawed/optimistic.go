// Package optimistic has transactions that take two records each. Whoever wants
// one that another transaction has makes that one begin anew.
package optimistic

import (
	"context"
	"sync"
	"time"
)

type transaction struct {
	age     int
	aborted bool
}

type records struct {
	mu    sync.Mutex
	owner [2]*transaction
}

const part = time.Millisecond

// Run has two clients make five transactions each, and returns how many were
// made when ctx ended.
func Run(ctx context.Context) int {
	var r records
	var made [2]int
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			t := &transaction{age: i}
			for ctx.Err() == nil && made[i] < 5 {
				if r.try(t, i, 1-i) {
					made[i]++
				} else {
					time.Sleep(part / 4)
				}
			}
		})
	}
	wg.Wait()
	return made[0] + made[1]
}

// take makes the record t's, at the cost of whoever has it.
func (r *records) take(t *transaction, record int) bool {
	r.mu.Lock() // demon
	defer r.mu.Unlock()
	other := r.owner[record]
	if t.aborted {
		return false
	}
	if other != nil && other != t {
		other.aborted = true
	}
	r.owner[record] = t
	return true
}

// end gives back what t has, and reports whether nobody has made it begin anew.
func (r *records) end(t *transaction) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.owner {
		if o == t {
			r.owner[i] = nil
		}
	}
	whole := !t.aborted
	t.aborted = false
	return whole
}

func (r *records) try(t *transaction, first, second int) bool {
	taken := r.take(t, first) // demon
	time.Sleep(part)
	taken = taken && r.take(t, second)
	for n := 0; taken && n < 5; n++ { // computes
		time.Sleep(part)
		taken = r.take(t, second) // still
	}
	return r.end(t) && taken
}
