package park_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/internal/park"
)

// pool is the smallest thing that somebody can wait for: a number of items,
// taken and put without a lock.
type pool struct {
	items atomic.Int64
	line  park.Line
}

func (p *pool) tryTake() bool {
	for {
		n := p.items.Load()
		if n == 0 {
			return false
		}
		if p.items.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

func (p *pool) take(ctx context.Context) error {
	if p.line.Open() && p.tryTake() {
		return nil
	}
	return p.line.Wait(ctx, p.tryTake)
}

func (p *pool) put(n int) {
	p.items.Add(int64(n))
	p.line.Wake(n)
}

func TestSpot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spot := park.NewSpot()
		spot.Unpark() // a token that comes early is not lost
		if err := spot.Park(context.Background()); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(fs.ErrExist) })
		if err := spot.Park(ctx); err != fs.ErrExist {
			t.Errorf("Park = %v", err)
		}
		time.AfterFunc(time.Second, spot.Unpark)
		if err := spot.Park(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		spot.Unpark()
		spot.Take()
		spot.Unpark()
		defer func() {
			if recover() == nil {
				t.Error("a second token was accepted")
			}
		}()
		spot.Unpark()
	})
}

// Those who wait are served in the order in which they came.
func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pool
		var order []int
		for i := range 10 {
			go func() {
				p.take(context.Background())
				order = append(order, i)
			}()
			synctest.Wait()
		}
		if n := p.line.Len(); n != 10 {
			t.Errorf("Len = %d", n)
		}
		for range 10 {
			p.put(1)
			synctest.Wait()
		}
		if !slices.IsSorted(order) || len(order) != 10 {
			t.Errorf("order %v", order)
		}
	})
}

func TestWakeMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pool
		var taken atomic.Int32
		for range 10 {
			go func() { p.take(context.Background()); taken.Add(1) }()
		}
		synctest.Wait()
		p.put(7)
		synctest.Wait()
		if taken.Load() != 7 || p.line.Len() != 3 {
			t.Errorf("%d served, %d in line", taken.Load(), p.line.Len())
		}
		p.items.Add(3)
		p.line.WakeAll()
		synctest.Wait()
		if taken.Load() != 10 || p.line.Len() != 0 {
			t.Errorf("%d served, %d in line", taken.Load(), p.line.Len())
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pool
		ctx, cancel := context.WithCancelCause(context.Background())
		var errs []error
		go func() { errs = append(errs, p.take(ctx)) }()
		synctest.Wait()
		cancel(fs.ErrExist)
		synctest.Wait()
		if len(errs) != 1 || errs[0] != fs.ErrExist || p.line.Len() != 0 {
			t.Errorf("take = %v, %d in line", errs, p.line.Len())
		}
		// Done before it waits: refused every time, though there is an item.
		p.put(1)
		for range 1000 {
			if err := p.line.Wait(ctx, p.tryTake); err != fs.ErrExist {
				t.Fatalf("Wait = %v", err)
			}
		}
		if p.items.Load() != 1 {
			t.Error("the item is gone")
		}
	})
}

// A waiter that loses again and again to newcomers is served at last.
func TestNewcomersStandBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pool
		served := false
		go func() {
			p.line.Wait(context.Background(), p.tryTake)
			served = true
		}()
		synctest.Wait()
		lost := 0
		for ; !served && lost < 100; lost++ {
			p.put(1)
			if p.line.Open() { // before the goroutine that was woken could run
				p.tryTake()
			}
			synctest.Wait()
		}
		if lost < 2 || lost > 10 {
			t.Errorf("served %v after losing %d times", served, lost-1)
		}
		if !p.line.Open() {
			t.Error("newcomers stand back for nobody")
		}
	})
}

// A try that panics leaves the line usable.
func TestPanickingTry(t *testing.T) {
	var p pool
	func() {
		defer func() { recover() }()
		p.line.Wait(context.Background(), func() bool { panic("try") })
	}()
	if p.line.Len() != 0 {
		t.Error("the waiter is still in line")
	}
}

