package pipeline

import (
	"context"
	"testing"
)

func BenchmarkRing(b *testing.B) {
	var r ring[int]
	r.init(256)
	ctx := context.Background()
	go func() {
		for i := range b.N {
			for !r.tryPut(i) {
				r.waitRoom(ctx)
			}
		}
		r.close()
	}()
	buf := make([]int, 256)
	for n := 0; n < b.N; {
		k := r.tryTake(buf)
		if k == 0 {
			r.waitItems(ctx)
		}
		n += k
	}
}
