package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Every table is served, turned away, or told that something is sold out; and
// what is missing from the pantry is on the bills.
func TestNothingGetsLost(t *testing.T) {
	for _, c := range []struct{ tables, rail, stoves int }{{0, 1, 1}, {1, 1, 1}, {60, 40, 6}, {60, 1, 1}, {500, 500, 3}} {
		synctest.Test(t, func(t *testing.T) {
			k := newKitchen(c.rail, c.stoves)
			n, err := k.open(t.Context(), c.tables)
			if err != nil {
				t.Fatal(err)
			}
			if n.served+n.turnedAway+n.soldOut != c.tables {
				t.Errorf("%+v: %d tables: %+v", c, c.tables, n)
			}
			if k.flour.Load() < 0 || k.eggs.Load() < 0 {
				t.Errorf("flour %d, eggs %d", k.flour.Load(), k.eggs.Load())
			}
			if c.tables == 500 && n.soldOut == 0 {
				t.Error("five hundred tables must have emptied the pantry")
			}
			if in := k.stoves.Stats().InUse; in != 0 {
				t.Errorf("%d stoves are still on", in)
			}
		})
	}
}

// When the house closes, nobody stays.
func TestClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := errors.New("closed")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Millisecond, closed)
		defer cancel()
		if _, err := newKitchen(100, 1).open(ctx, 100); !errors.Is(err, closed) {
			t.Error(err)
		}
	})
}
