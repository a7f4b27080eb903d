package scatter_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/internal/spawn"
)

type ask = trivet.Step[string, string]

// after replies when the time has come.
func after(d time.Duration, reply string) ask {
	return func(ctx context.Context, q string) (string, error) {
		select {
		case <-time.After(d):
			return q + reply, nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

var errDown = errors.New("down")

func failAfter(d time.Duration) ask {
	return func(ctx context.Context, q string) (string, error) {
		if _, err := after(d, "")(ctx, q); err != nil {
			return "", err
		}
		return "", errDown
	}
}

func merge(r scatter.Replies[string]) (string, error) {
	s := ""
	for _, v := range r.Good() {
		s += v + " "
	}
	return s + "without " + strings.Join(r.Missing(), ","), nil
}

const ms = time.Millisecond

func TestGather(t *testing.T) {
	for _, test := range []struct {
		name   string
		rules  scatter.Rules
		shards []ask
		want   string
		err    error
		took   time.Duration
	}{
		{"all", scatter.Rules{}, []ask{after(2*ms, "a"), after(ms, "b")}, "?a ?b without ", nil, 2 * ms},
		{"one fails", scatter.Rules{}, []ask{after(9*ms, "a"), failAfter(ms)}, "", errDown, ms},
		{"first", scatter.Rules{Quorum: 1}, []ask{after(2*ms, "a"), after(ms, "b")}, "?b without 0", nil, ms},
		{"2 of 3", scatter.Rules{Quorum: 2}, []ask{after(3*ms, "a"), failAfter(ms), after(2*ms, "c")}, "?a ?c without 1", nil, 3 * ms},
		{"no quorum any more", scatter.Rules{Quorum: 2}, []ask{after(9*ms, "a"), failAfter(ms), failAfter(ms)}, "", errDown, ms},
		{"partial", scatter.Rules{Partial: 1}, []ask{after(3*ms, "a"), failAfter(ms), after(2*ms, "c")}, "?a ?c without 1", nil, 3 * ms},
		{"deadline", scatter.Rules{Deadline: 2 * ms}, []ask{after(3*ms, "a"), after(ms, "b")}, "", scatter.ErrDeadline, 2 * ms},
		{"partial at the deadline", scatter.Rules{Deadline: 2 * ms, Partial: 1}, []ask{after(3*ms, "a"), after(ms, "b")}, "?b without 0", nil, 2 * ms},
		{"too little at the deadline", scatter.Rules{Deadline: 2 * ms, Partial: 2}, []ask{after(3*ms, "a"), after(ms, "b")}, "", scatter.ErrDeadline, 2 * ms},
		{"all fail", scatter.Rules{Partial: 1}, []ask{failAfter(ms), failAfter(2 * ms)}, "", errDown, 2 * ms},
		{"no shards", scatter.Rules{}, nil, "", nil, 0},
	} {
		for where, run := range map[string]func(context.Context, func(context.Context)){
			"alone": func(ctx context.Context, f func(context.Context)) { f(ctx) },
			"in a group": func(ctx context.Context, f func(context.Context)) {
				g := spawn.New(ctx, spawn.Rules{})
				g.Go(func(ctx context.Context) error { f(ctx); return nil })
				if err := g.Wait(); err != nil {
					t.Errorf("%s: the group got %v", test.name, err)
				}
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				run(context.Background(), func(ctx context.Context) {
					begin := time.Now()
					got, err := scatter.Gather(test.rules, merge, scatter.Shards(test.shards...)...)(ctx, "?")
					failed := test.err != nil || len(test.shards) == 0
					if got != test.want || failed != (err != nil) || test.err != nil && !errors.Is(err, test.err) || time.Since(begin) != test.took {
						t.Errorf("%s, %s: got %q, %v after %v", test.name, where, got, err, time.Since(begin))
					}
				})
			})
		}
	}
}

func TestQuorumErrorNamesTheShards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rules := scatter.Rules{Name: "search", Deadline: ms}
		_, err := scatter.Gather(rules, merge,
			scatter.Shard[string, string]{Name: "eu", Ask: failAfter(0)},
			scatter.Shard[string, string]{Name: "us", Ask: after(0, "")},
		)(context.Background(), "?")
		var q *scatter.QuorumError
		if !errors.As(err, &q) || q.Needed != 2 || q.Asked != 2 || !strings.Contains(err.Error(), `step "eu": down`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCancelledCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(ms, func() { cancel(why) })
		step := scatter.Gather(scatter.Rules{Partial: 1}, merge, scatter.Shards(after(0, "a"), after(time.Hour, "b"))...)
		if _, err := step(ctx, "?"); err != why {
			t.Errorf("got %v", err)
		}
		if _, err := step(ctx, "?"); err != why {
			t.Errorf("done already, and got %v", err)
		}
	})
}

