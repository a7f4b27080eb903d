package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// stepsPerUnit makes a unit last about a microsecond on a 3 GHz core. It is a
// constant, not a calibration: the work is the same on every machine and at
// every GOMAXPROCS.
const stepsPerUnit = 520

// slice is how many units a goroutine may compute before it lets others have
// its emulated core: the 10 ms after which Go's scheduler preempts.
const slice = 10_000

// A machine is what a kind computes on: the real one, or a number of emulated
// cores.
//
// An emulated core is a token. A goroutine holds one from its start to its end,
// except while it is blocked, and computes by sleeping. Sleeps end late; what
// was overslept is carried as a debt and taken off the goroutine's next sleep,
// so that lateness does not add up along a chain of goroutines. What was
// overslept under a lock is owed by the lock's next holder, and a goroutine that
// ends leaves its debt on its core for the next to take over.
//
// Locks, channels and wait groups are Go's own. What emulation leaves out is
// everything that hardware does: caches, memory bandwidth, the time a wake-up
// takes, and the order in which Go's scheduler picks among ready goroutines
// (here: first come, first served).
type machine struct {
	idle  chan *core // nil: the real machine
	unit  time.Duration
	units atomic.Int64
	sum   atomic.Uint64
}

// A core is one emulated core.
type core struct {
	debt time.Duration // left by the goroutine that ended here
}

// newMachine returns a machine of n emulated cores, on which a unit lasts unit;
// or the real one when n is 0.
func newMachine(n int, unit time.Duration) *machine {
	m := &machine{unit: unit}
	if n > 0 {
		m.idle = make(chan *core, n)
		for range n {
			m.idle <- new(core)
		}
	}
	return m
}

func (m *machine) emulated() bool { return m.idle != nil }

// serial is how long one emulated core takes for everything computed so far.
func (m *machine) serial() time.Duration {
	if !m.emulated() {
		return 0
	}
	return time.Duration(m.units.Load()) * m.unit
}

// A hand is what one goroutine computes and waits with. Each goroutine of a kind
// has its own, from [machine.begin] to [hand.end].
type hand struct {
	m     *machine
	core  *core // held while running on an emulated machine
	debt  time.Duration
	units int64
	sum   uint64
	_     [128]byte // two hands never share a cache line
}

// begin gives the calling goroutine a hand, once a core is free.
func (m *machine) begin() *hand {
	h := &hand{m: m}
	h.resume()
	return h
}

// end gives the core back and adds the goroutine's work to the machine's.
func (h *hand) end() {
	h.m.units.Add(h.units)
	h.m.sum.Add(h.sum)
	if h.core != nil {
		h.core.debt += h.debt
	}
	h.pause()
}

// pause gives the core back before the goroutine blocks.
func (h *hand) pause() {
	if h.core != nil {
		h.m.idle <- h.core
		h.core = nil
	}
}

// resume waits for a core.
func (h *hand) resume() {
	if h.m.emulated() {
		h.hold(<-h.m.idle)
	}
}

// tryResume takes a core if one is idle.
func (h *hand) tryResume() bool {
	select {
	case c := <-h.m.idle:
		h.hold(c)
		return true
	default:
		return false
	}
}

func (h *hand) hold(c *core) {
	h.core = c
	h.debt += c.debt
	c.debt = 0
}

// compute does so many units of work.
func (h *hand) compute(units int) {
	h.units += int64(units)
	if !h.m.emulated() {
		h.sum += spin(units)
		return
	}
	h.sum += uint64(units)
	for ; units > slice; units -= slice {
		h.sleep(slice)
		h.pause() // preempted: to the end of the queue, if there is one
		h.resume()
	}
	h.sleep(units)
}

// sleep passes the time of some units on the emulated core.
func (h *hand) sleep(units int) {
	want := time.Duration(units)*h.m.unit - h.debt
	if want <= 0 {
		h.debt = -want
		return
	}
	start := time.Now()
	time.Sleep(want)
	h.debt = time.Since(start) - want
}

// spin is the arithmetic of some units: a xorshift generator, each step of which
// needs the one before, so that no compiler and no processor shortens it.
//
//go:noinline
func spin(units int) uint64 {
	x := uint64(units) | 1<<40
	for range units * stepsPerUnit {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// The rest is Go's own blocking operations. On the real machine each is just
// that; on emulated cores a goroutine that has to block gives its core back.

func (h *hand) wait(wg *sync.WaitGroup) {
	h.pause()
	wg.Wait()
	h.resume()
}

// A mutex is a sync.Mutex whose holders share a debt of their own: a critical
// section must not pay for what was overslept outside, or the chain of critical
// sections would run faster than it can.
type mutex struct {
	sync.Mutex
	debt time.Duration // guarded by Mutex; while it is held, the holder's debt from outside
}

// lock acquires mu as Go does: a waiter is woken when mu is free, waits for a
// core without holding mu, then competes for it again.
func (h *hand) lock(mu *mutex) {
	if !h.m.emulated() {
		mu.Lock()
		return
	}
	for !mu.TryLock() {
		h.pause()
		mu.Lock()
		if h.tryResume() {
			break
		}
		mu.Unlock()
		h.resume()
	}
	h.debt, mu.debt = mu.debt, h.debt
}

func (h *hand) unlock(mu *mutex) {
	if h.m.emulated() {
		h.debt, mu.debt = mu.debt, h.debt
	}
	mu.Unlock()
}

// condWait waits on c, whose lock is mu.
func (h *hand) condWait(c *sync.Cond, mu *mutex) {
	if !h.m.emulated() {
		c.Wait()
		return
	}
	h.debt, mu.debt = mu.debt, h.debt
	h.pause()
	c.Wait()
	if h.tryResume() {
		h.debt, mu.debt = mu.debt, h.debt
		return
	}
	mu.Unlock()
	h.resume()
	h.lock(mu)
}

// A rwmutex is a sync.RWMutex whose writers share a debt, as a mutex's holders do.
type rwmutex struct {
	sync.RWMutex
	debt time.Duration
}

// rlock and wlock: who unlocks a RWMutex hands it over, so that here a woken
// waiter does hold it while it waits for a core.
func (h *hand) rlock(mu *rwmutex) {
	if h.m.emulated() && mu.TryRLock() {
		return
	}
	h.pause()
	mu.RLock()
	h.resume()
}

func (h *hand) wlock(mu *rwmutex) {
	if !h.m.emulated() {
		mu.Lock()
		return
	}
	if !mu.TryLock() {
		h.pause()
		mu.Lock()
		h.resume()
	}
	h.debt, mu.debt = mu.debt, h.debt
}

func (h *hand) wunlock(mu *rwmutex) {
	if h.m.emulated() {
		h.debt, mu.debt = mu.debt, h.debt
	}
	mu.Unlock()
}

func send[T any](h *hand, ch chan<- T, v T) {
	if h.m.emulated() {
		select {
		case ch <- v:
			return
		default:
		}
	}
	h.pause()
	ch <- v
	h.resume()
}

func recv[T any](h *hand, ch <-chan T) (T, bool) {
	if h.m.emulated() {
		select {
		case v, ok := <-ch:
			return v, ok
		default:
		}
	}
	h.pause()
	v, ok := <-ch
	h.resume()
	return v, ok
}
