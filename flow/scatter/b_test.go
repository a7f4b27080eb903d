package scatter_test
import ("testing";"context";"sync";"github.com/trivet-go/trivet/internal/spawn";"github.com/trivet-go/trivet/flow/scatter")
func BenchmarkBase(b *testing.B) {
	quick := func(context.Context, string) (string, error) { return "", nil }
	b.Run("wg", func(b *testing.B) { b.ReportAllocs(); for b.Loop() {
		var wg sync.WaitGroup
		rs := make([]string, 4); errs := make([]error, 4)
		for i := range 4 { wg.Go(func() { rs[i], errs[i] = quick(b.Context(), "") }) }
		wg.Wait()
	}})
	b.Run("spawn", func(b *testing.B) { b.ReportAllocs(); for b.Loop() {
		g := spawn.New(b.Context(), spawn.Rules{})
		for range 4 { g.Go(func(ctx context.Context) error { _, err := quick(ctx, ""); return err }) }
		g.Wait()
	}})
	step := scatter.Gather(scatter.Rules{}, func(scatter.Replies[string]) (string, error) { return "", nil }, scatter.Shards(quick, quick, quick, quick)...)
	b.Run("gather", func(b *testing.B) { b.ReportAllocs(); for b.Loop() {
		step(b.Context(), "") }})
}
