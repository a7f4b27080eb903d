package park_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/trivet-go/trivet/internal/park"
)

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g park.Gate
		if !g.TryEnter() || g.TryEnter() || !g.TryLeave() {
			t.Fatal("not one at a time")
		}
		g.TryEnter()
		ctx, cancel := context.WithCancelCause(context.Background())
		var gaveUp, entered error = nil, errors.New("not yet")
		go func() { gaveUp = g.Enter(ctx) }()
		go func() { entered = g.Enter(context.Background()) }()
		synctest.Wait()
		if g.TryLeave() {
			t.Error("left as if nobody waited")
		}
		why := errors.New("why")
		cancel(why)
		synctest.Wait()
		if gaveUp != why {
			t.Errorf("gave up with %v", gaveUp)
		}
		g.Leave()
		synctest.Wait()
		if entered != nil || !g.TryLeave() {
			t.Errorf("who waited did not get in: %v", entered)
		}
		if err := g.Enter(ctx); err != why || !g.TryEnter() {
			t.Errorf("a context that is done: %v", err)
		}
	})
}

func TestGateStress(t *testing.T) {
	var g park.Gate
	var wg sync.WaitGroup
	n := 0
	for range 8 {
		wg.Go(func() {
			for i := range 2000 {
				g.Enter(context.Background())
				n++
				if i%64 == 0 {
					runtime.Gosched() // so that others come and wait
				}
				if i%2 == 0 || !g.TryLeave() {
					g.Leave()
				}
			}
		})
	}
	wg.Wait()
	if n != 8*2000 || !g.TryEnter() {
		t.Errorf("%d", n)
	}
}
