package actors_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/flow/actors"
)

// What does a Tell cost? From outside, in bursts of 500, each waited for; so that the
// mailbox is never full.
func BenchmarkTell(b *testing.B) {
	sys := actors.New(context.Background(), actors.Rules{})
	defer sys.Close()
	ref, _ := Accounts.Spawn(sys, "")
	b.ReportAllocs()
	for i := range b.N {
		if err := Deposit.Tell(background, ref, 1); err != nil {
			b.Fatal(err)
		}
		if i%500 == 499 {
			Deposit.Call(background, ref, 0)
		}
	}
	if n, _ := Deposit.Call(background, ref, 0); n != b.N {
		b.Fatal(n)
	}
}

func BenchmarkCall(b *testing.B) {
	sys := actors.New(context.Background(), actors.Rules{})
	defer sys.Close()
	ref, _ := Accounts.Spawn(sys, "")
	b.ReportAllocs()
	for range b.N {
		Deposit.Call(background, ref, 1)
	}
}

// The floor of a Call on this machine, and of a Tell.
func BenchmarkChannel(b *testing.B) {
	b.Run("call", func(b *testing.B) {
		q, r := make(chan int), make(chan int)
		go func() {
			n := 0
			for i := range q {
				n += i
				r <- n
			}
		}()
		for range b.N {
			q <- 1
			<-r
		}
		close(q)
	})
	b.Run("tell", func(b *testing.B) {
		q, r := make(chan int, 1000), make(chan int)
		go func() {
			n := 0
			for i := range q {
				n += i
				if i == 0 {
					r <- n
				}
			}
		}()
		for i := range b.N {
			q <- 1
			if i%500 == 499 {
				q <- 0
				<-r
			}
		}
		close(q)
	})
}

// What does an actor cost, in time and memory? bytes are what stays when it is
// idle, after one message and without.
func BenchmarkSpawn(b *testing.B) {
	for _, told := range []bool{false, true} {
		b.Run(fmt.Sprintf("told=%v", told), func(b *testing.B) {
			sys := actors.New(context.Background(), actors.Rules{})
			defer sys.Close()
			refs := make([]actors.Ref[Account], b.N)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ResetTimer()
			for i := range refs {
				refs[i], _ = Accounts.Spawn(sys, "")
				if told {
					Deposit.Tell(background, refs[i], 1)
				}
			}
			b.StopTimer()
			if told {
				for _, ref := range refs {
					Deposit.Call(background, ref, 1)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "bytes")
			runtime.KeepAlive(refs)
		})
	}
}

// Two actors that send each other one message in turn: b.N round trips.
func BenchmarkPing(b *testing.B) {
	sys := actors.New(context.Background(), actors.Rules{})
	defer sys.Close()
	a, _ := Accounts.Spawn(sys, "")
	x, _ := Accounts.Spawn(sys, "")
	done := make(chan bool)
	n := 2 * b.N
	to := [2]actors.Ref[Account]{x, a}
	var hit func(c *actors.Context, _ *account) error
	hit = func(c *actors.Context, _ *account) error {
		if n--; n == 0 {
			close(done)
			return nil
		}
		return Do.Tell(c, to[n%2], hit)
	}
	b.ReportAllocs()
	Do.Tell(background, to[n%2], hit)
	<-done
}

// What does it take to make an actor, and to stop it? They are stopped by a message,
// all of them, before the first is waited for.
func BenchmarkSpawnAndStop(b *testing.B) {
	sys := actors.New(context.Background(), actors.Rules{})
	defer sys.Close()
	refs := make([]actors.Ref[Account], b.N)
	stop := func(c *actors.Context, _ *account) error { c.Stop(); return nil }
	b.ReportAllocs()
	b.ResetTimer()
	for i := range refs {
		refs[i], _ = Accounts.Spawn(sys, "")
	}
	for _, ref := range refs {
		Do.Tell(background, ref, stop)
	}
	for _, ref := range refs {
		if err := ref.Stop(background); err != nil {
			b.Fatal(err)
		}
	}
}

// A thousand actors in a ring hand a hundred tokens on: b.N hops.
func BenchmarkRing(b *testing.B) {
	sys := actors.New(context.Background(), actors.Rules{})
	defer sys.Close()
	const tokens = 100
	var refs [1000]actors.Ref[Account]
	for i := range refs {
		refs[i], _ = Accounts.Spawn(sys, "")
	}
	done := make(chan bool, tokens)
	hops := b.N / tokens
	type pass = func(*actors.Context, *account) error
	var all [len(refs)]pass
	for i := range all {
		next := (i + 1) % len(refs)
		all[i] = func(c *actors.Context, me *account) error {
			if me.balance++; me.balance*len(refs)/tokens > hops {
				done <- true
				return nil
			}
			return Do.Tell(c, refs[next], all[next])
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range tokens {
		at := i * len(refs) / tokens
		Do.Tell(background, refs[at], all[at])
	}
	for range tokens {
		<-done
	}
}

// What does a message cost if the mailbox is full most of the time? One sender, and
// eight.
func BenchmarkStream(b *testing.B) {
	for _, senders := range []int{1, 8} {
		b.Run(fmt.Sprint(senders), func(b *testing.B) {
			sys := actors.New(context.Background(), actors.Rules{})
			defer sys.Close()
			ref, _ := Accounts.Spawn(sys, "")
			b.ReportAllocs()
			var wg sync.WaitGroup
			for range senders {
				wg.Go(func() {
					for range b.N / senders {
						Deposit.Tell(background, ref, 1)
					}
				})
			}
			wg.Wait()
			if n, _ := Deposit.Call(background, ref, 0); n != b.N/senders*senders {
				b.Fatal(n)
			}
		})
	}
}
