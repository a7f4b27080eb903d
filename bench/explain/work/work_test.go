package main

import (
	"runtime"
	"testing"
	"time"
)

// The same work is done whatever runs it: one core, all cores, emulated cores.
func TestWorkIsTheSameOnAnyNumberOfCores(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			one := do(k, 0, 1)
			all := do(k, 0, max(2, runtime.NumCPU()))
			if one.sum.Load() != all.sum.Load() || one.units.Load() != all.units.Load() {
				t.Errorf("one core computed %d units, sum %d; all cores %d, sum %d",
					one.units.Load(), one.sum.Load(), all.units.Load(), all.sum.Load())
			}
			if !k.Emulated {
				return
			}
			for _, n := range []int{1, 4, 64} {
				if m := do(k, n, runtime.NumCPU()); m.units.Load() != one.units.Load() {
					t.Errorf("%d emulated cores computed %d units, the real machine %d",
						n, m.units.Load(), one.units.Load())
				}
			}
		})
	}
}

func do(k kind, cores, procs int) *machine {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	m := newMachine(cores, time.Microsecond)
	k.run(m, 0.02)
	return m
}

// When a kind is over, every emulated core is idle again: no goroutine of it
// still computes, and no core was lost on the way.
func TestCoresComeBack(t *testing.T) {
	for _, k := range kinds {
		if !k.Emulated {
			continue
		}
		m := do(k, 3, runtime.NumCPU())
		for range 3 {
			<-m.idle
		}
		if m.units.Load() == 0 {
			t.Errorf("%s computed nothing", k.Name)
		}
	}
}

// A goroutine that overslept sleeps less the next time, and leaves what it still
// owes to the next goroutine on its core.
func TestOversleepingIsADebt(t *testing.T) {
	m := newMachine(1, time.Millisecond)
	h := m.begin()
	h.debt = 10 * time.Millisecond
	h.compute(3)
	if h.debt != 7*time.Millisecond {
		t.Errorf("3 ms of work against a debt of 10 ms leave %v, want 7 ms", h.debt)
	}
	h.end()
	if next := m.begin(); next.debt != 7*time.Millisecond {
		t.Errorf("the next goroutine on the core owes %v, want 7 ms", next.debt)
	}
}

func TestHardwareIsNotEmulated(t *testing.T) {
	if _, err := choose("falsesharing", 4); err == nil {
		t.Error("false sharing ran on emulated cores, which have no caches")
	}
	if _, err := choose("nosuch", 0); err == nil {
		t.Error("an unknown kind was accepted")
	}
}
