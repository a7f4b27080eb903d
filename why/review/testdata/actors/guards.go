package actors

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/flow/actors"
)

type shop struct {
	mu    sync.Mutex
	sold  int
	state atomic.Int64
	done  chan struct{}
}

var shops = actors.NewKind("shop", func() *shop { return new(shop) }, actors.Traits{})

var sell = actors.Method(shops, "sell", (*shop).sell)

// healthy
func (s *shop) sell(c *actors.Context, n int) (int, error) {
	s.sold += n
	return s.sold, nil
}

var counter sync.Mutex

// flaw: lock-around-send
func askOne(ctx context.Context, s actors.Ref[*shop]) (int, error) {
	counter.Lock()
	defer counter.Unlock()
	return sell.Call(ctx, s, 1)
}

type desk struct {
	mu   sync.Mutex
	open int
	to   actors.Ref[*shop]
}

// flaw: lock-around-send
func (d *desk) askUnderLock(ctx context.Context) error {
	d.mu.Lock()
	n, err := sell.Call(ctx, d.to, d.open)
	d.open = n
	d.mu.Unlock()
	return err
}

// healthy
func (d *desk) askAfter(ctx context.Context) error {
	d.mu.Lock()
	open := d.open
	d.mu.Unlock()
	_, err := sell.Call(ctx, d.to, open)
	return err
}

// healthy
func (d *desk) tellUnderLock(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open++
	return sell.Tell(ctx, d.to, d.open) // in the order of the lock; no actor takes it
}

// healthy
func (d *desk) askNobody(ctx context.Context, name func() string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return sell.Name() + name()
}

var prices struct {
	sync.Mutex
	of map[int]int
}

// flaw: lock-around-send
func reprice(ctx context.Context, s actors.Ref[*shop], n, price int) error {
	prices.Lock()
	defer prices.Unlock()
	prices.of[n] = price
	return look.Tell(ctx, s, n) // waits when the mailbox is full, and look waits for prices
}

var look = actors.Action(shops, "look", (*shop).look)

// healthy
func (s *shop) look(c *actors.Context, n int) error {
	prices.Lock()
	s.sold += prices.of[n]
	prices.Unlock()
	return nil
}

var later = actors.Action(shops, "later", (*shop).later)

// flaw: two-guards
func (s *shop) later(c *actors.Context, n int) error {
	go func() {
		s.sold += n
	}()
	return nil
}

var elsewhere = actors.Action(shops, "elsewhere", (*shop).elsewhere)

// flaw: two-guards
func (s *shop) elsewhere(c *actors.Context, n int) error {
	go s.count(n)
	return nil
}

func (s *shop) count(n int) { s.sold += n }

var locked = actors.Action(shops, "locked", (*shop).locked)

// healthy
func (s *shop) locked(c *actors.Context, n int) error {
	go func() {
		s.mu.Lock()
		s.sold += n
		s.mu.Unlock()
	}()
	return nil
}

var together = actors.Action(shops, "together", (*shop).together)

// healthy
func (s *shop) together(c *actors.Context, n int) error {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		s.sold += n
	}()
	wg.Wait()
	return nil
}

var awaited = actors.Action(shops, "awaited", (*shop).awaited)

// healthy
func (s *shop) awaited(c *actors.Context, n int) error {
	done := make(chan struct{})
	go func() {
		s.sold += n
		close(done)
	}()
	<-done
	return nil
}

var handed = actors.Action(shops, "handed", (*shop).handed)

// healthy
func (s *shop) handed(c *actors.Context, n int) error {
	s.done = make(chan struct{})
	go func() {
		s.sold += n
		close(s.done) // the next message waits for it
	}()
	return nil
}

var own = actors.Action(shops, "own", (*shop).own)

// healthy
func (s *shop) own(c *actors.Context, n int) error {
	sum := s.sold
	go func() {
		sum += n
		s.state.Store(int64(sum))
	}()
	return nil
}

var finished = actors.Action(shops, "finished", (*shop).finished)

// healthy
func (s *shop) finished(c *actors.Context, n int) error {
	done := make(chan struct{})
	go func() {
		s.sold += n
		finish(done)
	}()
	<-done
	return nil
}

func finish(done chan struct{}) { close(done) }
