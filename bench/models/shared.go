package models

import (
	"maps"
	"sync"

	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/state/lockfree"
)

// The models of this file share the table: whoever changes it does so itself.

// unprotected is for one task, or for readers.
type unprotected[V any] struct{ t table[V] }

func (m *unprotected[V]) update(key int, v *V) { m.t.set(key, v) }
func (m *unprotected[V]) read(key int, v *V)   { *v = m.t.rows[key] }
func (m *unprotected[V]) end() []*table[V]     { return []*table[V]{&m.t} }

type byMutex[V any] struct {
	mu sync.Mutex
	t  table[V]
}

func (m *byMutex[V]) update(key int, v *V) {
	m.mu.Lock()
	m.t.set(key, v)
	m.mu.Unlock()
}

func (m *byMutex[V]) read(key int, v *V) {
	m.mu.Lock()
	*v = m.t.rows[key]
	m.mu.Unlock()
}

func (m *byMutex[V]) end() []*table[V] { return []*table[V]{&m.t} }

type byRWMutex[V any] struct {
	mu sync.RWMutex
	t  table[V]
}

func (m *byRWMutex[V]) update(key int, v *V) {
	m.mu.Lock()
	m.t.set(key, v)
	m.mu.Unlock()
}

func (m *byRWMutex[V]) read(key int, v *V) {
	m.mu.RLock()
	*v = m.t.rows[key]
	m.mu.RUnlock()
}

func (m *byRWMutex[V]) end() []*table[V] { return []*table[V]{&m.t} }

type byValue[V any] struct{ *guarded.Value[table[V]] }

func (m byValue[V]) update(key int, v *V) { m.Do(func(t *table[V]) { t.set(key, v) }) }
func (m byValue[V]) read(key int, v *V)   { m.Do(func(t *table[V]) { *v = t.rows[key] }) }

func (m byValue[V]) end() []*table[V] {
	t := m.Load()
	return []*table[V]{&t}
}

type byReadMostly[V any] struct{ *guarded.ReadMostly[table[V]] }

func (m byReadMostly[V]) update(key int, v *V) { m.Do(func(t *table[V]) { t.set(key, v) }) }
func (m byReadMostly[V]) read(key int, v *V)   { m.View(func(t *table[V]) { *v = t.rows[key] }) }

func (m byReadMostly[V]) end() []*table[V] {
	t := m.Load()
	return []*table[V]{&t}
}

// bySnapshot copies all rows for each change.
type bySnapshot[V any] struct{ *lockfree.Snapshot[table[V]] }

func (m bySnapshot[V]) update(key int, v *V) {
	m.Update(func(t table[V]) table[V] {
		t.rows = maps.Clone(t.rows)
		t.set(key, v)
		return t
	})
}

func (m bySnapshot[V]) read(key int, v *V) { *v = m.Load().rows[key] }
func (m bySnapshot[V]) end() []*table[V]   { return []*table[V]{m.Load()} }

// The models below have something for each key.

type mutexes[V any] [keys]byMutex[V]

func (m *mutexes[V]) update(key int, v *V) { m[key].update(key, v) }

func (m *mutexes[V]) end() (all []*table[V]) {
	for key := range m {
		all = append(all, &m[key].t)
	}
	return all
}

type values[V any] [keys]guarded.Value[table[V]]

func (m *values[V]) update(key int, v *V) { m[key].Do(func(t *table[V]) { t.set(key, v) }) }

func (m *values[V]) end() (all []*table[V]) {
	for key := range m {
		t := m[key].Load()
		all = append(all, &t)
	}
	return all
}

// The models below change two rows at once: of the second one, other, only the count.
func other(key int) int { return (key*7 + 3) % keys }

type bothByMutex[V any] struct{ mutexes[V] }

func (m *bothByMutex[V]) update(key int, v *V) {
	a, b := &m.mutexes[min(key, other(key))], &m.mutexes[max(key, other(key))]
	a.mu.Lock()
	b.mu.Lock()
	m.mutexes[key].t.set(key, v)
	m.mutexes[other(key)].t.count++
	b.mu.Unlock()
	a.mu.Unlock()
}

type bothByValue[V any] struct{ values[V] }

func (m *bothByValue[V]) update(key int, v *V) {
	guarded.Do2(&m.values[key], &m.values[other(key)], func(a, b *table[V]) {
		a.set(key, v)
		b.count++
	})
}
