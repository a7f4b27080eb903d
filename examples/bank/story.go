package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/examples/bank/ledger"
	"github.com/trivet-go/trivet/flow/actors"
)

// A story is what happened in a simulation, in the order in which it did. A nil one is
// not told, and takes no time.
type story struct {
	events []event
	now    func() time.Time
	start  time.Time
}

type event struct {
	At   float64 `json:"at"` // seconds since the beginning of the simulation
	Who  string  `json:"who"`
	What string  `json:"what"`
}

func (s *story) begin(now func() time.Time) {
	if s != nil {
		s.now, s.start = now, now()
	}
}

func (s *story) tell(who, format string, args ...any) {
	if s != nil {
		s.events = append(s.events, event{s.now().Sub(s.start).Seconds(), who, fmt.Sprintf(format, args...)})
	}
}

func (s *story) print(w io.Writer) {
	if s == nil {
		return
	}
	for _, e := range s.events {
		fmt.Fprintf(w, "%7.3f s  %-13s %s\n", e.At, e.Who, e.What)
	}
}

// watchedStore counts the writes that are fenced, and makes the others part of the
// story.
type watchedStore struct {
	actors.Store
	world *world
}

func (s *watchedStore) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	var before []byte
	var last uint64
	if s.world.story != nil {
		before, last, _ = s.Load(ctx, key)
	}
	next, err := s.Store.Save(ctx, key, data, revision)
	switch {
	case errors.Is(err, actors.ErrFenced):
		s.world.Fenced++
		s.world.story.tell(key, "is another node's by now: a write is refused")
	case err != nil || s.world.story == nil:
	case revision == 0 || bytes.Equal(before, data): // an activation makes it its own
	default:
		s.world.story.tell(key, "%s", changes(key, before, data))
		if revision != last {
			s.world.story.tell(key, "HAS OVERWRITTEN what another node wrote meanwhile")
		}
	}
	return next, err
}

// changes tells how two states of a grain differ.
func changes(key string, before, after []byte) string {
	if !strings.HasPrefix(key, ledger.Accounts.Name()+"/") {
		return "is written: " + string(after)
	}
	var old, now ledger.Statement
	if len(before) > 0 {
		_ = json.Unmarshal(before, &old) // the account has written them
	}
	_ = json.Unmarshal(after, &now)
	what := fmt.Sprintf("%d → %d", old.Balance, now.Balance)
	news := 0
	for _, id := range slices.Sorted(maps.Keys(now.Journal)) {
		n, known := old.Journal[id]
		switch {
		case known && n == now.Journal[id]:
			continue
		case now.Journal[id] == 0:
			what += fmt.Sprintf("  %s: refused", id)
		default:
			what += fmt.Sprintf("  %s: %+d", id, now.Journal[id])
		}
		if news++; known {
			what += ", WHICH WAS REFUSED BEFORE"
		}
	}
	if news == 0 {
		what += "  WHAT WAS BOOKED BEFORE"
	}
	return what
}
