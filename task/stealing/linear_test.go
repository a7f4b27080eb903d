package stealing

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A shelf is a deque whose owner puts and takes back at one end, and whose
// thieves take at the other. The histories of real goroutines must be those of
// such a deque, with each operation at one point in time.

type shelfOp struct {
	do  byte // 'p' put, 'b' take back, 't' take
	job int
}

// deque is the specification. A state is the list of jobs, the oldest first, as
// a string, so that states can be compared.
var deque = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		jobs, op, got := state.(string), input.(shelfOp), output.(int)
		switch op.do {
		case 'p':
			return true, jobs + string(rune(op.job))
		case 'b':
			if jobs != "" && jobs[len(jobs)-1] == byte(op.job) {
				return got == op.job, jobs[:len(jobs)-1]
			}
			return got == 0, jobs
		}
		if jobs == "" {
			return got == 0, jobs
		}
		return got == int(jobs[0]), jobs[1:]
	},
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%c%d = %d", input.(shelfOp).do, input.(shelfOp).job, output)
	},
}

// numbered is a job with a number from 1 to 127.
type numbered struct {
	task
	number int
}

func (*numbered) run(*worker) {}

func TestShelfIsLinearizable(t *testing.T) {
	for range 300 {
		if err := checkHistory(shelfHistory()); err != nil {
			t.Fatal(err)
		}
	}
}

// A take that leaves the job where it is must be found.
func TestLinearizabilityFindsFlaws(t *testing.T) {
	twice := []porcupine.Operation{
		{ClientId: 0, Input: shelfOp{'p', 1}, Output: 1, Call: 1, Return: 2},
		{ClientId: 1, Input: shelfOp{'t', 0}, Output: 1, Call: 3, Return: 6},
		{ClientId: 0, Input: shelfOp{'b', 1}, Output: 1, Call: 4, Return: 5},
	}
	if checkHistory(twice) == nil {
		t.Error("a job that both have is not found")
	}
}

func checkHistory(history []porcupine.Operation) error {
	if !porcupine.CheckOperations(deque, history) {
		return fmt.Errorf("not the history of a deque: %+v", history)
	}
	return nil
}

func shelfHistory() []porcupine.Operation {
	const jobs, thieves = 20, 2
	var (
		s     shelf
		done  atomic.Bool
		begin = time.Now()
		logs  [thieves + 1][]porcupine.Operation
		wg    sync.WaitGroup
	)
	record := func(client int, op shelfOp, do func() int) {
		call := int64(time.Since(begin))
		got := do()
		logs[client] = append(logs[client], porcupine.Operation{ClientId: client, Input: op, Output: got, Call: call, Return: int64(time.Since(begin))})
	}
	for thief := 1; thief <= thieves; thief++ {
		wg.Go(func() {
			for tries := 0; !done.Load() && tries < 40; tries++ {
				record(thief, shelfOp{'t', 0}, func() int {
					if j := s.take(nil, nil); j != nil {
						return j.(*numbered).number
					}
					return 0
				})
				runtime.Gosched()
			}
		})
	}
	var mine []*numbered
	for n := 1; n <= jobs; n++ {
		j := &numbered{number: n}
		mine = append(mine, j)
		record(0, shelfOp{'p', n}, func() int { s.put(j); return n })
		if n%3 != 0 {
			continue
		}
		runtime.Gosched()
		last := mine[len(mine)-1]
		mine = mine[:len(mine)-1]
		record(0, shelfOp{'b', last.number}, func() int {
			if s.takeBack(last) {
				return last.number
			}
			return 0
		})
	}
	done.Store(true)
	wg.Wait()
	var all []porcupine.Operation
	for _, l := range logs {
		all = append(all, l...)
	}
	return all
}
