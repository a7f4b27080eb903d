package replay

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/trivet-go/trivet/internal/program"
	"pgregory.net/rapid"
)

// performer performs a program in earnest, with the sync package and channels
// of the Go that runs this test, and notes in which order the goroutines come to
// their operations.
type performer struct {
	p     *program.Program
	locks map[uint32]*sync.Mutex
	rws   map[uint32]*sync.RWMutex
	chans map[uint32]chan struct{}
	wgs   map[uint32]*sync.WaitGroup
	notes []place
	n     atomic.Int64
	done  chan bool
}

func perform(p *program.Program) []place {
	total := 0
	for _, g := range p.Goroutines {
		total += len(g.Ops)
	}
	m := &performer{
		p:     p,
		locks: map[uint32]*sync.Mutex{}, rws: map[uint32]*sync.RWMutex{},
		chans: map[uint32]chan struct{}{}, wgs: map[uint32]*sync.WaitGroup{},
		notes: make([]place, total), done: make(chan bool),
	}
	for i, o := range p.Objects {
		switch i := uint32(i); o.Class {
		case program.Mutex:
			m.locks[i] = new(sync.Mutex)
		case program.RWMutex:
			m.rws[i] = new(sync.RWMutex)
		case program.Channel:
			m.chans[i] = make(chan struct{}, o.Cap)
		case program.WaitGroup:
			m.wgs[i] = new(sync.WaitGroup)
		}
	}
	// Without collections and other processors nothing disturbs the order.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	go m.goroutine(p.Main)
	<-m.done
	return m.notes[:m.n.Load()]
}

func (m *performer) goroutine(g int) {
	for pc, op := range m.p.Goroutines[g].Ops {
		m.notes[m.n.Add(1)-1] = place{int32(g), int32(pc)}
		m.op(op)
	}
	if g == m.p.Main {
		close(m.done)
	}
}

func (m *performer) op(op program.Op) {
	rw := m.rws[op.Obj]
	switch op.Kind {
	case program.Spawn:
		go m.goroutine(int(op.Obj))
	case program.Lock:
		if rw != nil {
			rw.Lock()
		} else {
			m.locks[op.Obj].Lock()
		}
	case program.Unlock:
		if rw != nil {
			rw.Unlock()
		} else {
			m.locks[op.Obj].Unlock()
		}
	case program.RLock:
		rw.RLock()
	case program.RUnlock:
		rw.RUnlock()
	case program.Send:
		m.chans[op.Obj] <- struct{}{}
	case program.Recv, program.RecvClosed:
		<-m.chans[op.Obj]
	case program.Close:
		close(m.chans[op.Obj])
	case program.Add:
		m.wgs[op.Obj].Add(op.Delta())
	case program.Join:
		m.wgs[op.Obj].Wait()
	}
}

// replayOrder is the same of a replay on one core.
func replayOrder(p *program.Program) []place {
	s := newSim(p, free(1))
	s.begin()
	var notes []place
	at := make([]int32, len(s.gs))
	for i := range at {
		at[i] = none
	}
	for proc := s.procs[0]; !s.ended; {
		id := proc.cur
		if pc := s.gs[id].pc; pc > at[id] { // else it tries again
			at[id] = pc
			notes = append(notes, place{id, pc})
		}
		s.now = proc.until
		s.step(proc)
	}
	return notes
}

// On one core Go's scheduler leaves nothing to chance: the replay must come to
// the same order as the runtime itself.
func TestOrderIsThatOfTheRuntime(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes the scheduler random")
	}
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, features{locks: true, chans: true, gates: true, semaphores: true, blockInLocks: true, timeless: true})
		want := replayOrder(p)
		var got []place
		for range 20 { // sysmon may preempt when the machine is busy
			if got = perform(p); slices.Equal(got, want) {
				return
			}
		}
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		show := func(all []place) (s string) {
			for _, pl := range all[min(i, len(all)):min(i+6, len(all))] {
				s += fmt.Sprintf(" %d:%v", pl.src, p.Goroutines[pl.src].Ops[pl.pc].Kind)
			}
			return s
		}
		for i, g := range p.Goroutines {
			line := ""
			for _, op := range g.Ops {
				line += fmt.Sprintf(" %v(%d)", op.Kind, op.Obj)
			}
			rt.Logf("%d %s:%s", i, g.Start, line)
		}
		rt.Logf("%v", want)
		rt.Errorf("after %d operations the runtime went on with%s, the replay with%s", i, show(got), show(want))
	})
}
