package mapreduce

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type flat struct {
	A    int16
	B    string
	C    [2]uint8
	D    float64
	E    struct{ F bool }
	_    int
	name string
}

func drawFlat(t *rapid.T) flat {
	text := rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 'b', 0xff}), 0, 3, -1)
	return flat{
		A:    rapid.Int16().Draw(t, "A"),
		B:    text.Draw(t, "B"),
		C:    [2]uint8{rapid.Uint8().Draw(t, "C0"), rapid.Uint8().Draw(t, "C1")},
		D:    rapid.Float64().Draw(t, "D"),
		E:    struct{ F bool }{rapid.Bool().Draw(t, "F")},
		name: text.Draw(t, "name"),
	}
}

func (f flat) compare(g flat) int {
	return cmp.Or(cmp.Compare(f.A, g.A), strings.Compare(f.B, g.B), bytes.Compare(f.C[:], g.C[:]), cmp.Compare(f.D, g.D),
		compareBools(f.E.F, g.E.F), strings.Compare(f.name, g.name))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Keys come back as they were, and their bytes have their order.
func TestKeysKeepTheirOrder(t *testing.T) {
	checkOrder(t, drawFlat, flat.compare)
	checkOrder(t, func(t *rapid.T) int { return rapid.Int().Draw(t, "int") }, cmp.Compare[int])
	checkOrder(t, func(t *rapid.T) int8 { return rapid.Int8().Draw(t, "int8") }, cmp.Compare[int8])
	checkOrder(t, func(t *rapid.T) int32 { return rapid.Int32().Draw(t, "int32") }, cmp.Compare[int32])
	checkOrder(t, func(t *rapid.T) uint64 { return rapid.Uint64().Draw(t, "uint64") }, cmp.Compare[uint64])
	checkOrder(t, func(t *rapid.T) uint16 { return rapid.Uint16().Draw(t, "uint16") }, cmp.Compare[uint16])
	checkOrder(t, func(t *rapid.T) float32 { return rapid.Float32().Draw(t, "float32") }, cmp.Compare[float32])
	checkOrder(t, func(t *rapid.T) string { return rapid.String().Draw(t, "string") }, strings.Compare)
}

func checkOrder[K comparable](t *testing.T, draw func(*rapid.T) K, compare func(a, b K) int) {
	t.Helper()
	coding, err := keyCoder(Coding[K]{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		first, second := coding.append(nil, &a), coding.append(nil, &b)
		if got, want := bytes.Compare(first, second), compare(a, b); got != want {
			t.Fatalf("%v and %v compare as %d, their bytes %x and %x as %d", a, b, want, first, second, got)
		}
		var back K
		if err := coding.read(first, &back); err != nil || back != a {
			t.Fatalf("%v comes back as %v, err %v", a, back, err)
		}
	})
}

// Both zeros are one key.
func TestZeros(t *testing.T) {
	coding, _ := keyCoder(Coding[float64]{})
	plus, negative := 0.0, math.Copysign(0, -1)
	if zero, minus := coding.append(nil, &plus), coding.append(nil, &negative); !bytes.Equal(zero, minus) {
		t.Errorf("%x and %x", zero, minus)
	}
}

type deep struct {
	Names []string
	Spans [][2]int32
	Flats []flat
	None  []struct{}
}

// Values come back as they were, and bytes that are none are refused, not believed.
func TestValuesComeBack(t *testing.T) {
	coding, err := valueCoder(Coding[deep]{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := deep{
			Names: rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "names"),
			Spans: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int32 { return [2]int32{rapid.Int32().Draw(t, "from"), 7} }), 1, 4).Draw(t, "spans"),
			Flats: rapid.SliceOfN(rapid.Custom(drawFlat), 1, 3).Draw(t, "flats"),
			None:  make([]struct{}, rapid.IntRange(1, 5).Draw(t, "none")),
		}
		b := coding.append(nil, &v)
		var back deep
		if err := coding.read(b, &back); err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%+v comes back as %+v, err %v", v, back, err)
		}
		if err := coding.read(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")], &back); err == nil {
			t.Fatal("a part of the bytes is taken for a value")
		}
		if err := coding.read(append(b, 0), &back); !errors.Is(err, errTooLong) {
			t.Fatalf("err %v of one byte too many", err)
		}
	})
}

func FuzzValue(f *testing.F) {
	coding, _ := valueCoder(Coding[deep]{})
	f.Add([]byte{})
	f.Add(coding.append(nil, &deep{Names: []string{"a"}, None: make([]struct{}, 3)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v deep
		if err := coding.read(b, &v); err == nil && len(coding.append(nil, &v)) > len(b) {
			t.Errorf("%x is read as %+v", b, v)
		}
	})
}

func TestNotFlat(t *testing.T) {
	if _, err := valueCoder(Coding[map[string]int]{}); err == nil {
		t.Error("a map has a coding")
	}
	if _, err := valueCoder(Coding[struct{ p *int }]{}); err == nil {
		t.Error("a pointer has a coding")
	}
	if _, err := keyCoder(Coding[[3]any]{}); err == nil {
		t.Error("an interface has a coding")
	}
}

// A coding of the user's is used for keys and values that have none.
func TestOwnCodec(t *testing.T) {
	type node struct{ id uint8 }
	nodes := [256]*node{}
	for i := range nodes {
		nodes[i] = &node{uint8(i)}
	}
	byID := Coding[*node]{
		Append: func(to []byte, n *node) []byte { return append(to, n.id) },
		Read:   func(from []byte) (*node, error) { return nodes[from[0]], nil },
	}
	job := Job[int, *node, *node, int]{
		Map:     func(i int, out *Out[*node, *node]) error { out.Emit(nodes[i%100], nodes[i%7]); return nil },
		Combine: func(into **node, n *node) { *into = nodes[max((*into).id, n.id)] },
		Reduce:  func(_ *node, n *node) int { return int(n.id) },
		Codec:   Codec[*node, *node]{Key: byID, Value: byID},
		Memory:  1000,
		Temp:    t.TempDir(),
	}
	items := make([]int, 5000)
	for i := range items {
		items[i] = i
	}
	r := job.Run(t.Context(), Slice(items))
	keys := 0
	for n, high := range r.Sorted() {
		if int(n.id) != keys || high != 6 {
			t.Errorf("key %d is the %dth, its result %d, want 6", n.id, keys, high)
		}
		keys++
	}
	if r.Err() != nil || keys != 100 || r.Stats().Runs == 0 {
		t.Errorf("%d keys, %+v, err %v", keys, r.Stats(), r.Err())
	}
}
