package limits

import (
	"context"
	"sync"
	"time"
)

type ttlCache struct {
	mu    sync.Mutex
	items map[string]time.Time
}

func (c *ttlCache) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, at := range c.items {
		if time.Since(at) > time.Hour {
			delete(c.items, k)
		}
	}
}

// flaw: endless-goroutine
func newTTLCache() *ttlCache {
	c := &ttlCache{items: map[string]time.Time{}}
	go func() {
		for {
			time.Sleep(time.Minute)
			c.purge()
		}
	}()
	return c
}

func (c *ttlCache) sweep() {
	for range time.Tick(time.Minute) {
		c.purge()
	}
}

// flaw: endless-goroutine
func newSweeper() *ttlCache {
	c := new(ttlCache)
	c.items = map[string]time.Time{}
	go c.sweep()
	return c
}

type rates struct {
	last, now int64
	every     time.Duration
}

// flaw: endless-goroutine
func newRates(every time.Duration) (*rates, error) {
	r := &rates{every: every}
	t := time.NewTicker(every)
	go func() {
		for {
			<-t.C
			r.last, r.now = r.now, 0
		}
	}()
	return r, nil
}

type flusher struct {
	buf  []string
	sink func([]string)
}

func (f *flusher) loop() {
	for {
		select {
		case <-time.After(5 * time.Second):
			f.sink(f.buf)
		}
	}
}

// flaw: endless-goroutine
func makeFlusher(sink func([]string)) *flusher {
	f := &flusher{sink: sink}
	go f.loop()
	return f
}

type prober struct {
	targets []string
	up      map[string]bool
}

// flaw: endless-goroutine
func startProber(targets []string, probe func(string) bool) *prober {
	p := &prober{targets: targets, up: map[string]bool{}}
	go func(p *prober) {
		for i := 0; ; i++ {
			t := p.targets[i%len(p.targets)]
			p.up[t] = probe(t)
			time.Sleep(time.Second)
		}
	}(p)
	return p
}

type clock struct{ now time.Time }

func (c *clock) run() {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for t := range tick.C {
		c.now = t
	}
}

// flaw: endless-goroutine
func newClock() (c *clock) {
	c = &clock{now: time.Now()}
	go c.run()
	return c
}

type watcher struct {
	stop chan struct{}
	seen int
}

// healthy
func newWatcher() *watcher {
	w := &watcher{stop: make(chan struct{})}
	go func() {
		for {
			select {
			case <-time.After(time.Second):
				w.seen++
			case <-w.stop:
				return
			}
		}
	}()
	return w
}

// healthy
func watchCtx(ctx context.Context) *watcher {
	w := &watcher{}
	go func() {
		for ctx.Err() == nil {
			time.Sleep(time.Second)
			w.seen++
		}
	}()
	return w
}

type queue struct{ in chan int }

// healthy
func newQueue(work func(int)) *queue {
	q := &queue{in: make(chan int)}
	go func() {
		for v := range q.in {
			work(v)
		}
	}()
	return q
}

// healthy
func retryUntil(connect func() error) *watcher {
	w := &watcher{}
	go func() {
		for {
			if connect() == nil {
				w.seen = 1
				return
			}
			time.Sleep(time.Second)
		}
	}()
	return w
}

// healthy
func threeTimes(say func()) *watcher {
	w := &watcher{}
	go func() {
		for range 3 {
			time.Sleep(time.Second)
			say()
			w.seen++
		}
	}()
	return w
}

var process = newProcess()

// healthy
func newProcess() *clock {
	c := &clock{}
	go c.run()
	return c
}

// healthy
func tickIn(w *watcher) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.seen++
		case <-w.stop:
			return
		}
	}
}

// healthy
func newStoppable() (*watcher, func()) {
	w := &watcher{}
	t := time.NewTicker(time.Second)
	quit := make(chan struct{})
	go func() {
		for {
			select {
			case <-t.C:
				w.seen++
			case <-quit:
				t.Stop()
				return
			}
		}
	}()
	return w, func() { close(quit) }
}

var (
	sharedOnce  sync.Once
	sharedCache *ttlCache
)

// healthy
func shared() *ttlCache {
	sharedOnce.Do(func() {
		sharedCache = &ttlCache{}
		go sharedCache.sweep()
	})
	return sharedCache
}
