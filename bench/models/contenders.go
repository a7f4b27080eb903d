package models

import (
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/why/choose"
)

// model is a way to hold the table. update may return before the change is made;
// end waits for all of them.
type model[V any] interface {
	update(key int, v *V)
	end() []*table[V]
}

// reader is a model that can be read.
type reader[V any] interface {
	read(key int, v *V)
}

// contender is a model in one of the cases.
type contender[V any] struct {
	who   string
	role  contest.Role
	note  string
	begin func() model[V]
}

// contenders are those of the job's case.
func contenders[V any](j job[V]) []contender[V] {
	switch {
	case j.Of == choose.Keys:
		return forKeys(j)
	case j.Of == choose.Two:
		return forTwo(j)
	case j.Reads > 0:
		return forReads(j)
	}
	return forChanges(j)
}

const (
	mutex       = "sync.Mutex and map"
	channel     = "channel to an owner"
	answers     = "channel to an owner, with answers"
	ourValue    = "trivet guarded.Value"
	ourQueue    = "trivet bounded.Queue to an owner"
	ourTell     = "trivet actor Tell"
	ourCall     = "trivet actor Call"
	ourMostly   = "trivet guarded.ReadMostly"
	ourSnapshot = "trivet lockfree.Snapshot"
	alone       = "the table alone"
)

func ours[V any](who string, begin func() model[V]) contender[V] {
	return contender[V]{who: who, role: contest.Ours, begin: begin}
}

func rival[V any](who string, begin func() model[V]) contender[V] {
	return contender[V]{who: who, role: contest.Rival, begin: begin}
}

func (j job[V]) locked() model[V]  { return &byMutex[V]{t: j.newTable(j.rows)} }
func (j job[V]) guarded() model[V] { return byValue[V]{guarded.Of(j.newTable(j.rows))} }

func forChanges[V any](j job[V]) []contender[V] {
	p := j.ofOne()
	all := []contender[V]{
		ours(ourValue, j.guarded),
		ours(ourQueue, j.byQueue),
		ours(ourTell, func() model[V] { return byTell[V]{p.crowd(1)} }),
		ours(ourCall, func() model[V] { return byCall[V]{p.crowd(1)} }),
		rival(mutex, j.locked),
		rival(channel, j.byChannel),
		rival(answers, j.byAnswers),
	}
	if j.Tasks == 1 && j.Own == 0 {
		all = append(all, j.alone())
	}
	return all
}

// alone is what the table costs that nobody protects.
func (j job[V]) alone() contender[V] {
	return contender[V]{alone, contest.Reference, "no lock at all: for one task, or readers", func() model[V] { return &unprotected[V]{j.newTable(j.rows)} }}
}

func forReads[V any](j job[V]) []contender[V] {
	p := j.ofOne()
	all := []contender[V]{
		ours(ourValue, j.guarded),
		ours(ourMostly, func() model[V] { return byReadMostly[V]{guarded.ReadMostlyOf(j.newTable(j.rows))} }),
		ours(ourSnapshot, func() model[V] { return bySnapshot[V]{lockfree.SnapshotOf(j.newTable(j.rows))} }),
		ours(ourCall, func() model[V] { return byCall[V]{p.crowd(1)} }),
		rival(mutex, j.locked),
		rival("sync.RWMutex and map", func() model[V] { return &byRWMutex[V]{t: j.newTable(j.rows)} }),
		rival(answers, j.byAnswers),
	}
	if j.Reads == 100 {
		all = append(all, j.alone())
	}
	return all
}

func forKeys[V any](j job[V]) []contender[V] {
	p := j.ofKeys()
	return []contender[V]{
		ours(ourValue+" a key", func() model[V] { return j.valuesOf(new(values[V])) }),
		ours(ourTell+", one a key", func() model[V] { return byTell[V]{p.crowd(keys)} }),
		ours(ourCall+", one a key", func() model[V] { return byCall[V]{p.crowd(keys)} }),
		rival(mutex, j.locked),
		rival("sync.Mutex a key", func() model[V] { return j.mutexesOf(new(mutexes[V])) }),
	}
}

func (j job[V]) valuesOf(m *values[V]) *values[V] {
	for key := range m {
		m[key].Store(j.newTable(map[int]V{}))
	}
	return m
}

func (j job[V]) mutexesOf(m *mutexes[V]) *mutexes[V] {
	for key := range m {
		m[key].t = j.newTable(map[int]V{})
	}
	return m
}

func forTwo[V any](j job[V]) []contender[V] {
	return []contender[V]{
		ours("trivet guarded.Do2", func() model[V] {
			m := new(bothByValue[V])
			j.valuesOf(&m.values)
			return m
		}),
		rival("two sync.Mutexes, in order", func() model[V] {
			m := new(bothByMutex[V])
			j.mutexesOf(&m.mutexes)
			return m
		}),
	}
}
