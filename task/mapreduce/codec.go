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

func (c Coding[T]) given() bool { return c.Append != nil && c.Read != nil }

// keyCoding returns the coding of a job's keys.
func keyCoding[K any](c Coding[K]) (Coding[K], error) {
	if c.given() {
		return c, nil
	}
	if c, ok := any(texts).(Coding[K]); ok {
		return c, nil
	}
	c, ok := flatCoding[K](true)
	if !ok {
		return c, fmt.Errorf("mapreduce: keys need a Codec for %v: it is ready-made for strings, integers and flat structs", reflect.TypeFor[K]())
	}
	return c, nil
}

// valueCoding returns the coding of a job's values; false if there is none.
func valueCoding[V any](c Coding[V]) (Coding[V], bool) {
	if c.given() {
		return c, true
	}
	if c, ok := any(texts).(Coding[V]); ok {
		return c, true
	}
	return flatCoding[V](false)
}

// texts is the coding of strings that stand alone.
var texts = Coding[string]{
	Append: func(to []byte, v string) []byte { return append(to, v...) },
	Read:   func(from []byte) (string, error) { return string(from), nil },
}

// flatCoding is ready-made for types that have no pointers, save strings and, unless
// they are to be ordered, slices.
func flatCoding[T any](ordered bool) (Coding[T], bool) {
	plan, ok := planOf(reflect.TypeFor[T](), ordered)
	if !ok {
		return Coding[T]{}, false
	}
	return Coding[T]{
		Append: func(to []byte, v T) []byte { return plan.append(to, unsafe.Pointer(&v)) },
		Read: func(from []byte) (v T, err error) {
			rest, err := plan.read(from, unsafe.Pointer(&v))
			if err == nil && len(rest) > 0 {
				err = errTooLong
			}
			return v, err
		},
	}, true
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
