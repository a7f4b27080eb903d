package actors

import (
	"context"
	"errors"
	"io"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type everything struct {
	B    bool
	I    int
	I8   int8
	U    uint64
	F    float64
	C    complex128
	S    string
	Raw  []byte
	L    []string
	A    [3]int16
	M    map[string][]int
	P    *everything
	Time time.Time
	Big  *big.Rat
	Err  error
	Ref  Ref[counters]
	None None
}

func roundTrip[T any](t interface {
	Helper()
	Fatal(...any)
}, s *System, v T) (back T, wire []byte) {
	t.Helper()
	c, err := codecFor(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	e := &encoder{sys: s}
	c.encode(e, reflect.ValueOf(&v).Elem())
	d := &decoder{sys: s, buf: e.buf}
	c.decode(d, reflect.ValueOf(&back).Elem())
	if err := errors.Join(e.err, d.err); err != nil || len(d.buf) > 0 {
		t.Fatal(err, len(d.buf))
	}
	return back, e.buf
}

// What was encoded is the same when it is decoded, and the same value is always
// encoded in the same way.
func TestCodecKeepsEverything(t *testing.T) {
	s := New(context.Background(), Rules{})
	defer s.Close()
	kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
	refs := []Ref[counters]{{}, kind.Ref(s, "x"), kind.Ref(s, "")}
	spawned, _ := kind.Spawn(s, "")
	refs = append(refs, spawned)
	rapid.Check(t, func(t *rapid.T) {
		var make func(depth int) *everything
		make = func(depth int) *everything {
			v := &everything{
				B: rapid.Bool().Draw(t, "b"), I: rapid.Int().Draw(t, "i"), I8: rapid.Int8().Draw(t, "i8"),
				U: rapid.Uint64().Draw(t, "u"), F: rapid.Float64().Draw(t, "f"), C: complex(rapid.Float64().Draw(t, "re"), math.Inf(1)),
				S: rapid.String().Draw(t, "s"), Raw: rapid.SliceOf(rapid.Byte()).Draw(t, "raw"),
				L: rapid.SliceOf(rapid.String()).Draw(t, "l"), A: [3]int16{1, -2, rapid.Int16().Draw(t, "a")},
				M:    rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Int())).Draw(t, "m"),
				Time: time.Unix(rapid.Int64Range(0, 1e10).Draw(t, "t"), 5).UTC(),
				Ref:  rapid.SampledFrom(refs).Draw(t, "ref"),
			}
			if depth > 0 {
				v.P = make(depth - 1)
				v.Big = big.NewRat(3, 7)
			}
			return v
		}
		v := make(rapid.IntRange(0, 3).Draw(t, "depth"))
		back, wire := roundTrip(t, s, v)
		if !reflect.DeepEqual(v, back) {
			t.Fatalf("got  %+v\nwant %+v", back, v)
		}
		if _, again := roundTrip(t, s, v); string(again) != string(wire) {
			t.Fatal("encoded in two ways")
		}
	})
}

func TestCodecOfErrors(t *testing.T) {
	s := New(context.Background(), Rules{})
	defer s.Close()
	for _, err := range []error{nil, ErrFull, io.EOF, &Error{To: "x", Op: "y", Err: errors.Join(ErrStopped, context.DeadlineExceeded)}} {
		back, _ := roundTrip(t, s, everything{Err: err})
		switch {
		case err == nil:
			if back.Err != nil {
				t.Error(back.Err)
			}
		case back.Err.Error() != err.Error():
			t.Error(back.Err)
		}
		for _, known := range knownErrors {
			if errors.Is(back.Err, known) != errors.Is(err, known) {
				t.Errorf("%v and %v: %v", err, back.Err, known)
			}
		}
	}
}

// Fields that were added at the end are skipped by older receivers, and are zero
// for newer ones.
func TestCodecOfStructsThatGrow(t *testing.T) {
	type v1 struct{ A int }
	type v2 struct {
		A int
		B []string
	}
	c1, _ := codecFor(reflect.TypeFor[v1]())
	c2, _ := codecFor(reflect.TypeFor[v2]())
	convert := func(from, to *codec, v, back any) {
		e := &encoder{}
		from.encode(e, reflect.ValueOf(v).Elem())
		d := &decoder{buf: e.buf}
		to.decode(d, reflect.ValueOf(back).Elem())
		if d.err != nil {
			t.Error(d.err)
		}
	}
	var old v1
	if convert(c2, c1, &v2{7, []string{"x"}}, &old); old.A != 7 {
		t.Error(old)
	}
	var young v2
	if convert(c1, c2, &v1{8}, &young); young.A != 8 || young.B != nil {
		t.Error(young)
	}
}

func TestWhatCannotBeEncoded(t *testing.T) {
	type hidden struct{ a int }
	for want, typ := range map[string]reflect.Type{
		"actors: chan int cannot be encoded":                                                               reflect.TypeFor[chan int](),
		"actors: actors.hidden cannot be encoded: its field a is not exported":                             reflect.TypeFor[*hidden](),
		"actors: []actors.hidden[], of type actors.hidden, cannot be encoded: its field a is not exported": reflect.TypeFor[[]hidden](),
		"actors: struct { X interface {} }.X, of type interface {}, cannot be encoded":                     reflect.TypeFor[struct{ X any }](),
	} {
		if _, err := codecFor(typ); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	type loop struct{ Next *loop }
	endless := &loop{}
	endless.Next = endless
	c, err := codecFor(reflect.TypeFor[*loop]())
	if err != nil {
		t.Fatal(err)
	}
	e := &encoder{}
	if c.encode(e, reflect.ValueOf(&endless).Elem()); e.err == nil {
		t.Error("an endless value was encoded")
	}
	_ = hidden{1}.a
}

// No bytes make a decoder panic, or reserve memory that is not there.
func FuzzDecode(f *testing.F) {
	s := New(context.Background(), Rules{})
	defer s.Close()
	if err := s.Join(Node{Name: "a", Network: &Loopback{}}); err != nil {
		f.Fatal(err)
	}
	c, _ := codecFor(reflect.TypeFor[*everything]())
	e := &encoder{sys: s}
	v := &everything{L: []string{"a"}, M: map[string][]int{"x": {1}}, P: &everything{}, Err: ErrFull}
	c.encode(e, reflect.ValueOf(&v).Elem())
	f.Add(e.buf)
	f.Fuzz(func(t *testing.T, wire []byte) {
		var back *everything
		c.decode(&decoder{sys: s, buf: wire}, reflect.ValueOf(&back).Elem())
		s.receive(wire)
	})
}

// A value that contains itself in two ways is given up at the first end of it, not at all
// of them.
func TestEndlessInTwoWays(t *testing.T) {
	type tree struct{ Left, Right *tree }
	endless := &tree{}
	endless.Left, endless.Right = endless, endless
	c, err := codecFor(reflect.TypeFor[*tree]())
	if err != nil {
		t.Fatal(err)
	}
	e := &encoder{}
	if c.encode(e, reflect.ValueOf(&endless).Elem()); e.err == nil {
		t.Error("an endless value was encoded")
	}
}