// Waiting allocates nothing in the long run.
func TestNoAllocation(t *testing.T) {
	var p pool
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if p.line.Len() > 0 {
				p.put(1)
			}
			runtime.Gosched()
		}
	}()
	allocs := testing.AllocsPerRun(1000, func() { p.take(ctx) })
	if allocs != 0 {
		t.Errorf("%v allocations a wait", allocs)
	}
}

// Takers, puts and cancels at the same moment: when all is quiet again, nobody
// may wait while an item is there.
func TestCancelRacesWake(t *testing.T) {
	rounds := 20000
	if testing.Short() {
		rounds = 3000
	}
	for round := range rounds {
		synctest.Test(t, func(t *testing.T) {
			var p pool
			forever, end := context.WithCancel(context.Background())
			soon, cancel := context.WithCancel(forever)
			for i := range 3 {
				ctx := forever
				if i%2 == 0 {
					ctx = soon
				}
				go p.take(ctx)
			}
			if round%2 == 0 {
				synctest.Wait()
			}
			go cancel()
			go p.put(1 + round%3/2)
			synctest.Wait()
			if p.items.Load() > 0 && p.line.Len() > 0 {
				t.Fatalf("round %d: %d wait, with %d items there", round, p.line.Len(), p.items.Load())
			}
			end()
		})
	}
}

// Takers, putters and cancels at random: nothing is lost, nobody is forgotten.
// A lost wake-up shows as a taker that waits for ever, which the bubble
// reports as a deadlock.
func TestStress(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	for seed := range rounds {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			var p pool
			var took atomic.Int64
			var takers, putters sync.WaitGroup
			const n, each = 8, 50
			for range n {
				limit := time.Duration(random.IntN(3))
				takers.Go(func() {
					for range each {
						ctx, cancel := context.WithTimeout(context.Background(), limit)
						for p.take(ctx) != nil {
							cancel()
							ctx, cancel = context.WithTimeout(context.Background(), limit+1)
						}
						cancel()
						took.Add(1)
					}
				})
			}
			for range 4 {
				batch := 1 + random.IntN(3)
				putters.Go(func() {
					for left := n * each / 4; left > 0; left -= batch {
						p.put(min(batch, left))
						if left%7 == 0 {
							time.Sleep(time.Nanosecond)
						}
					}
				})
			}
			putters.Wait()
			takers.Wait()
			if took.Load() != n*each || p.items.Load() != 0 || p.line.Len() != 0 || !p.line.Open() {
				t.Errorf("seed %d: took %d, left %d, in line %d, open %v", seed, took.Load(), p.items.Load(), p.line.Len(), p.line.Open())
			}
		})
	}
}

// What does a hand-over between two parked goroutines cost beside channels?
func BenchmarkPingPong(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	bench := func(name string, ping, pong func(), receivePing, receivePong func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			go func() {
				for range b.N {
					receivePing()
					pong()
				}
			}()
			for range b.N {
				ping()
				receivePong()
			}
		})
	}
	var p, q pool
	bench("Line", func() { p.put(1) }, func() { q.put(1) }, func() { p.take(ctx) }, func() { q.take(ctx) })
	c, d := make(chan int, 1), make(chan int, 1)
	receive := func(c chan int) {
		select {
		case <-c:
		case <-ctx.Done():
		}
	}
	bench("channel and context", func() { c <- 1 }, func() { d <- 1 }, func() { receive(c) }, func() { receive(d) })
}

func TestParkFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := park.NewSpot()
		begin := time.Now()
		if err := s.ParkFor(context.Background(), time.Second); err != park.ErrLate || time.Since(begin) != time.Second {
			t.Errorf("without a token: %v after %v", err, time.Since(begin))
		}
		s.Unpark()
		if err := s.ParkFor(context.Background(), time.Second); err != nil {
			t.Errorf("with a token: %v", err)
		}
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		if err := s.ParkFor(ctx, time.Second); err != cause {
			t.Errorf("cancelled: %v", err)
		}
	})
}
