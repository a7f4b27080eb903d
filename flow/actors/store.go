package actors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// A Store keeps the states of grains. Every write names the revision that it
// follows: so of two activations of one grain, on two nodes that do not agree who
// has it, one at most can write, whatever clocks and networks do.
//
// An implementation is good if after a Save that returned nil every Load sees it,
// or a later one; and if of two Saves with the same revision one at most returns
// nil. Package storetest tests that. Here is [Memory]; engine/bolt has one in a
// file.
type Store interface {
	// Load returns what was saved last under the key, and its revision; 0 and no
	// data if nothing was.
	Load(ctx context.Context, key string) (data []byte, revision uint64, err error)

	// Save saves data as the successor of a revision, 0 for the first one, and
	// returns its own, which is higher. It returns ErrFenced if that is not the
	// last one any more. After any other error it may have saved or not.
	Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error)
}

// ErrFenced is the error of a message whose grain had been activated elsewhere: its
// state could not be written, and was thrown away. The next message reads it anew.
var ErrFenced = errors.New("the grain was activated elsewhere meanwhile")

// A Keeper is the state of a grain that outlives its activations. When a method
// has returned and Snapshot has changed, it is written to the store before the
// answer goes out: what a caller has been told is never lost. An activation reads
// it back by Restore, on a fresh state.
//
// Messages that the method has sent meanwhile are not taken back if the write
// fails.
type Keeper interface {
	Snapshot() ([]byte, error)
	Restore(data []byte) error
}

// Memory is a Store for tests, and for grains that need not outlive the process.
// The zero value is empty.
type Memory struct {
	mu      sync.Mutex
	records map[string]record
}

type record struct {
	data     []byte
	revision uint64
}

// Load implements Store.
func (m *Memory) Load(ctx context.Context, key string) ([]byte, uint64, error) {
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	return slices.Clone(r.data), r.revision, nil
}

// Save implements Store.
func (m *Memory) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.records[key]; r.revision != revision {
		return 0, fmt.Errorf("actors: %s has revision %d, not %d: %w", key, r.revision, revision, ErrFenced)
	}
	if m.records == nil {
		m.records = map[string]record{}
	}
	m.records[key] = record{slices.Clone(data), revision + 1}
	return revision + 1, nil
}

// kept is what an activation knows of its record.
type kept struct {
	data     []byte
	revision uint64
}

// load reads the state of a grain into a fresh one, and makes the record its own:
// an activation that had it before cannot write any more.
func (t *turn) load(k Keeper) error {
	c, store := t.cell, t.sys.rules.Store
	data, revision, err := store.Load(t.Context, c.name())
	if err != nil {
		return err
	}
	if revision > 0 {
		err = k.Restore(data)
	} else {
		data, err = k.Snapshot()
	}
	if err != nil {
		return err
	}
	if revision, err = store.Save(t.Context, c.name(), data, revision); err != nil {
		return err
	}
	c.g.kept = &kept{data, revision}
	return nil
}

// keep writes the state, if it has changed. An error means that it is gone.
func (t *turn) keep() error {
	c := t.cell
	if c.g.kept == nil {
		return nil
	}
	data, err := c.home.kind.user(c.state).(Keeper).Snapshot()
	if err == nil && bytes.Equal(data, c.g.kept.data) {
		return nil
	}
	revision := uint64(0)
	if err == nil {
		t.flush()
		// Also when the deadline of the message has passed: the method has run.
		revision, err = t.sys.rules.Store.Save(c.home.crew.Context(), c.name(), data, c.g.kept.revision)
	}
	if err != nil {
		t.sleep()
		return err
	}
	*c.g.kept = kept{data, revision}
	return nil
}
