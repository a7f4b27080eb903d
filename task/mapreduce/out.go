package mapreduce

import (
	"context"
	"fmt"
	"math/bits"
	"reflect"
)

// An Out is where Map leaves what it has found: one value for each key, into which
// all that comes later for the key is combined. It belongs to one worker, and is
// not kept after Map has returned.
type Out[K comparable, V any] struct {
	table[V]
	ctx       context.Context
	keys      coder[K]
	values    coder[V]
	combine   func(into *V, v V)
	textual   bool  // tokens are keys
	weighed   bool  // values point to something, of which the weight counts
	unweighed int64 // input since the values were weighed
	scratch   []byte
	keyArg    K // arguments of coders: where they are does not change
	valueArg  V

	store   *store
	order   order // of what the table holds now
	flushed bool  // something that stands before it has been spilled
	err     error // of the store
}

// Context is that of the run. It is done when the run has failed.
func (o *Out[K, V]) Context() context.Context { return o.ctx }

// At returns where the value of a key of the input is: the zero V if the key is
// new. It is for keys that are strings, and valid until the next call.
//
// This is the short way, for a key that is in the first slot in which it is looked
// for.
func (o *Out[K, V]) At(key Token) *V {
	lo, hi := key.words()
	h, l := bits.Mul64(lo^o.seeds.a, hi^o.seeds.b)
	s := &o.slots[(h^l)>>(o.shift&63)]
	if s.lo != lo || s.hi != hi || s.kind != uint32(key.n)+1 {
		return o.at(key)
	}
	return &s.value
}

func (o *Out[K, V]) at(key Token) *V {
	o.mustBeText()
	return o.find(key)
}

// Of returns where the value of a key is: the zero V if the key is new. It is valid
// until the next call.
func (o *Out[K, V]) Of(key K) *V { return o.find(o.token(key)) }

// Emit combines v into the value of a key. The first value of a key is taken as it
// is.
func (o *Out[K, V]) Emit(key K, v V) { o.put(o.token(key), v) }

// EmitAt is Emit with a key of the input.
func (o *Out[K, V]) EmitAt(key Token, v V) {
	o.mustBeText()
	o.put(key, v)
}

func (o *Out[K, V]) put(key Token, v V) {
	into := o.find(key)
	if o.weighed {
		o.valueArg = v
		o.scratch = o.values.append(o.scratch[:0], &o.valueArg) // key may be in scratch, and is done with
		o.extra += len(o.scratch)
	}
	if o.fresh {
		*into = v
		return
	}
	o.combine(into, v)
}

func (o *Out[K, V]) token(key K) Token {
	o.keyArg = key
	t, scratch := tokenOf(o.keys.append(o.scratch[:0], &o.keyArg))
	o.scratch = scratch
	return t
}

// mustBeText panics if tokens cannot be the job's keys.
func (o *Out[K, V]) mustBeText() {
	if !o.textual {
		panic(fmt.Sprintf("mapreduce: a Token is a key of a job whose keys are strings, not %v: use Of or Emit", reflect.TypeFor[K]()))
	}
}
