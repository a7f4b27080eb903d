// Package state is the scoreboard of shared values: what it costs to read and to
// change one that another goroutine uses too.
package state

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard.
var Board = contest.Board{
	Name:  "state",
	What:  "what it costs to read and change a shared value",
	Cases: cases,
}

// pair is the shared value: its two halves must never be seen apart.
type pair struct{ a, b int }

func (p *pair) bump() { p.a++; p.b++ }

// whole panics if the halves do not belong together.
func (p pair) whole() {
	if p.a != p.b {
		panic(fmt.Sprintf("torn: %v", p))
	}
}

// counted panics if p was not bumped n times.
func (p pair) counted(n int) {
	if p.whole(); p.a != n {
		panic(fmt.Sprintf("changed %d times, want %d", p.a, n))
	}
}

const opOfTwo = "an operation, of two goroutines' together"

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "update, one goroutine", Promise: "changes a value of two words that nobody sees half changed",
			Subjects: append(ourUpdates(1), updates(1)...),
		},
		{
			Name: "update, two goroutines", Op: opOfTwo, Unit: 2,
			Promise:  "changes a value of two words that nobody sees half changed",
			Subjects: append(ourUpdates(2), updates(2)...),
		},
		{
			Name: "read, two goroutines", Op: opOfTwo, Unit: 2,
			Promise:  "copies a value of two words, which writers change in place one after the other",
			Subjects: append(ourReads(0), reads(0)...),
		},
		{
			Name: "99 reads, then a write, two goroutines", Op: opOfTwo, Unit: 200,
			Promise:  "copies a value of two words, which writers change in place one after the other",
			Subjects: append(ourReads(100), reads(100)...),
		},
		{
			Name: "snapshot, two readers", Op: opOfTwo, Unit: 2,
			Promise:  "reads a value of two words that is replaced as a whole",
			Subjects: append(ourSnapshots(), snapshots()...), Targets: snapshotTargets(),
		},
		{
			Name: "replace by a function, two goroutines", Op: opOfTwo, Unit: 2,
			Promise:  "makes a new value from the old one, loses none, and never waits for a goroutine that sleeps",
			Subjects: append(ourReplacements(), replacements()...),
		},
		{
			Name: "two values at once, one goroutine", Promise: "changes two values while it holds both",
			Subjects: append(ourTwoAtOnce(1), twoAtOnce(1)...), Targets: twoAtOnceTargets(),
		},
		{
			Name: "two values at once, two goroutines", Op: opOfTwo, Unit: 2,
			Promise:  "changes two values while it holds both",
			Subjects: append(ourTwoAtOnce(2), twoAtOnce(2)...), Targets: twoAtOnceTargets(),
		},
		{Name: "counter, two goroutines", Op: opOfTwo, Unit: 2, Subjects: counters()},
		{Name: "map of 64k keys, 90 reads, 10 writes, two goroutines", Op: opOfTwo, Unit: 20, Subjects: maps()},
	}
}

func rival(who string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Rival, Run: run}
}

func reference(who, note string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Reference, Note: note, Run: run}
}

// together runs work on so many goroutines, which share n operations.
func together(goroutines, n int, work func(g, count int)) {
	if goroutines == 1 {
		work(0, n)
		return
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() { work(g, n/goroutines) })
	}
	wg.Wait()
}

func updates(goroutines int) []contest.Subject {
	return []contest.Subject{
		rival("Mutex", func(n int) {
			var mu sync.Mutex
			var v pair
			together(goroutines, n, func(_, count int) {
				for range count {
					mu.Lock()
					v.bump()
					mu.Unlock()
				}
			})
			v.counted(n)
		}),
		rival("RWMutex", func(n int) {
			var mu sync.RWMutex
			var v pair
			together(goroutines, n, func(_, count int) {
				for range count {
					mu.Lock()
					v.bump()
					mu.Unlock()
				}
			})
			v.counted(n)
		}),
		rival("xsync.RBMutex", func(n int) {
			mu := xsync.NewRBMutex()
			var v pair
			together(goroutines, n, func(_, count int) {
				for range count {
					mu.Lock()
					v.bump()
					mu.Unlock()
				}
			})
			v.counted(n)
		}),
		reference("Mutex, defer, closure", "the same with a function that may panic", func(n int) {
			var mu sync.Mutex
			var v pair
			do := func(change func(*pair)) {
				mu.Lock()
				defer mu.Unlock()
				change(&v)
			}
			together(goroutines, n, func(_, count int) {
				for range count {
					do((*pair).bump)
				}
			})
			v.counted(n)
		}),
	}
}

