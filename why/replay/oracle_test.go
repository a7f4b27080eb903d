package replay

import (
	"testing"

	"github.com/trivet-go/trivet/internal/program"
	"pgregory.net/rapid"
)

// oracle finds the span of a program without locks in another way: as the least
// solution of the equations between the times of its operations. A receive is
// over no earlier than the send of its value, the k-th send to a channel no
// earlier than the receive that made room for it, a join no earlier than what it
// waits for. It needs channels with one sender and one receiver each.
type oracle struct {
	p      *program.Program
	at     []int64 // per goroutine: time of its last operation
	pc     []int
	alive  []bool
	sends  map[uint32][]int64 // times at which values were offered
	recvs  map[uint32][]int64 // times at which they were asked for
	closed map[uint32]int64
	count  map[uint32]int   // WaitGroups
	latest map[uint32]int64 // of the operations on them
}

func span(p *program.Program) int64 {
	n := len(p.Goroutines)
	o := &oracle{
		p: p, at: make([]int64, n), pc: make([]int, n), alive: make([]bool, n),
		sends: map[uint32][]int64{}, recvs: map[uint32][]int64{}, closed: map[uint32]int64{},
		count: map[uint32]int{}, latest: map[uint32]int64{},
	}
	o.alive[p.Main] = true
	for moved := true; moved; {
		moved = false
		for g := range n {
			for o.alive[g] && o.pc[g] < len(p.Goroutines[g].Ops) && o.step(g) {
				moved = true
			}
		}
	}
	return o.at[p.Main]
}

// offered notes that goroutine g is at its k-th operation of a list, once.
func offered(list []int64, k int, at int64) []int64 {
	if k == len(list) {
		list = append(list, at)
	}
	return list
}

// step tries the next operation of g.
func (o *oracle) step(g int) bool {
	op := o.p.Goroutines[g].Ops[o.pc[g]]
	at := o.at[g] + int64(op.Run)
	k := o.earlier(g, op)
	switch op.Kind {
	case program.Spawn:
		o.alive[op.Obj], o.at[op.Obj] = true, at
	case program.Send:
		o.sends[op.Obj] = offered(o.sends[op.Obj], k, at)
		if room := k - int(o.p.Objects[op.Obj].Cap); room >= 0 {
			if room >= len(o.recvs[op.Obj]) {
				return false
			}
			at = max(at, o.recvs[op.Obj][room])
		}
	case program.Recv:
		o.recvs[op.Obj] = offered(o.recvs[op.Obj], k, at)
		if k >= len(o.sends[op.Obj]) {
			return false
		}
		at = max(at, o.sends[op.Obj][k])
		// A value that was already there makes room when it is taken, one that
		// comes later when it comes: the sender does not wait for the buffer then.
		o.recvs[op.Obj][k] = at
	case program.Close:
		o.closed[op.Obj] = at
	case program.RecvClosed:
		c, ok := o.closed[op.Obj]
		if !ok {
			return false
		}
		at = max(at, c)
	case program.Add:
		o.count[op.Obj] += op.Delta()
		o.latest[op.Obj] = max(o.latest[op.Obj], at)
	case program.Join:
		if o.count[op.Obj] > 0 {
			return false
		}
		at = max(at, o.latest[op.Obj])
	}
	o.at[g] = at
	o.pc[g]++
	return true
}

// earlier is how many operations like op g has done.
func (o *oracle) earlier(g int, op program.Op) int {
	k := 0
	for _, other := range o.p.Goroutines[g].Ops[:o.pc[g]] {
		if other.Kind == op.Kind && other.Obj == op.Obj {
			k++
		}
	}
	return k
}

func TestSpanIsTheLongestChain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, aDAG)
		want := span(p)
		if got := mustRun(rt, p, free(Unlimited)).Wall; int64(got) != want {
			for i, g := range p.Goroutines {
				rt.Logf("%d %+v", i, g.Ops)
			}
			rt.Errorf("span %d, want %d", got, want)
		}
	})
}
