package stealing_test

import (
	"context"
	"testing"

	"github.com/trivet-go/trivet/task/stealing"
)

// Is it better to offer one record, the oldest, to whoever asks, or half of all?
func BenchmarkAblation(b *testing.B) {
	bodies := map[string]func(*stack, int) int{"fib": fib, "wide": wide}
	for name, body := range bodies {
		for _, rules := range []struct {
			name string
			stealing.Rules
		}{{"one", stealing.Rules{}}, {"half", stealing.Half(stealing.Rules{})}} {
			b.Run(name+"/"+rules.name, func(b *testing.B) {
				var sum stealing.Stats
				rules.Report = func(s stealing.Stats) {
					sum.Promotions += s.Promotions
					sum.TakenBack += s.TakenBack
					sum.Steals += s.Steals
					sum.Parks += s.Parks
				}
				ctx := stealing.With(context.Background(), rules.Rules)
				for b.Loop() {
					if _, err := stealing.Run(ctx, body, 27); err != nil {
						b.Fatal(err)
					}
				}
				for unit, n := range map[string]int64{"promotions": sum.Promotions, "taken-back": sum.TakenBack, "steals": sum.Steals, "parks": sum.Parks} {
					b.ReportMetric(float64(n)/float64(b.N), unit+"/op")
				}
			})
		}
	}
}

// wide forks many pieces of very different size at once.
func wide(s *stack, n int) int {
	if n < 27 {
		return serial(n)
	}
	var forks [2000]stealing.Forked
	for i := range forks {
		forks[i] = s.Fork(i * 7 % 19)
	}
	sum := 0
	for i := len(forks) - 1; i >= 0; i-- {
		sum += s.Join(forks[i])
	}
	return sum
}
