package actors

import (
	"cmp"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// How messages look on the wire. A codec is made once for a type. What it writes
// depends on the value alone, not on the order of a map, and says no types: both
// sides know them. A struct is written with the length of each field, so that
// fields may be added at the end: older receivers skip them, and newer ones find
// them zero.
//
// A type can be encoded if it is made of numbers, strings, bools, structs with
// exported fields only, arrays, slices, maps, pointers, Refs and errors, or has
// the methods of encoding.BinaryMarshaler and BinaryUnmarshaler, or those for
// text. Pointers are followed; values that are reached twice are two values
// afterwards.

// errWire is the error of bytes that no codec has written.
var errWire = errors.New("actors: malformed message")

// maxDepth bounds how deep pointers, slices and structs may be nested.
const maxDepth = 1000

type encoder struct {
	sys   *System
	buf   []byte
	depth int
	err   error
}

type decoder struct {
	sys   *System
	buf   []byte
	depth int
	err   error
}

type codec struct {
	encode func(*encoder, reflect.Value)
	decode func(*decoder, reflect.Value)
}

// codecs are those of one type and of the types in it.
type codecs map[reflect.Type]*codec

// codecFor returns the codec of a type, or an error that says which part of it
// cannot be encoded.
func codecFor(t reflect.Type) (*codec, error) { return codecs{}.of(t, t.String()) }

// cannot is the error of a type that cannot be encoded, and stands at path.
func cannot(t reflect.Type, path, why string) error {
	if path != t.String() {
		path += ", of type " + t.String() + ","
	}
	return fmt.Errorf("actors: %s cannot be encoded%s", path, why)
}

var (
	errorType     = reflect.TypeFor[error]()
	marshalerType = reflect.TypeFor[binaryMarshaler]()
	textType      = reflect.TypeFor[textMarshaler]()
	addressType   = reflect.TypeFor[addressed]()
)

// of returns the codec of t, which stands at path.
func (all codecs) of(t reflect.Type, path string) (*codec, error) {
	if c := all[t]; c != nil {
		return c, nil // a type that contains itself: the codec is there before it is whole
	}
	c := new(codec)
	all[t] = c
	var err error
	switch pointer := reflect.PointerTo(t); {
	case pointer.Implements(addressType):
		*c = refCodec
	case t == errorType:
		*c = errorCodec
	case pointer.Implements(marshalerType):
		*c = marshalerCodec(binaryMarshaler.MarshalBinary, binaryMarshaler.UnmarshalBinary)
	case pointer.Implements(textType):
		*c = marshalerCodec(textMarshaler.MarshalText, textMarshaler.UnmarshalText)
	default:
		*c, err = all.byKind(t, path)
	}
	return c, err
}

func (all codecs) byKind(t reflect.Type, path string) (codec, error) {
	switch t.Kind() {
	case reflect.Bool:
		return codec{
			func(e *encoder, v reflect.Value) { e.bool(v.Bool()) },
			func(d *decoder, v reflect.Value) { v.SetBool(d.bool()) },
		}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return codec{
			func(e *encoder, v reflect.Value) { e.int(v.Int()) },
			func(d *decoder, v reflect.Value) {
				n := d.int()
				d.check(!v.OverflowInt(n))
				v.SetInt(n)
			},
		}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return codec{
			func(e *encoder, v reflect.Value) { e.uint(v.Uint()) },
			func(d *decoder, v reflect.Value) {
				n := d.uint()
				d.check(!v.OverflowUint(n))
				v.SetUint(n)
			},
		}, nil
	case reflect.Float32, reflect.Float64:
		return codec{
			func(e *encoder, v reflect.Value) { e.float(v.Float()) },
			func(d *decoder, v reflect.Value) { v.SetFloat(d.float()) },
		}, nil
	case reflect.Complex64, reflect.Complex128:
		return codec{
			func(e *encoder, v reflect.Value) { e.float(real(v.Complex())); e.float(imag(v.Complex())) },
			func(d *decoder, v reflect.Value) { re := d.float(); v.SetComplex(complex(re, d.float())) },
		}, nil
	case reflect.String:
		return codec{
			func(e *encoder, v reflect.Value) { e.string(v.String()) },
			func(d *decoder, v reflect.Value) { v.SetString(string(d.bytes())) },
		}, nil
	case reflect.Pointer:
		return all.pointer(t, path)
	case reflect.Slice:
		return all.slice(t, path)
	case reflect.Array:
		return all.array(t, path)
	case reflect.Map:
		return all.mapping(t, path)
	case reflect.Struct:
		return all.structure(t, path)
	}
	return codec{}, cannot(t, path, "")
}

func (all codecs) pointer(t reflect.Type, path string) (codec, error) {
	if path == t.String() {
		path = t.Elem().String()
	}
	elem, err := all.of(t.Elem(), path)
	return codec{
		func(e *encoder, v reflect.Value) {
			if v.IsNil() {
				e.uint(0)
				return
			}
			e.uint(1)
			e.inside(elem, v.Elem())
		},
		func(d *decoder, v reflect.Value) {
			if d.uint() == 1 && d.err == nil {
				v.Set(reflect.New(t.Elem()))
				d.inside(elem, v.Elem())
			}
		},
	}, err
}

func (all codecs) slice(t reflect.Type, path string) (codec, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return codec{
			func(e *encoder, v reflect.Value) { e.length(v); e.buf = append(e.buf, v.Bytes()...) },
			func(d *decoder, v reflect.Value) {
				if n, isNil := d.length(); !isNil {
					v.SetBytes(slices.Clone(d.next(n)))
				}
			},
		}, nil
	}
	elem, err := all.of(t.Elem(), path+"[]")
	return codec{
		func(e *encoder, v reflect.Value) {
			e.length(v)
			for i := range v.Len() {
				e.inside(elem, v.Index(i))
			}
		},
		func(d *decoder, v reflect.Value) {
			n, isNil := d.length()
			if isNil {
				return
			}
			v.Set(reflect.MakeSlice(t, 0, min(n, 1024)))
			for i := 0; i < n && d.err == nil; i++ { // as many as there are bytes, at most: a lie about n costs nothing
				v.Set(reflect.Append(v, reflect.Zero(t.Elem())))
				d.inside(elem, v.Index(i))
			}
		},
	}, err
}

