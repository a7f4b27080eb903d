package actors

import (
	"reflect"
	"unsafe"
)

// A payload holds a value of any type without boxing it, if it is small: so a
// message is a record in its mailbox and nothing else, and a Tell allocates
// nothing.
//
// What goes where is computed once for a method, by [layoutOf]. The collector
// knows one word of a payload as a pointer, so a pointer may stand there alone:
// a type that has one elsewhere is boxed. Pack and unpack are called with the
// same type and layout, which Op sees to.
type payload struct {
	pointer unsafe.Pointer
	words   [2]uint64
}

type layout uint8

const (
	empty   layout = iota // no bytes
	scalar                // no pointers; in words
	pointed               // a pointer in front, and nowhere else; in pointer and words
	boxed                 // pointer points to it
)

// layoutOf returns how values of T are held.
func layoutOf[T any]() layout {
	t := reflect.TypeFor[T]()
	pointers := pointersOf(t)
	switch {
	case t.Size() == 0:
		return empty
	case len(pointers) == 0 && t.Size() <= unsafe.Sizeof(payload{}.words):
		return scalar
	case len(pointers) == 1 && pointers[0] == 0 && t.Size() <= unsafe.Sizeof(payload{}):
		return pointed
	}
	return boxed
}

// manyPointers is more than a payload can hold.
var manyPointers = []uintptr{0, 0}

// pointersOf returns the offsets of the words of t that are pointers.
func pointersOf(t reflect.Type) (at []uintptr) {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func, reflect.String, reflect.Slice:
		return []uintptr{0} // of strings and slices, the first word
	case reflect.Interface:
		return manyPointers
	case reflect.Array:
		of := pointersOf(t.Elem())
		switch {
		case len(of) == 0 || t.Len() == 0:
			return nil
		case t.Len() > 1:
			return manyPointers
		}
		return of
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			for _, offset := range pointersOf(f.Type) {
				at = append(at, f.Offset+offset)
			}
		}
	}
	return at
}

// pack puts v into p.
func pack[T any](l layout, p *payload, v T) {
	if l == boxed {
		p.pointer = unsafe.Pointer(new(T))
	}
	*(*T)(p.place(l)) = v
}

// unpack returns what was packed; the zero value if nothing was, as in the answer to a
// message that was not handled.
func unpack[T any](l layout, p *payload) (v T) {
	if at := p.place(l); at != nil {
		v = *(*T)(at)
	}
	return v
}

// place is where the value lies.
func (p *payload) place(l layout) unsafe.Pointer {
	switch l {
	case pointed:
		return unsafe.Pointer(p)
	case boxed:
		return p.pointer
	}
	return unsafe.Pointer(&p.words)
}