// Shards that are not needed any more are waited for.
func TestLosersHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		slow := func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			time.Sleep(ms) // cleaning up
			ended.Add(1)
			return "", ctx.Err()
		}
		step := scatter.Gather(scatter.Rules{Quorum: 1}, merge, scatter.Shards(slow, after(ms, "b"), slow)...)
		if got, err := step(context.Background(), "?"); got != "?b without 0,2" || err != nil || ended.Load() != 2 {
			t.Errorf("alone: %q, %v, %d have ended", got, err, ended.Load())
		}
		ended.Store(0)
		g := spawn.New(context.Background(), spawn.Rules{})
		g.Go(func(ctx context.Context) error {
			if got, err := step(ctx, "?"); got != "?b without 0,2" || err != nil || ended.Load() != 0 {
				t.Errorf("in a group: %q, %v, %d have ended", got, err, ended.Load())
			}
			return nil
		})
		if err := g.Wait(); err != nil || ended.Load() != 2 {
			t.Errorf("the group: %v, %d have ended", err, ended.Load())
		}
	})
}

func TestStuckShardIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		defer close(release)
		deaf := func(context.Context, string) (string, error) { <-release; return "", nil }
		var replies scatter.Replies[string]
		step := scatter.Gather(scatter.Rules{Quorum: 1, Grace: ms}, func(r scatter.Replies[string]) (string, error) {
			replies = r
			return merge(r)
		}, scatter.Shards(deaf, after(ms, "b"))...)
		got, err := step(context.Background(), "?")
		var stuck *trivet.StuckError
		if got != "?b without 0" || err != nil || !errors.As(replies[0].Err, &stuck) || !strings.Contains(stuck.Func, "TestStuckShardIsNamed") {
			t.Errorf("%q, %v, %v", got, err, replies)
		}
	})
}

func TestPanicReachesTheCaller(t *testing.T) {
	boom := func(context.Context, string) (string, error) { panic("boom") }
	for name, step := range map[string]ask{
		"gather":         scatter.Gather(scatter.Rules{}, merge, scatter.Shards(after(time.Hour, "a"), boom)...),
		"first replica":  scatter.Replicas(scatter.Hedge{After: ms}, boom, after(0, "")),
		"second replica": scatter.Replicas(scatter.Hedge{After: ms}, after(time.Hour, "a"), boom),
		"second, inline": scatter.Replicas(scatter.Hedge{After: ms, Inline: true}, after(time.Hour, "a"), boom),
	} {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				if p, ok := recover().(*trivet.PanicError); !ok || p.Value != "boom" {
					t.Errorf("%s: recovered %v", name, p)
				}
			}()
			got, err := step(context.Background(), "?")
			t.Errorf("%s: got %q, %v", name, got, err)
		})
	}
}

func TestGoexitIsAnError(t *testing.T) {
	gone := func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil }
	for name, step := range map[string]ask{
		"gather":  scatter.Gather(scatter.Rules{}, merge, scatter.Shards(after(time.Hour, "a"), gone)...),
		"replica": scatter.Replicas(scatter.Hedge{After: ms}, gone, after(time.Hour, "")),
	} {
		synctest.Test(t, func(t *testing.T) {
			if _, err := step(context.Background(), "?"); !errors.Is(err, trivet.ErrGoexit) {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

func TestReplicas(t *testing.T) {
	for _, test := range []struct {
		name     string
		replicas []ask
		want     string
		err      error
		took     time.Duration
	}{
		{"quick", []ask{after(ms, "a"), after(0, "b")}, "?a", nil, ms},
		{"hedged", []ask{after(9*ms, "a"), after(ms, "b")}, "?b", nil, 3 * ms},
		{"first wins all the same", []ask{after(3*ms, "a"), after(9*ms, "b")}, "?a", nil, 3 * ms},
		{"failed over", []ask{failAfter(ms), after(ms, "b")}, "?b", nil, 2 * ms},
		{"third", []ask{after(9*ms, "a"), after(9*ms, "b"), after(0, "c")}, "?c", nil, 4 * ms},
		{"hedge fails", []ask{after(9*ms, "a"), failAfter(ms)}, "?a", nil, 9 * ms},
		{"all fail", []ask{failAfter(ms), failAfter(ms)}, "", errDown, 2 * ms},
		{"first fails after the second began", []ask{failAfter(3 * ms), after(3*ms, "b")}, "?b", nil, 5 * ms},
		{"only one", []ask{after(9*ms, "a")}, "?a", nil, 9 * ms},
	} {
		for _, inline := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				step := scatter.Replicas(scatter.Hedge{After: 2 * ms, Budget: 10, Inline: inline}, test.replicas...)
				got, err := step(context.Background(), "?")
				if got != test.want || !errors.Is(err, test.err) || time.Since(begin) != test.took {
					t.Errorf("%s, inline %v: got %q, %v after %v", test.name, inline, got, err, time.Since(begin))
				}
			})
		}
	}
}

// However slow all replicas are, the load grows by the budget at most.
func TestBudgetBoundsExtraRequests(t *testing.T) {
	for _, inline := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			slow := func(ctx context.Context, q string) (string, error) {
				asked.Add(1)
				return after(5*ms, "")(ctx, q)
			}
			step := scatter.Replicas(scatter.Hedge{After: ms, Budget: 0.05, Inline: inline}, slow, slow)
			const calls = 1000
			for range calls {
				if _, err := step(context.Background(), "?"); err != nil {
					t.Fatal(err)
				}
			}
			if extra := asked.Load() - calls; extra < calls/25 || extra > calls/20+1 {
				t.Errorf("inline %v: %d extra requests for %d calls", inline, extra, calls)
			}
		})
	}
}

