package park_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/internal/park"
)

func TestGateLetsOneIn(t *testing.T) {
	var g park.Gate
	var wg sync.WaitGroup
	n := 0
	for i := range 8 {
		wg.Go(func() {
			for k := range 2000 {
				if (i+k)%7 == 0 && g.TryEnter() {
					n++
					g.Leave()
					continue
				}
				if err := g.Enter(context.Background()); err != nil {
					t.Error(err)
				}
				n++
				if k%2 == 0 || !g.TryLeave() {
					g.Leave()
				}
			}
		})
	}
	wg.Wait()
	if n != 16000 {
		t.Errorf("%d of 16000 entries: two were inside at once", n)
	}
	if !g.TryEnter() {
		t.Error("not open at the end")
	}
}

func TestGateIsWaitedForUnderAContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g park.Gate
		why := errors.New("why")
		gone, cancel := context.WithCancelCause(context.Background())
		cancel(why)
		if err := g.Enter(gone); err != why || !g.TryEnter() {
			t.Errorf("a done context at an open gate: %v", err)
		}
		short, cancelShort := context.WithTimeout(context.Background(), time.Second)
		defer cancelShort()
		begin := time.Now()
		if err := g.Enter(short); err != context.DeadlineExceeded || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if g.TryEnter() {
			t.Error("two inside")
		}
		entered := make(chan error)
		go func() { entered <- g.Enter(context.Background()) }()
		synctest.Wait() // a durable block
		if g.TryEnter() || g.TryLeave() {
			t.Error("overtook, or left and called nobody")
		}
		g.Leave()
		if err := <-entered; err != nil {
			t.Error(err)
		}
		if !g.TryLeave() || !g.TryEnter() {
			t.Error("not open at the end")
		}
	})
}
