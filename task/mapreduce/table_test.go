package mapreduce

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A table is a map, whatever the keys are: empty, with zeros, as long as the words of
// a token and longer; and each partition has what belongs to it.
func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := seeds{rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")}
		table, want := newTable[int](s, 0), map[string]int{}
		table.reset(1 << rapid.IntRange(3, 8).Draw(t, "slots"))
		key := rapid.Custom(func(t *rapid.T) string {
			n := rapid.SampledFrom([]int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100}).Draw(t, "length")
			return strings.Repeat("\x00", n/2) + rapid.StringOfN(rapid.SampledFrom([]rune("\x00ab")), n-n/2, n-n/2, -1).Draw(t, "end")
		})
		for _, k := range rapid.SliceOfN(key, 0, 300).Draw(t, "keys") {
			token, _ := tokenOf([]byte(k))
			*table.find(token)++
			want[k]++
		}
		got, order := map[string]int{}, []string{}
		for p := range uint64(8) {
			var slots []ranked[int]
			table.partition(p, 3, func(s *slot[int]) { slots = append(slots, table.rank(s)) })
			table.sort(slots)
			var before []byte
			for i, s := range slots {
				var scratch [inWords]byte
				k := table.key(s.slot, &scratch)
				if i > 0 && bytes.Compare(before, k) >= 0 {
					t.Fatalf("%q comes before %q", before, k)
				}
				before = bytes.Clone(k)
				got[string(k)] += s.slot.value
				order = append(order, string(k))
			}
		}
		if !maps.Equal(got, want) || len(order) != len(want) {
			t.Fatalf("%d keys, %d different; want %d", len(order), len(got), len(want))
		}
		other := newTable[int](s.others(), 0)
		for _, k := range slices.Sorted(maps.Keys(want)) {
			table.partition(0, 0, func(s *slot[int]) {
				if string(table.key(s, new([inWords]byte))) == k {
					other.absorb(table, s, func(*int, int) { t.Fatal("a key is there twice") })
				}
			})
		}
		if other.used != len(want) {
			t.Fatalf("%d keys are absorbed, want %d", other.used, len(want))
		}
	})
}
