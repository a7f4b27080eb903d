package spawn_test

import (
	"context"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/internal/spawn"
)

// What does a joined, named, panic-safe goroutine cost beside a bare one?
// Batches of 1000, as a group is used; ns/op is per task.
func BenchmarkEmptyTask(b *testing.B) {
	const batch = 1000
	ctx := context.Background()
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += batch {
			var wg sync.WaitGroup
			for range batch {
				wg.Add(1)
				go func() { wg.Done() }()
			}
			wg.Wait()
		}
	})
	b.Run("WaitGroup.Go", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += batch {
			var wg sync.WaitGroup
			for range batch {
				wg.Go(func() {})
			}
			wg.Wait()
		}
	})
	for _, name := range []string{"", "named"} {
		b.Run("Group"+name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; n += batch {
				g := spawn.New(ctx, spawn.Rules{Name: name})
				for range batch {
					g.Go(func(context.Context) error { return nil })
				}
				if err := g.Wait(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Go", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += batch {
			var wg sync.WaitGroup
			for range batch {
				wg.Add(1)
				spawn.Go(ctx, "", lone{func(context.Context) error { return nil }, func(error) { wg.Done() }})
			}
			wg.Wait()
		}
	})
}
