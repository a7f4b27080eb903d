package models

import (
	"fmt"
	"sync"
	"time"

	"github.com/trivet-go/trivet/why/choose"
)

const keys = 64 // of the table, which has a row for each

// A payload is what a change puts into a row. The last one is a little less than
// 64 KiB, since messages contain it, and a channel takes none that are larger.
type payload interface {
	[1]uint64 | [8]uint64 | [128]uint64 | [2048]uint64 | [8188]uint64
}

// freight is how tasks come by what their changes carry: V is a payload, or a
// pointer to one.
type freight[V any] struct {
	load  func(v *V, stamp uint64) // makes one
	stamp func(v *V) uint64        // the stamp of one; it panics if a part of it is of another one
}

// kept: the task has a payload of its own, and the model copies it.
func kept[P payload]() freight[P] { return freight[P]{mark[P], stampOf[P]} }

// fresh: each change gives away a payload that was made for it.
func fresh[P payload]() freight[*P] {
	load := func(v **P, stamp uint64) {
		*v = new(P)
		mark(*v, stamp)
	}
	return freight[*P]{load, func(v **P) uint64 { return stampOf(*v) }}
}

// handed: the payloads are there already, and nobody changes them any more.
func handed[P payload]() freight[*P] {
	ready := make([]P, keys)
	for i := range ready {
		mark(&ready[i], uint64(i))
	}
	load := func(v **P, stamp uint64) { *v = &ready[stamp%keys] }
	return freight[*P]{load, func(v **P) uint64 { return stampOf(*v) }}
}

func mark[P payload](p *P, stamp uint64) { (*p)[0], (*p)[len(*p)-1] = stamp, stamp }

func stampOf[P payload](p *P) uint64 {
	if (*p)[0] != (*p)[len(*p)-1] {
		panic(fmt.Sprintf("half of %d, half of %d", (*p)[0], (*p)[len(*p)-1]))
	}
	return (*p)[0]
}

// table is what tasks change. What protects it is the model's affair.
type table[V any] struct {
	rows   map[int]V
	count  int // of changes
	effort effort
	late   func(V) // is told of each change; nil: nobody wants to know
}

// set makes a change.
func (t *table[V]) set(key int, v *V) {
	t.effort.do()
	t.rows[key] = *v
	t.count++
	if t.late != nil {
		t.late(*v)
	}
}

// effort is what one change takes, beside the writing.
type effort struct {
	turns int
	wait  time.Duration
	heat  uint64 // what the turns have come to: they must come to something
}

func (e *effort) do() {
	if e.turns > 0 {
		e.heat = burn(e.heat, e.turns)
	}
	if e.wait > 0 {
		time.Sleep(e.wait)
	}
}

// burn computes; the loop depends on itself, so no core is quicker by doing more at once.
//
//go:noinline
func burn(x uint64, turns int) uint64 {
	for range turns {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// turnsIn is how many turns of burn take about so long.
func turnsIn(d time.Duration) int { return int(float64(d) / turnTakes()) }

// turnTakes is the least of several tries, in ns: nothing else ran then.
var turnTakes = sync.OnceValue(func() float64 {
	const turns = 100_000
	least := time.Hour
	var x uint64
	for range 20 {
		begin := time.Now()
		x = burn(x, turns)
		least = min(least, time.Since(begin))
	}
	return float64(max(least, 1)) / turns
})

// job is what the tasks do: the same with each model.
type job[V any] struct {
	choose.Load
	freight[V]
	rows map[int]V // one for each key, for all models in turn: large ones take a while to make

	// How long a task waits, and how long until a change is there; nil: nobody wants
	// to know.
	waits, late *delays
}

func newJob[V any](l choose.Load, f freight[V]) job[V] {
	j := job[V]{Load: l, freight: f, rows: make(map[int]V, keys)}
	for key := range keys {
		var v V
		f.load(&v, uint64(key))
		j.rows[key] = v
	}
	turnTakes() // not while a model is measured
	return j
}

func (j job[V]) newTable(rows map[int]V) table[V] {
	t := table[V]{rows: rows, effort: effort{turns: turnsIn(j.Work), wait: j.Wait}}
	if j.late != nil {
		t.late = func(v V) { j.late.since(j.stamp(&v) / keys) }
	}
	return t
}

// run makes n uses, and checks that every change has arrived and none is torn.
func (j job[V]) run(n int, m model[V]) {
	var together sync.WaitGroup
	for task := range j.Tasks {
		together.Go(func() { j.task(task, n/j.Tasks, m) })
	}
	together.Wait()
	count := 0
	for _, t := range m.end() {
		count += t.count
		for key, v := range t.rows {
			j.belongs(&v, key)
		}
	}
	if want := j.changes(n); count != want {
		panic(fmt.Sprintf("%d changes of %d", count, want))
	}
}

// belongs panics if v is not for the row of key.
func (j job[V]) belongs(v *V, key int) {
	if got := j.stamp(v) % keys; got != uint64(key) {
		panic(fmt.Sprintf("row %d has what belongs to %d", key, got))
	}
}

// task makes its share of the uses.
func (j job[V]) task(task, n int, m model[V]) {
	var v V
	between := effort{turns: turnsIn(j.Own)}
	waits := j.waits.fork()
	defer waits.join()
	r, _ := m.(reader[V]) // of those that are asked to read
	for i := range n {
		between.do()
		key := (task*keys/j.Tasks + i) % keys
		if j.isRead(i) {
			r.read(key, &v)
			j.belongs(&v, key)
			continue
		}
		asked := waits.now() // 0 if it does not matter
		j.load(&v, asked*keys+uint64(key))
		m.update(key, &v)
		waits.since(asked)
	}
}

func (j job[V]) isRead(i int) bool {
	return j.Reads == 100 || j.Reads > 0 && i%(100/(100-j.Reads)) != 0
}

// changes is how many changes n uses make.
func (j job[V]) changes(n int) (count int) {
	for i := range n / j.Tasks {
		if !j.isRead(i) {
			count += j.Tasks
		}
	}
	if j.Of == choose.Two {
		count *= 2
	}
	return count
}

// ownWork does what tasks do between their changes, and no change.
func (j job[V]) ownWork(n int) {
	var together sync.WaitGroup
	for range j.Tasks {
		together.Go(func() {
			between := effort{turns: turnsIn(j.Own)}
			for range n / j.Tasks {
				between.do()
			}
		})
	}
	together.Wait()
}
