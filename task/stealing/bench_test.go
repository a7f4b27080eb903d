package stealing_test

import (
	"context"
	"testing"

	"github.com/trivet-go/trivet/task/stealing"
)

// What does a fork cost beside a plain call? fib(32) forks 3.5 million times.
func BenchmarkFib(b *testing.B) {
	b.Run("serial", func(b *testing.B) {
		for b.Loop() {
			serial(32)
		}
	})
	for _, v := range []struct {
		name string
		body func(*stack, int) int
	}{{"TakeBack", fib}, {"Join", fibJoin}, {"Both", fibBoth}, {"Room", fibRoom}} {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stealing.Run(context.Background(), v.body, 32); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
