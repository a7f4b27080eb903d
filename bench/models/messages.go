package models

import (
	"context"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/state/bounded"
)

// The models of this file have a goroutine that owns the table; others send it what
// it is to change.

var background = context.Background()

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// change is a message. If v is a pointer it stands in front, where an actor's
// envelope has room for one.
type change[V any] struct {
	v   V
	key int
}

// room is how many messages wait at most: a mebibyte of them, and 1024.
func (j job[V]) room() int { return min(1024, 1<<20/j.Bytes) }

type byChannel[V any] struct {
	in   chan change[V]
	done chan *table[V]
}

func (j job[V]) byChannel() model[V] {
	m := byChannel[V]{make(chan change[V], j.room()), make(chan *table[V])}
	go func() {
		t := j.newTable(j.rows)
		for c := range m.in {
			t.set(c.key, &c.v)
		}
		m.done <- &t
	}()
	return m
}

func (m byChannel[V]) update(key int, v *V) { m.in <- change[V]{*v, key} }

func (m byChannel[V]) end() []*table[V] {
	close(m.in)
	return []*table[V]{<-m.done}
}

// byAnswers is a channel over which each sender waits for its answer.
type byAnswers[V any] struct {
	in   chan question[V]
	done chan *table[V]
}

type question[V any] struct {
	change[V]
	changed chan bool // nil: it is a read
	found   chan V
}

func (j job[V]) byAnswers() model[V] {
	m := byAnswers[V]{make(chan question[V], j.room()), make(chan *table[V])}
	go func() {
		t := j.newTable(j.rows)
		for q := range m.in {
			if q.changed != nil {
				t.set(q.key, &q.v)
				q.changed <- true
			} else {
				q.found <- t.rows[q.key]
			}
		}
		m.done <- &t
	}()
	return m
}

func (m byAnswers[V]) update(key int, v *V) {
	changed := make(chan bool, 1)
	m.in <- question[V]{change: change[V]{*v, key}, changed: changed}
	<-changed
}

func (m byAnswers[V]) read(key int, v *V) {
	found := make(chan V, 1)
	m.in <- question[V]{change: change[V]{key: key}, found: found}
	*v = <-found
}

func (m byAnswers[V]) end() []*table[V] {
	close(m.in)
	return []*table[V]{<-m.done}
}

type byQueue[V any] struct {
	in   *bounded.Queue[change[V]]
	done chan *table[V]
}

func (j job[V]) byQueue() model[V] {
	m := byQueue[V]{bounded.New(j.room(), bounded.Rules[change[V]]{}), make(chan *table[V])}
	go func() {
		t := j.newTable(j.rows)
		for c := range m.in.All(background) {
			t.set(c.key, &c.v)
		}
		m.done <- &t
	}()
	return m
}

func (m byQueue[V]) update(key int, v *V) { check(m.in.Put(background, change[V]{*v, key})) }

func (m byQueue[V]) end() []*table[V] {
	m.in.Close()
	return []*table[V]{<-m.done}
}

// holder is the protocol of the actors.
type holder[V any] interface {
	Set(*actors.Context, change[V]) (actors.None, error)
	Get(*actors.Context, int) (V, error)
	All(*actors.Context, actors.None) (*table[V], error)
}

type actor[V any] struct{ table[V] }

func (a *actor[V]) Set(_ *actors.Context, c change[V]) (actors.None, error) {
	a.set(c.key, &c.v)
	return actors.None{}, nil
}

func (a *actor[V]) Get(_ *actors.Context, key int) (V, error) { return a.rows[key], nil }

func (a *actor[V]) All(*actors.Context, actors.None) (*table[V], error) { return &a.table, nil }

// protocol is a kind of actors with its messages.
type protocol[V any] struct {
	kind *actors.Kind[holder[V]]
	set  *actors.Op[holder[V], change[V], actors.None]
	get  *actors.Op[holder[V], int, V]
	all  *actors.Op[holder[V], actors.None, *table[V]]
}

func newProtocol[V any](j job[V], fresh func() table[V]) protocol[V] {
	k := actors.NewKind("table", func() holder[V] { return &actor[V]{fresh()} }, actors.Traits{Mailbox: j.room()})
	return protocol[V]{k, actors.Method(k, "set", holder[V].Set), actors.Method(k, "get", holder[V].Get), actors.Method(k, "all", holder[V].All)}
}

// ofOne has the whole table, ofKeys one of a row for each key.
func (j job[V]) ofOne() protocol[V] {
	return newProtocol(j, func() table[V] { return j.newTable(j.rows) })
}

func (j job[V]) ofKeys() protocol[V] {
	return newProtocol(j, func() table[V] { return j.newTable(map[int]V{}) })
}

// crowd is actors of one kind: one, or one for each key.
type crowd[V any] struct {
	protocol[V]
	sys *actors.System
	all []actors.Ref[holder[V]]
}

func (p protocol[V]) crowd(n int) crowd[V] {
	c := crowd[V]{p, actors.New(background, actors.Rules{}), make([]actors.Ref[holder[V]], n)}
	for i := range c.all {
		ref, err := p.kind.Spawn(c.sys, "")
		check(err)
		c.all[i] = ref
	}
	return c
}

func (c crowd[V]) of(key int) actors.Ref[holder[V]] { return c.all[key%len(c.all)] }

func (c crowd[V]) end() (tables []*table[V]) {
	for _, ref := range c.all {
		t, err := c.protocol.all.Call(background, ref, actors.None{})
		check(err)
		tables = append(tables, t)
	}
	check(c.sys.Close())
	return tables
}

type byTell[V any] struct{ crowd[V] }

func (m byTell[V]) update(key int, v *V) {
	check(m.set.Tell(background, m.of(key), change[V]{*v, key}))
}

type byCall[V any] struct{ crowd[V] }

func (m byCall[V]) update(key int, v *V) {
	_, err := m.set.Call(background, m.of(key), change[V]{*v, key})
	check(err)
}

func (m byCall[V]) read(key int, v *V) {
	got, err := m.get.Call(background, m.of(key), key)
	check(err)
	*v = got
}
