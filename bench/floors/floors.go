// Package floors measures what the machine and the runtime charge for the things
// that concurrent code is made of. No design is faster than the ones it needs.
package floors

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard. It has no rivals.
var Board = contest.Board{
	Name:  "floors",
	What:  "what this machine charges for the parts of concurrent code",
	Cases: cases,
}

func cases() []contest.Case {
	all := []contest.Case{
		{Name: "one goroutine", Subjects: append(memory(), runtimeCalls()...)},
		{Name: "two goroutines in turn", Op: "a turn and its answer", Subjects: turns()},
	}
	if runtime.NumCPU() > 1 {
		all = append(all, contest.Case{Name: "two cores at once", Op: "on each core", Subjects: cores()})
	}
	return all
}

// floor is a reference, as all of them are.
func floor(who string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Reference, Run: run}
}

func memory() []contest.Subject {
	return []contest.Subject{
		floor("atomic load", func(n int) {
			var v atomic.Int64
			for range n {
				v.Load()
			}
		}),
		floor("atomic store", func(n int) {
			var v atomic.Int64
			for i := range n {
				v.Store(int64(i))
			}
		}),
		floor("atomic add", func(n int) {
			var v atomic.Int64
			for range n {
				v.Add(1)
			}
		}),
		floor("compare and swap", func(n int) {
			var v atomic.Int64
			for i := range n {
				v.CompareAndSwap(int64(i), int64(i+1))
			}
		}),
		floor("Mutex Lock, Unlock", func(n int) {
			var mu sync.Mutex
			for range n {
				mu.Lock()
				mu.Unlock() //lint:ignore SA2001 it is the empty section that is timed
			}
		}),
		floor("RWMutex RLock, RUnlock", func(n int) {
			var mu sync.RWMutex
			for range n {
				mu.RLock()
				mu.RUnlock() //lint:ignore SA2001 it is the empty section that is timed
			}
		}),
	}
}

// sink keeps what is made only to be timed.
var sink func() int

func runtimeCalls() []contest.Subject {
	return []contest.Subject{
		floor("buffered channel, send and receive", func(n int) {
			ch := make(chan int, 1)
			for i := range n {
				ch <- i
				<-ch
			}
		}),
		floor("select of two, one ready", func(n int) {
			ch, never := make(chan int, 1), make(chan struct{})
			for i := range n {
				ch <- i
				select {
				case <-ch:
				case <-never:
				}
			}
		}),
		floor("ctx.Err", func(n int) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for range n {
				if ctx.Err() != nil {
					panic("nobody cancelled")
				}
			}
		}),
		floor("WithCancel and cancel", func(n int) {
			for range n {
				_, cancel := context.WithCancel(context.Background())
				cancel()
			}
		}),
		floor("closure that escapes", func(n int) {
			for i := range n {
				sink = func() int { return i }
			}
			if sink() != n-1 {
				panic("not the last closure")
			}
		}),
		floor("defer and recover", func(n int) {
			for range n {
				guarded()
			}
		}),
		floor("time.Now", func(n int) {
			for range n {
				_ = time.Now()
			}
		}),
		floor("Gosched", func(n int) {
			for range n {
				runtime.Gosched()
			}
		}),
		floor("go and WaitGroup.Wait", func(n int) {
			var wg sync.WaitGroup
			for range n {
				wg.Add(1)
				go wg.Done()
				wg.Wait()
			}
		}),
	}
}

//go:noinline
func guarded() {
	defer func() { _ = recover() }()
}

func turns() []contest.Subject {
	subjects := []contest.Subject{
		floor("two unbuffered channels", func(n int) {
			there, back := make(chan int), make(chan int)
			go func() {
				for v := range there {
					back <- v
				}
				close(back)
			}()
			for i := range n {
				there <- i
				<-back
			}
			close(there)
			<-back
		}),
	}
	if runtime.NumCPU() > 1 {
		subjects = append(subjects, floor("cache line between two threads", cacheLine))
	}
	return subjects
}

// padded is a counter that shares no cache line, nor the pair that a core fetches.
type padded struct {
	_ [128]byte
	atomic.Int64
	_ [128]byte
}

// cacheLine hands a line to and fro: even values are the first thread's turn.
// Threads stay on their cores where the system lets them.
func cacheLine(n int) {
	var line padded
	onTwoCores(func(core int) {
		for i := range n {
			mine := int64(2*i + core)
			for spins := 1; line.Load() != mine; spins++ {
				if spins%(1<<16) == 0 {
					runtime.Gosched() // the other may have no core, or the collector wait for us
				}
			}
			line.Store(mine + 1)
		}
	})
}

func cores() []contest.Subject {
	var shared padded
	return []contest.Subject{
		floor("atomic add, one counter", func(n int) {
			onTwoCores(func(int) {
				for range n {
					shared.Add(1)
				}
			})
		}),
		floor("atomic add, a counter each", func(n int) {
			var each [2]padded
			onTwoCores(func(core int) {
				for range n {
					each[core].Add(1)
				}
			})
		}),
		floor("Mutex, shared", func(n int) {
			var mu sync.Mutex
			onTwoCores(func(int) {
				for range n {
					mu.Lock()
					mu.Unlock() //lint:ignore SA2001 it is the empty section that is timed
				}
			})
		}),
		floor("RWMutex RLock, shared", func(n int) {
			var mu sync.RWMutex
			onTwoCores(func(int) {
				for range n {
					mu.RLock()
					mu.RUnlock() //lint:ignore SA2001 it is the empty section that is timed
				}
			})
		}),
	}
}

// onTwoCores runs work on two threads and waits for both.
func onTwoCores(work func(core int)) {
	var wg sync.WaitGroup
	for core := range 2 {
		wg.Go(func() {
			release := pin(core)
			defer release()
			work(core)
		})
	}
	wg.Wait()
}
