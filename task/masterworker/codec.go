package masterworker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// Codec turns values into bytes and back. A value that was decoded must be equal
// to the one that was encoded, and must not alias the bytes.
type Codec[T any] interface {
	Encode(T) ([]byte, error)
	Decode([]byte) (T, error)
}

// Codecs are those of a job's input and result; nil is JSON.
type Codecs[In, Out any] struct {
	In  Codec[In]
	Out Codec[Out]
}

func (c *Codecs[In, Out]) fill() {
	if c.In == nil {
		c.In = JSON[In]{}
	}
	if c.Out == nil {
		c.Out = JSON[Out]{}
	}
}

// JSON is the codec of encoding/json.
type JSON[T any] struct{}

// Encode returns v as JSON.
func (JSON[T]) Encode(v T) ([]byte, error) { return json.Marshal(v) }

// Decode reads what Encode wrote.
func (JSON[T]) Decode(b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

// A packer writes messages and journal entries: numbers as varints, everything
// else behind its length.
type packer []byte

func (p *packer) number(n uint64) { *p = binary.AppendUvarint(*p, n) }
func (p *packer) moment(t moment) { *p = binary.AppendVarint(*p, int64(t)) }
func (p *packer) text(s string)   { p.number(uint64(len(s))); *p = append(*p, s...) }
func (p *packer) bytes(b []byte)  { p.number(uint64(len(b))); *p = append(*p, b...) }
func (p *packer) truth(b bool) {
	if b {
		*p = append(*p, 1)
	} else {
		*p = append(*p, 0)
	}
}
func (p *packer) signed(n int64) { *p = binary.AppendVarint(*p, n) }
func (p *packer) errs(errs []error) {
	p.number(uint64(len(errs)))
	for _, err := range errs {
		p.text(err.Error())
	}
}

// An unpacker reads what a packer wrote. After the first mistake it gives zeros,
// and err says that there was one.
type unpacker struct {
	b   []byte
	err error
}

var errCut = errors.New("masterworker: the message is cut off or no message")

func (u *unpacker) fail() { u.b, u.err = nil, errCut }

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.b)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.b = u.b[size:]
	return n
}

func (u *unpacker) signed() int64 {
	n, size := binary.Varint(u.b)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.b = u.b[size:]
	return n
}

func (u *unpacker) moment() moment { return moment(u.signed()) }
func (u *unpacker) truth() bool    { return u.number() != 0 }
func (u *unpacker) text() string   { return string(u.bytes()) }

// bytes returns a part of the message.
func (u *unpacker) bytes() []byte {
	n := u.number()
	if n > uint64(len(u.b)) {
		u.fail()
		return nil
	}
	part := u.b[:n:n]
	u.b = u.b[n:]
	return part
}

// size reads how many elements follow, each of a byte at least.
func (u *unpacker) size() int {
	n := u.number()
	if n > uint64(len(u.b)) {
		u.fail()
		return 0
	}
	return int(n)
}

func (u *unpacker) errs() (errs []error) {
	for range u.size() {
		errs = append(errs, errors.New(u.text()))
	}
	return errs
}

// end returns an error if the message was not exactly what was read of it.
func (u *unpacker) end() error {
	if u.err == nil && len(u.b) > 0 {
		u.fail()
	}
	return u.err
}
