package a

import (
	"context"
	"os"
	"sync"
	"time"
)

type T struct {
	n    int
	stop chan struct{}
	in   chan int
}

func (t *T) tick() { t.n++ }

func sleeps() *T {
	t := &T{}
	go func() { // want `no one can end the goroutine that is started here`
		for {
			time.Sleep(time.Second)
			t.tick()
		}
	}()
	return t
}

func (t *T) loop() {
	for {
		t.tick()
		time.Sleep(time.Second)
	}
}

func method() *T {
	t := new(T)
	go t.loop() // want `no one can end`
	return t
}

func withError() (*T, error) {
	t := &T{}
	go t.loop() // want `no one can end`
	return t, nil
}

func (t *T) ticks() {
	for range time.Tick(time.Second) {
		t.tick()
	}
}

func ranges() *T {
	t := &T{}
	go t.ticks() // want `no one can end`
	return t
}

func receives() *T {
	t := &T{}
	ticker := time.NewTicker(time.Second)
	go func() { // want `no one can end`
		for {
			<-ticker.C
			t.tick()
		}
	}()
	return t
}

func selects() *T {
	t := &T{}
	slow, fast := time.NewTicker(time.Second), time.NewTicker(1)
	go func() { // want `no one can end`
		for {
			select {
			case <-slow.C:
				t.tick()
			case <-fast.C:
				t.n = 0
			}
		}
	}()
	return t
}

func argument() *T {
	t := &T{}
	go func(t *T) { // want `no one can end`
		for {
			time.Sleep(1)
			t.tick()
		}
	}(t)
	return t
}

func named(t *T) {
	for {
		time.Sleep(1)
		t.tick()
	}
}

func function() *T {
	t := &T{}
	go named(t) // want `no one can end`
	return t
}

func sometimes(b bool) *T {
	t := &T{}
	if b {
		go t.loop() // want `no one can end`
	}
	return t
}

func namedResult() (t *T) {
	t = &T{n: 1}
	go t.ticks() // want `no one can end`
	return t
}

func (t *T) after() {
	for {
		<-time.After(time.Minute)
		t.tick()
	}
}

func afterMinutes() *T {
	t := &T{}
	go t.after() // want `no one can end`
	return t
}

// Good ones.

func stoppable() *T {
	t := &T{stop: make(chan struct{})}
	go func() {
		for {
			select {
			case <-time.After(time.Second):
				t.tick()
			case <-t.stop:
				return
			}
		}
	}()
	return t
}

func withContext(ctx context.Context) *T {
	t := &T{}
	go func() {
		for ctx.Err() == nil {
			time.Sleep(time.Second)
			t.tick()
		}
	}()
	return t
}

func ends() *T {
	t := &T{}
	go func() {
		for {
			time.Sleep(time.Second)
			if t.n > 3 {
				return
			}
		}
	}()
	return t
}

func breaks() *T {
	t := &T{}
	go func() {
		for range time.Tick(time.Second) {
			if t.n > 3 {
				break
			}
		}
	}()
	return t
}

func fromChannel() *T {
	t := &T{in: make(chan int)}
	go func() {
		for v := range t.in {
			time.Sleep(time.Second)
			t.n += v
		}
	}()
	return t
}

func alsoChannel() *T {
	t := &T{in: make(chan int)}
	go func() {
		for {
			select {
			case <-time.After(time.Second):
			case v := <-t.in:
				t.n += v
			}
		}
	}()
	return t
}

func onceThere() *T {
	t := &T{}
	go func() {
		time.Sleep(time.Second)
		t.tick()
	}()
	return t
}

func otherObject(u *T) *T {
	go u.loop()
	return &T{}
}

func noObject() {
	go func() {
		for {
			time.Sleep(time.Second)
		}
	}()
}

var one = single()

func single() *T {
	t := &T{}
	go t.loop()
	return t
}

var (
	once   sync.Once
	shared *T
)

func get() *T {
	once.Do(make1)
	return shared
}

func make1() {
	shared = &T{}
	go shared.loop()
}

func exits() *T {
	t := &T{}
	go func() {
		for {
			time.Sleep(time.Second)
			os.Exit(t.n)
		}
	}()
	return t
}

func counted() *T {
	t := &T{}
	go func() {
		for range 10 {
			time.Sleep(time.Second)
			t.tick()
		}
	}()
	return t
}
