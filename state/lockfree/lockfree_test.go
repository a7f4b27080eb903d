package lockfree_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/trivet-go/trivet/state/lockfree"
)

func TestZeroValues(t *testing.T) {
	var s lockfree.Snapshot[int]
	var c lockfree.Cell[int]
	if *s.Load() != 0 || c.Load() != 0 {
		t.Error(*s.Load(), c.Load())
	}
	if v := s.Update(func(i int) int { return i + 1 }); *v != 1 || s.Load() != v {
		t.Error(*v)
	}
	if v, err := c.Update(func(i int) int { return i + 1 }); v != 1 || err != nil || c.Load() != 1 {
		t.Error(v, err)
	}
}

func TestNothingIsLost(t *testing.T) {
	s := lockfree.SnapshotOf([2]int{})
	c := lockfree.CellOf([2]int{})
	var calls atomic.Int64
	inc := func(v [2]int) [2]int { return [2]int{v[0] + 1, v[1] + 1} }
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				s.Update(func(v [2]int) [2]int { calls.Add(1); return inc(v) })
				for {
					if _, err := c.Update(inc); err == nil {
						break
					}
				}
			}
		})
		wg.Go(func() {
			for range 2000 {
				if v := *s.Load(); v[0] != v[1] {
					t.Error("half of a change was seen")
				}
				if v := c.Load(); v[0] != v[1] {
					t.Error("half of a change was seen")
				}
			}
		})
	}
	wg.Wait()
	if s.Load()[0] != 8000 || c.Load()[0] != 8000 || calls.Load() != 8000 {
		t.Errorf("%v, %v, %d calls", s.Load(), c.Load(), calls.Load())
	}
}

func TestSnapshotsAreFrozen(t *testing.T) {
	s := lockfree.SnapshotOf("old")
	before := s.Load()
	s.Store("new")
	if *before != "old" || *s.Load() != "new" {
		t.Error(*before, *s.Load())
	}
	var z lockfree.Snapshot[string]
	zero := z.Load()
	z.Update(func(old string) string { return old + "new" })
	if *zero != "" || *z.Load() != "new" {
		t.Error(*zero, *z.Load())
	}
}

func TestPanicChangesNothing(t *testing.T) {
	s, c := lockfree.SnapshotOf(1), lockfree.CellOf(1)
	for _, update := range []func(){
		func() { s.Update(func(int) int { panic("boom") }) },
		func() { c.Update(func(int) int { panic("boom") }) },
	} {
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("no panic")
				}
			}()
			update()
		}()
	}
	s.Update(func(i int) int { return i + 1 })
	if *s.Load() != 2 || c.Load() != 1 {
		t.Error(*s.Load(), c.Load())
	}
}

func TestCellGivesUp(t *testing.T) {
	c := lockfree.CellOf(0)
	calls := 0
	_, err := c.Update(func(i int) int {
		calls++
		c.Update(func(i int) int { return i + 1 }) // always faster
		return -1
	})
	if err != lockfree.ErrContended || c.Retries() != int64(calls) || c.Load() != calls || calls < 10 {
		t.Errorf("%v after %d calls, %d retries, value %d", err, calls, c.Retries(), c.Load())
	}
}

// Histories of both are those of one register that is read and added to.
func TestLinearizable(t *testing.T) {
	register := porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			v := state.(int) + input.(int)
			return v == output.(int), v
		},
	}
	for range 50 {
		s, c := lockfree.SnapshotOf(0), lockfree.CellOf(0)
		for _, do := range []func(add int) int{
			func(add int) int {
				if add == 0 {
					return *s.Load()
				}
				return *s.Update(func(i int) int { return i + add })
			},
			func(add int) int {
				if add == 0 {
					return c.Load()
				}
				v, err := c.Update(func(i int) int { return i + add })
				if err != nil {
					t.Error(err)
				}
				return v
			},
		} {
			var mu sync.Mutex
			var history []porcupine.Operation
			var wg sync.WaitGroup
			begin := time.Now()
			for client := range 4 {
				wg.Go(func() {
					for i := range 10 {
						add := (client + i) % 3
						call := time.Since(begin)
						out := do(add)
						op := porcupine.Operation{ClientId: client, Input: add, Output: out, Call: int64(call), Return: int64(time.Since(begin))}
						mu.Lock()
						history = append(history, op)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if porcupine.CheckOperationsTimeout(register, history, 10*time.Second) == porcupine.Illegal {
				t.Fatalf("no order of these is that of a register: %v", history)
			}
		}
	}
}

// How do I change a value that everybody reads?
func ExampleSnapshot() {
	routes := lockfree.SnapshotOf(map[string]string{"/": "home"})
	routes.Update(func(old map[string]string) map[string]string {
		next := map[string]string{"/help": "help"} // a new map: the old one is being read
		for path, page := range old {
			next[path] = page
		}
		return next
	})
	fmt.Println((*routes.Load())["/help"])
	// Output: help
}

// How do I keep the largest of what many goroutines see, and none waits?
func ExampleCell() {
	type record struct {
		who   string
		score int
	}
	var best lockfree.Cell[record]
	for _, r := range []record{{"a", 3}, {"b", 7}, {"c", 5}} {
		_, err := best.Update(func(old record) record {
			if r.score > old.score {
				return r
			}
			return old
		})
		if err != nil {
			fmt.Println(err) // too many writers: use a guarded.Value
		}
	}
	fmt.Println(best.Load())
	// Output: {b 7}
}

func BenchmarkRead(b *testing.B) {
	s := lockfree.SnapshotOf(1)
	var p atomic.Pointer[int]
	p.Store(new(int))
	n := 0
	b.Run("Snapshot", func(b *testing.B) {
		for b.Loop() {
			n += *s.Load()
		}
	})
	b.Run("atomic.Pointer", func(b *testing.B) {
		for b.Loop() {
			n += *p.Load()
		}
	})
}