// reads reads, and writes each time after every-1 reads; never if every is 0.
func reads(every int) []contest.Subject {
	return []contest.Subject{
		rival("Mutex", func(n int) {
			var mu sync.Mutex
			var v pair
			together(2, n, func(_, count int) {
				for i := range count {
					mu.Lock()
					if every > 0 && i%every == 0 {
						v.bump()
					}
					now := v
					mu.Unlock()
					now.whole()
				}
			})
			v.counted(writes(n, every))
		}),
		rival("RWMutex", func(n int) {
			var mu sync.RWMutex
			var v pair
			together(2, n, func(_, count int) {
				for i := range count {
					if every > 0 && i%every == 0 {
						mu.Lock()
						v.bump()
						mu.Unlock()
						continue
					}
					mu.RLock()
					now := v
					mu.RUnlock()
					now.whole()
				}
			})
			v.counted(writes(n, every))
		}),
		rival("xsync.RBMutex", func(n int) {
			mu := xsync.NewRBMutex()
			var v pair
			together(2, n, func(_, count int) {
				for i := range count {
					if every > 0 && i%every == 0 {
						mu.Lock()
						v.bump()
						mu.Unlock()
						continue
					}
					token := mu.RLock()
					now := v
					mu.RUnlock(token)
					now.whole()
				}
			})
			v.counted(writes(n, every))
		}),
		reference("atomic.Pointer, writers by Mutex", "values are copied, not changed", func(n int) {
			var mu sync.Mutex
			var v atomic.Pointer[pair]
			v.Store(new(pair))
			together(2, n, func(_, count int) {
				for i := range count {
					if every > 0 && i%every == 0 {
						mu.Lock()
						next := *v.Load()
						next.bump()
						v.Store(&next)
						mu.Unlock()
						continue
					}
					v.Load().whole()
				}
			})
			v.Load().counted(writes(n, every))
		}),
	}
}

// writes is how many of n operations write.
func writes(n, every int) int {
	if every == 0 {
		return 0
	}
	return n / every
}

func snapshots() []contest.Subject {
	return append([]contest.Subject{
		rival(pointer, func(n int) {
			var v atomic.Pointer[pair]
			v.Store(new(pair))
			together(2, n, func(_, count int) {
				for range count {
					v.Load().whole()
				}
			})
		}),
	}, reads(0)[1:3]...)
}

const pointer = "atomic.Pointer"

func replacements() []contest.Subject {
	return []contest.Subject{
		rival("atomic.Pointer, retried", func(n int) {
			var v atomic.Pointer[pair]
			v.Store(new(pair))
			together(2, n, func(_, count int) {
				for range count {
					for {
						old := v.Load()
						next := *old
						next.bump()
						if v.CompareAndSwap(old, &next) {
							break
						}
					}
				}
			})
			v.Load().counted(n)
		}),
		reference("atomic.Pointer, writers by Mutex", "waits for whoever holds the lock", func(n int) {
			var mu sync.Mutex
			var v atomic.Pointer[pair]
			v.Store(new(pair))
			together(2, n, func(_, count int) {
				for range count {
					mu.Lock()
					next := *v.Load()
					next.bump()
					v.Store(&next)
					mu.Unlock()
				}
			})
			v.Load().counted(n)
		}),
	}
}

const nested = "two nested Mutexes"

func twoAtOnce(goroutines int) []contest.Subject {
	return []contest.Subject{
		rival(nested, func(n int) {
			var mu1, mu2 sync.Mutex
			var v1, v2 pair
			together(goroutines, n, func(_, count int) {
				for range count {
					mu1.Lock()
					mu2.Lock()
					v1.bump()
					v2.bump()
					mu2.Unlock()
					mu1.Unlock()
				}
			})
			v1.counted(n)
			v2.counted(n)
		}),
		rival(nested+", defer, closure", func(n int) {
			var mu1, mu2 sync.Mutex
			var v1, v2 pair
			do := func(change func(a, b *pair)) {
				mu1.Lock()
				defer mu1.Unlock()
				mu2.Lock()
				defer mu2.Unlock()
				change(&v1, &v2)
			}
			together(goroutines, n, func(_, count int) {
				for range count {
					do(bumpBoth)
				}
			})
			v1.counted(n)
			v2.counted(n)
		}),
	}
}

func bumpBoth(a, b *pair) {
	a.bump()
	b.bump()
}