func (all codecs) array(t reflect.Type, path string) (codec, error) {
	elem, err := all.of(t.Elem(), path+"[]")
	return codec{
		func(e *encoder, v reflect.Value) {
			for i := range v.Len() {
				e.inside(elem, v.Index(i))
			}
		},
		func(d *decoder, v reflect.Value) {
			for i := 0; i < v.Len() && d.err == nil; i++ {
				d.inside(elem, v.Index(i))
			}
		},
	}, err
}

func (all codecs) mapping(t reflect.Type, path string) (codec, error) {
	key, err := all.of(t.Key(), path+" (its keys)")
	elem, err2 := all.of(t.Elem(), path+"[]")
	return codec{
		func(e *encoder, v reflect.Value) {
			e.length(v)
			entries := make([][]byte, 0, v.Len())
			for k, x := range v.Seq2() {
				entry := &encoder{sys: e.sys, depth: e.depth, err: e.err}
				entry.inside(key, k)
				entry.inside(elem, x)
				e.err = entry.err
				entries = append(entries, entry.buf)
			}
			slices.SortFunc(entries, slices.Compare)
			e.buf = append(e.buf, slices.Concat(entries...)...)
		},
		func(d *decoder, v reflect.Value) {
			n, isNil := d.length()
			if isNil {
				return
			}
			v.Set(reflect.MakeMap(t))
			for i := 0; i < n && d.err == nil; i++ {
				k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
				d.inside(key, k)
				d.inside(elem, x)
				if d.check(k.Comparable()); d.err == nil {
					v.SetMapIndex(k, x)
				}
			}
		},
	}, cmp.Or(err, err2)
}

