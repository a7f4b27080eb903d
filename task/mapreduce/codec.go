package mapreduce

import (
	"fmt"
	"reflect"
	"unsafe"
)

// A Codec writes the keys and values of a job as bytes. What is left out is
// ready-made, if it exists for the type: for strings, integers, floating-point
// numbers, bools, and for arrays and structs of them; for values also slices.
type Codec[K, V any] struct {
	Key   Coding[K]
	Value Coding[V]
}

// A Coding writes values of one type as bytes, and reads them back. Values are
// equal if their bytes are; keys have the order of their bytes.
type Coding[T any] struct {
	Append func(to []byte, v T) []byte
	Read   func(from []byte) (T, error) // must not keep from
}

// A coder is a Coding of values that stand somewhere: so nothing is allocated to call
// one that is ready-made.
type coder[T any] struct {
	append func(to []byte, v *T) []byte
	read   func(from []byte, v *T) error
}

// keyCoder returns the coder of a job's keys.
func keyCoder[K any](c Coding[K]) (coder[K], error) {
	k, ok := coderOf(c, true)
	if !ok {
		return k, fmt.Errorf("mapreduce: keys need a Codec for %v: it is ready-made for strings, integers and flat structs", reflect.TypeFor[K]())
	}
	return k, nil
}

// valueCoder returns the coder of a job's values.
func valueCoder[V any](c Coding[V]) (coder[V], error) {
	v, ok := coderOf(c, false)
	if !ok {
		return v, fmt.Errorf("mapreduce: spilling needs a Codec for %v: it is ready-made for strings, integers and flat structs; set Job.Codec, or no Job.Memory", reflect.TypeFor[V]())
	}
	return v, nil
}

// coderOf returns the coder of a type, and false if there is none: ready-made ones are
// for types that have no pointers, save strings and, unless they are to be ordered,
// slices.
func coderOf[T any](c Coding[T], ordered bool) (coder[T], bool) {
	if c.Append != nil && c.Read != nil {
		return coder[T]{
			append: func(to []byte, v *T) []byte { return c.Append(to, *v) },
			read: func(from []byte, v *T) (err error) {
				*v, err = c.Read(from)
				return err
			},
		}, true
	}
	if text, ok := any(texts).(coder[T]); ok {
		return text, true
	}
	plan, ok := planOf(reflect.TypeFor[T](), ordered)
	return coder[T]{
		append: func(to []byte, v *T) []byte { return plan.append(to, unsafe.Pointer(v)) },
		read: func(from []byte, v *T) error {
			rest, err := plan.read(from, unsafe.Pointer(v))
			if err == nil && len(rest) > 0 {
				err = errTooLong
			}
			return err
		},
	}, ok
}

// texts is the coder of strings that stand alone.
var texts = coder[string]{
	append: func(to []byte, v *string) []byte { return append(to, *v...) },
	read: func(from []byte, v *string) error {
		*v = string(from)
		return nil
	},
}

// fixedSize tells types whose values point to nothing.
func fixedSize(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return fixedSize(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !fixedSize(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return t.Kind() <= reflect.Complex128
}
