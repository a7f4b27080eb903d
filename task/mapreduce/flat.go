package mapreduce

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"unsafe"
)

// A plan is how a flat type is written: its parts, in order. The bytes of keys have
// the order of the keys: integers stand with the largest byte first and the sign
// flipped, strings end with two zeros, and a zero in them is followed by 0xff.
type plan []cell

type cell struct {
	offset uintptr
	code   func(to []byte, p unsafe.Pointer) []byte
	decode func(from []byte, p unsafe.Pointer) (rest []byte, err error)
}

var (
	errTooShort = errors.New("mapreduce: encoded value ends too early")
	errTooLong  = errors.New("mapreduce: encoded value has more bytes than its type")
)

func (pl plan) append(to []byte, p unsafe.Pointer) []byte {
	for _, cell := range pl {
		to = cell.code(to, unsafe.Add(p, cell.offset))
	}
	return to
}

func (pl plan) read(from []byte, p unsafe.Pointer) (rest []byte, err error) {
	for _, cell := range pl {
		if from, err = cell.decode(from, unsafe.Add(p, cell.offset)); err != nil {
			return nil, err
		}
	}
	return from, nil
}

// planOf returns how to write a type; false if it is not flat.
func planOf(t reflect.Type, ordered bool) (plan, bool) {
	switch t.Kind() {
	case reflect.Struct:
		var all plan
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" {
				continue
			}
			cells, ok := planOf(f.Type, ordered)
			if !ok {
				return nil, false
			}
			all = append(all, cells.moved(f.Offset)...)
		}
		return all, true
	case reflect.Array:
		cells, ok := planOf(t.Elem(), ordered)
		if !ok || t.Len()*len(cells) > 1024 {
			return nil, false
		}
		var all plan
		for i := range t.Len() {
			all = append(all, cells.moved(uintptr(i)*t.Elem().Size())...)
		}
		return all, true
	case reflect.Slice:
		cells, ok := planOf(t.Elem(), ordered)
		if !ok || ordered {
			return nil, false
		}
		return plan{sliceCell(t, cells)}, true
	}
	p, ok := scalarCell(t.Kind(), ordered)
	return plan{p}, ok
}

func (pl plan) moved(by uintptr) plan {
	moved := make(plan, len(pl))
	for i, p := range pl {
		p.offset += by
		moved[i] = p
	}
	return moved
}

func scalarCell(k reflect.Kind, ordered bool) (cell, bool) {
	switch k {
	case reflect.Bool, reflect.Uint8:
		return unsigned(1, func(p *uint8) uint64 { return uint64(*p) }, func(p *uint8, v uint64) { *p = uint8(v) }), true
	case reflect.Uint16:
		return unsigned(2, func(p *uint16) uint64 { return uint64(*p) }, func(p *uint16, v uint64) { *p = uint16(v) }), true
	case reflect.Uint32:
		return unsigned(4, func(p *uint32) uint64 { return uint64(*p) }, func(p *uint32, v uint64) { *p = uint32(v) }), true
	case reflect.Uint64:
		return unsigned(8, func(p *uint64) uint64 { return *p }, func(p *uint64, v uint64) { *p = v }), true
	case reflect.Uint, reflect.Uintptr:
		return unsigned(8, func(p *uint) uint64 { return uint64(*p) }, func(p *uint, v uint64) { *p = uint(v) }), true
	case reflect.Int8:
		return unsigned(1, func(p *int8) uint64 { return uint64(*p) ^ 1<<7 }, func(p *int8, v uint64) { *p = int8(v ^ 1<<7) }), true
	case reflect.Int16:
		return unsigned(2, func(p *int16) uint64 { return uint64(*p) ^ 1<<15 }, func(p *int16, v uint64) { *p = int16(v ^ 1<<15) }), true
	case reflect.Int32:
		return unsigned(4, func(p *int32) uint64 { return uint64(*p) ^ 1<<31 }, func(p *int32, v uint64) { *p = int32(v ^ 1<<31) }), true
	case reflect.Int64:
		return unsigned(8, func(p *int64) uint64 { return uint64(*p) ^ 1<<63 }, func(p *int64, v uint64) { *p = int64(v ^ 1<<63) }), true
	case reflect.Int:
		return unsigned(8, func(p *int) uint64 { return uint64(*p) ^ 1<<63 }, func(p *int, v uint64) { *p = int(v ^ 1<<63) }), true
	case reflect.Float32:
		return unsigned(8, func(p *float32) uint64 { return orderedBits(float64(*p)) }, func(p *float32, v uint64) { *p = float32(fromOrdered(v)) }), true
	case reflect.Float64:
		return unsigned(8, func(p *float64) uint64 { return orderedBits(*p) }, func(p *float64, v uint64) { *p = fromOrdered(v) }), true
	case reflect.String:
		if ordered {
			return cell{code: appendOrdered, decode: readOrdered}, true
		}
		return cell{code: appendString, decode: readString}, true
	}
	return cell{}, false
}

