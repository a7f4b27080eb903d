package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/trivet-go/trivet/flow/pipeline"
)

func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func inc(_ context.Context, i int) (int, error) { return i + 1, nil }

func BenchmarkThreeStages(b *testing.B) {
	b.ReportAllocs()
	s := pipeline.From(count(b.N))
	for range 3 {
		s = pipeline.Through(s, pipeline.Stage{}, inc)
	}
	sum := 0
	r := s.Run(b.Context())
	for v := range r.All() {
		sum += v
	}
	if r.Err() != nil || sum != b.N*(b.N-1)/2+3*b.N {
		b.Fatal(sum, r.Err())
	}
}

func BenchmarkThreeMaps(b *testing.B) {
	b.ReportAllocs()
	s := pipeline.From(count(b.N))
	for range 3 {
		s = pipeline.Map(s, pipeline.Stage{}, func(i int) (int, error) { return i + 1, nil })
	}
	r := s.Run(b.Context())
	n := 0
	for range r.All() {
		n++
	}
	if r.Err() != nil || n != b.N {
		b.Fatal(n, r.Err())
	}
}

func BenchmarkThreeStagesBatched(b *testing.B) {
	b.ReportAllocs()
	s := pipeline.FromBatches(func(yield func([]int) bool) {
		var all [256]int
		for n := b.N; n > 0; n -= len(all) {
			if !yield(all[:min(n, len(all))]) {
				return
			}
		}
	})
	for range 3 {
		s = pipeline.InBatches(s, pipeline.Stage{}, func(_ context.Context, in []int) ([]int, error) {
			for i := range in {
				in[i]++
			}
			return in, nil
		})
	}
	r := s.Run(b.Context())
	n := 0
	for range r.All() {
		n++
	}
	if r.Err() != nil || n != b.N {
		b.Fatal(n, r.Err())
	}
}

func BenchmarkFourWorkers(b *testing.B) {
	for _, ordered := range []bool{false, true} {
		b.Run(fmt.Sprintf("ordered=%v", ordered), func(b *testing.B) {
			s := pipeline.From(count(b.N))
			for range 3 {
				s = pipeline.Through(s, pipeline.Stage{Workers: 4, Ordered: ordered}, inc)
			}
			r := s.Run(b.Context())
			n := 0
			for v := range r.All() {
				if ordered && v != n+3 {
					b.Fatal("order")
				}
				n++
			}
			if r.Err() != nil || n != b.N {
				b.Fatal(n, r.Err())
			}
		})
	}
}

func BenchmarkChannels(b *testing.B) {
	for _, buffer := range []int{0, 256, 1024} {
		b.Run(fmt.Sprint(buffer), func(b *testing.B) {
			ctx := b.Context()
			in := make(chan int, buffer)
			go func() {
				defer close(in)
				for i := range b.N {
					select {
					case in <- i:
					case <-ctx.Done():
						return
					}
				}
			}()
			for range 3 {
				next := make(chan int, buffer)
				go func(in chan int) {
					defer close(next)
					for v := range in {
						select {
						case next <- v + 1:
						case <-ctx.Done():
							return
						}
					}
				}(in)
				in = next
			}
			for range in {
			}
		})
	}
}
