package index

import (
	"fmt"
	"testing"
)

// What does a search cost in a shard of 100,000 lines?
func BenchmarkSearch(b *testing.B) {
	x, err := Create(b.TempDir(), Rules{})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	for i, all := 0, events(b, 100_000); i < len(all); i += 1000 {
		if err := x.Put(0, all[i:i+1000]); err != nil {
			b.Fatal(err)
		}
	}
	if err := x.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("times", func(b *testing.B) { // of all lines, which the first search reads
		for b.Loop() {
			v, err := x.shards[0].look()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := new(times).of(b.Context(), v); err != nil {
				b.Fatal(err)
			}
			v.release()
		}
	})
	for _, text := range []string{"*", "red", "+red +basket +shop", `"red basket"`, "bask*", "ip:*", "status:500"} {
		for order, name := range []string{"newest", "best"} {
			q := Query{Text: text, Size: 20, CountTo: 10_000, Order: Order(order)}
			b.Run(fmt.Sprintf("%s/%s", text, name), func(b *testing.B) {
				for b.Loop() {
					if _, err := x.Search(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