// unsigned is a number that is written in size bytes, the largest first.
func unsigned[T any](size int, get func(*T) uint64, set func(*T, uint64)) cell {
	return cell{
		code: func(to []byte, p unsafe.Pointer) []byte {
			var b [8]byte
			binary.BigEndian.PutUint64(b[:], get((*T)(p)))
			return append(to, b[8-size:]...)
		},
		decode: func(from []byte, p unsafe.Pointer) ([]byte, error) {
			if len(from) < size {
				return nil, errTooShort
			}
			var b [8]byte
			copy(b[8-size:], from)
			set((*T)(p), binary.BigEndian.Uint64(b[:]))
			return from[size:], nil
		},
	}
}

// orderedBits are the bits of f, changed so that they have the order of the numbers.
// Both zeros are one key, as they are in a map.
func orderedBits(f float64) uint64 {
	if f == 0 {
		f = 0
	}
	b := math.Float64bits(f)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func fromOrdered(b uint64) float64 {
	if b>>63 == 1 {
		return math.Float64frombits(b &^ (1 << 63))
	}
	return math.Float64frombits(^b)
}

func appendOrdered(to []byte, p unsafe.Pointer) []byte {
	for s := *(*string)(p); ; {
		zero := bytes.IndexByte(unsafe.Slice(unsafe.StringData(s), len(s)), 0)
		if zero < 0 {
			return append(append(to, s...), 0, 0)
		}
		to = append(append(to, s[:zero]...), 0, 0xff)
		s = s[zero+1:]
	}
}

func readOrdered(from []byte, p unsafe.Pointer) ([]byte, error) {
	var s []byte
	for {
		zero := bytes.IndexByte(from, 0)
		if zero < 0 || zero+1 == len(from) {
			return nil, errTooShort
		}
		s = append(s, from[:zero]...)
		ends := from[zero+1] == 0
		from = from[zero+2:]
		if ends {
			*(*string)(p) = string(s)
			return from, nil
		}
		s = append(s, 0)
	}
}

func appendString(to []byte, p unsafe.Pointer) []byte {
	s := *(*string)(p)
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

func readString(from []byte, p unsafe.Pointer) ([]byte, error) {
	n, size := binary.Uvarint(from)
	if size <= 0 || n > uint64(len(from)-size) {
		return nil, errTooShort
	}
	*(*string)(p) = string(from[size : size+int(n)])
	return from[size+int(n):], nil
}

// sliceCell is for slices of a flat type.
func sliceCell(t reflect.Type, elem plan) cell {
	type header struct {
		data     unsafe.Pointer
		len, cap int
	}
	size := t.Elem().Size()
	return cell{
		code: func(to []byte, p unsafe.Pointer) []byte {
			s := (*header)(p)
			to = binary.AppendUvarint(to, uint64(s.len))
			for i := range s.len {
				to = elem.append(to, unsafe.Add(s.data, uintptr(i)*size))
			}
			return to
		},
		decode: func(from []byte, p unsafe.Pointer) ([]byte, error) {
			n, used := binary.Uvarint(from)
			from = from[max(used, 0):]
			if used <= 0 || n > uint64(len(from)) && len(elem) > 0 || n > math.MaxInt32 {
				return nil, errTooShort
			}
			s := reflect.NewAt(t, p).Elem()
			s.Set(reflect.MakeSlice(t, int(n), int(n)))
			data := s.UnsafePointer()
			for i := range int(n) {
				var err error
				if from, err = elem.read(from, unsafe.Add(data, uintptr(i)*size)); err != nil {
					return nil, err
				}
			}
			return from, nil
		},
	}
}