func (all codecs) structure(t reflect.Type, path string) (codec, error) {
	fields := make([]*codec, t.NumField())
	for i := range fields {
		f := t.Field(i)
		if !f.IsExported() {
			return codec{}, cannot(t, path, ": its field "+f.Name+" is not exported")
		}
		var err error
		if fields[i], err = all.of(f.Type, path+"."+f.Name); err != nil {
			return codec{}, err
		}
	}
	return codec{
		func(e *encoder, v reflect.Value) {
			e.uint(uint64(len(fields)))
			for i, f := range fields {
				field := &encoder{sys: e.sys, depth: e.depth, err: e.err} // after an error nothing else is encoded
				field.inside(f, v.Field(i))
				e.err = field.err
				e.bytes(field.buf)
			}
		},
		func(d *decoder, v reflect.Value) {
			n := d.uint()
			for i := uint64(0); i < n && d.err == nil; i++ {
				field := &decoder{sys: d.sys, depth: d.depth, buf: d.bytes()}
				if i < uint64(len(fields)) && d.err == nil {
					field.inside(fields[i], v.Field(int(i)))
					d.err = field.err
				}
			}
		},
	}, nil
}

type binaryMarshaler interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

type textMarshaler interface {
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

func marshalerCodec[M any](marshal func(M) ([]byte, error), unmarshal func(M, []byte) error) codec {
	return codec{
		func(e *encoder, v reflect.Value) {
			text, err := marshal(pointerTo(v).(M))
			e.err = errors.Join(e.err, err)
			e.bytes(text)
		},
		func(d *decoder, v reflect.Value) {
			if text := d.bytes(); d.err == nil {
				d.err = unmarshal(v.Addr().Interface().(M), slices.Clone(text))
			}
		},
	}
}

// pointerTo is the address of a copy of v, which may have none itself.
func pointerTo(v reflect.Value) any {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

// inside encodes a part.
func (e *encoder) inside(c *codec, v reflect.Value) {
	if e.depth++; e.depth > maxDepth {
		e.err = fmt.Errorf("actors: a message that is nested more than %d deep cannot be encoded: does it contain itself?", maxDepth)
	} else if e.err == nil {
		c.encode(e, v)
	}
	e.depth--
}

func (e *encoder) uint(n uint64)   { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) int(n int64)     { e.buf = binary.AppendVarint(e.buf, n) }
func (e *encoder) float(f float64) { e.buf = binary.BigEndian.AppendUint64(e.buf, math.Float64bits(f)) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.buf = append(e.buf, s...) }
func (e *encoder) bytes(b []byte)  { e.uint(uint64(len(b))); e.buf = append(e.buf, b...) }
func (e *encoder) bool(b bool) {
	if b {
		e.uint(1)
	} else {
		e.uint(0)
	}
}
func (e *encoder) strings(s []string) {
	e.uint(uint64(len(s)))
	for _, s := range s {
		e.string(s)
	}
}

// length writes the length of a slice or map, which tells nil from empty.
func (e *encoder) length(v reflect.Value) {
	if v.IsNil() {
		e.uint(0)
	} else {
		e.uint(uint64(v.Len()) + 1)
	}
}

func (d *decoder) inside(c *codec, v reflect.Value) {
	if d.depth++; d.depth > maxDepth {
		d.err = errWire
	} else if d.err == nil {
		c.decode(d, v)
	}
	d.depth--
}

func (d *decoder) check(ok bool) {
	if !ok && d.err == nil {
		d.err = errWire
	}
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.buf)
	if d.check(size > 0); d.err != nil {
		return 0
	}
	d.buf = d.buf[size:]
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.buf)
	if d.check(size > 0); d.err != nil {
		return 0
	}
	d.buf = d.buf[size:]
	return n
}

func (d *decoder) float() float64 {
	if b := d.next(8); d.err == nil {
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return 0
}

// next returns the next n bytes.
func (d *decoder) next(n int) []byte {
	if d.check(n >= 0 && n <= len(d.buf)); d.err != nil {
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	d.check(n <= uint64(len(d.buf)))
	return d.next(int(n))
}

func (d *decoder) bool() bool { return d.uint() == 1 }

func (d *decoder) string() string { return string(d.bytes()) }

func (d *decoder) strings() (all []string) {
	n := d.uint()
	for i := uint64(0); i < n && d.err == nil; i++ {
		all = append(all, d.string())
	}
	return all
}

// length returns the length of a slice or map. An element has a byte at least,
// save empty ones, of which there may be a few.
func (d *decoder) length() (n int, isNil bool) {
	l := d.uint()
	if l == 0 {
		return 0, true
	}
	if d.check(l-1 <= uint64(len(d.buf))+1024); d.err != nil {
		return 0, false
	}
	return int(l - 1), false
}