// Without After, the trigger is learnt.
func TestTriggerFollowsLatency(t *testing.T) {
	for _, inline := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			sometimes := func(ctx context.Context, q string) (string, error) {
				if n++; n%50 == 0 {
					return after(time.Second, "slow")(ctx, q)
				}
				return after(ms, "")(ctx, q)
			}
			step := scatter.Replicas(scatter.Hedge{Inline: inline}, sometimes, after(ms, ""))
			worst := time.Duration(0)
			for i := range 1000 {
				begin := time.Now()
				if _, err := step(context.Background(), "?"); err != nil {
					t.Fatal(err)
				}
				if i > 100 {
					worst = max(worst, time.Since(begin))
				}
			}
			if worst > 3*ms {
				t.Errorf("inline %v: the slowest call took %v", inline, worst)
			}
		})
	}
}

func TestOpenKeepsTheWinnerAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var contexts [2]context.Context
		replica := func(i int, d time.Duration) trivet.Step[string, int] {
			return func(ctx context.Context, q string) (int, error) {
				contexts[i] = ctx
				_, err := after(d, "")(ctx, q)
				return i, err
			}
		}
		o, err := scatter.Open(scatter.Hedge{After: ms}, replica(0, time.Hour), replica(1, 0))(context.Background(), "?")
		if err != nil || o.Value != 1 {
			t.Fatal(o, err)
		}
		if contexts[0].Err() == nil || contexts[1].Err() != nil {
			t.Errorf("contexts: loser %v, winner %v", contexts[0].Err(), contexts[1].Err())
		}
		o.Release()
		o.Release()
		if contexts[1].Err() == nil {
			t.Error("released, and still alive")
		}
	})
}

func TestTopKIsTheTopOfAll(t *testing.T) {
	type hit struct{ score, shard, n int }
	compare := func(a, b hit) int { return cmp.Compare(b.score, a.score) }
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var replies scatter.Replies[[]hit]
		var all []hit
		for shard := range r.IntN(6) {
			var reply scatter.Reply[[]hit]
			for n := range r.IntN(20) {
				reply.Value = append(reply.Value, hit{r.IntN(30), shard, n})
			}
			slices.SortStableFunc(reply.Value, compare)
			if r.IntN(5) == 0 {
				reply.Err = errDown
			} else {
				all = append(all, reply.Value...)
			}
			replies = append(replies, reply)
		}
		k := r.IntN(15)
		slices.SortStableFunc(all, compare)
		got, err := scatter.TopK(k, compare)(replies)
		if want := all[:min(k, len(all))]; !slices.Equal(got, want) || err != nil {
			t.Fatalf("%d of %v:\ngot  %v, %v\nwant %v", k, replies, got, err, want)
		}
	}
}

func TestMistakesAreTold(t *testing.T) {
	shards := scatter.Shards(after(0, ""), after(0, ""))
	for want, step := range map[string]ask{
		"quorum of 3":    scatter.Gather(scatter.Rules{Quorum: 3}, merge, shards...),
		"partial":        scatter.Gather(scatter.Rules{Quorum: 1, Partial: 2}, merge, shards...),
		"deadline of -":  scatter.Gather(scatter.Rules{Deadline: -1}, merge, shards...),
		"no replicas":    scatter.Replicas[string, string](scatter.Hedge{}),
		"quantile 1.5":   scatter.Replicas(scatter.Hedge{Quantile: 1.5}, after(0, "")),
		"budget of -1":   scatter.Replicas(scatter.Hedge{Budget: -1}, after(0, "")),
		"to hedge after": scatter.Replicas(scatter.Hedge{After: -1}, after(0, "")),
	} {
		if _, err := step(context.Background(), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func BenchmarkGather(b *testing.B) {
	quick := func(context.Context, string) (string, error) { return "", nil }
	for name, rules := range map[string]scatter.Rules{"all": {}, "3 of 4": {Quorum: 3}, "3 of 4 deadline": {Quorum: 3, Deadline: time.Second}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			step := scatter.Gather(rules, func(scatter.Replies[string]) (string, error) { return "", nil }, scatter.Shards(quick, quick, quick, quick)...)
			for b.Loop() {
				step(b.Context(), "")
			}
		})
	}
}

func BenchmarkHedgeUntriggered(b *testing.B) {
	quick := func(context.Context, string) (string, error) { return "", nil }
	for name, h := range map[string]scatter.Hedge{"inline after": {Inline: true, After: time.Second}, "inline learnt": {Inline: true}, "spawned": {After: time.Second}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			step := scatter.Replicas(h, quick, quick)
			for b.Loop() {
				step(b.Context(), "")
			}
		})
	}
}
