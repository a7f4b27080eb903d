// Package storetest tests implementations of [actors.Store].
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func() actors.Store { return new(actors.Memory) })
//	}
//
// It shows what a Store must not do within one process. That what was saved is
// there after a crash is for a test of one's own.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/task/scoped"
)

// Run runs the tests. Each has a store of its own, which open makes, and which
// must be empty.
func Run(t *testing.T, open func() actors.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, actors.Store)
	}{
		{"Saved", saved},
		{"Fenced", fenced},
		{"Keys", keys},
		{"Owned", owned},
		{"Refused", refused},
		{"OneOfMany", oneOfMany},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open()) })
	}
}

// What was saved last is loaded, with its revision; also if it is empty.
func saved(t *testing.T, s actors.Store) {
	holds(t, s, "a", "", 0)
	var revision uint64
	for _, data := range []string{"one", "two", "", "three"} {
		next := save(t, s, "a", data, revision)
		if next <= revision {
			t.Fatalf("revision %d follows %d", next, revision)
		}
		revision = next
		holds(t, s, "a", data, revision)
	}
}

// A Save that follows another revision than the last one is fenced, and changes
// nothing.
func fenced(t *testing.T, s actors.Store) {
	isFenced := func(revision uint64) {
		t.Helper()
		if got, err := s.Save(t.Context(), "a", []byte("stale"), revision); !errors.Is(err, actors.ErrFenced) {
			t.Errorf("a Save that follows %d: revision %d, error %v; want ErrFenced", revision, got, err)
		}
	}
	isFenced(1)
	holds(t, s, "a", "", 0)
	first := save(t, s, "a", "one", 0)
	isFenced(0)
	isFenced(first + 1)
	second := save(t, s, "a", "two", first)
	isFenced(0)
	isFenced(first)
	holds(t, s, "a", "two", second)
}

// Keys have nothing to do with each other, whatever is in them.
func keys(t *testing.T, s actors.Store) {
	all := []string{"account/a", "account/a/", "account/b", "account", "a\x00b", "a", "Ä", "ä", "a b"}
	for _, key := range all {
		holds(t, s, key, "", 0)
		save(t, s, key, "of "+key, 0)
	}
	for _, key := range all {
		if data, _, err := s.Load(t.Context(), key); string(data) != "of "+key || err != nil {
			t.Errorf("Load(%q): %q, %v", key, data, err)
		}
	}
}

// The bytes that are saved and loaded belong to the caller.
func owned(t *testing.T, s actors.Store) {
	data := []byte("mine")
	revision, err := s.Save(t.Context(), "a", data, 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(data, "else")
	loaded, _, err := s.Load(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if string(loaded) != "mine" {
		t.Fatalf("the store holds %q since the caller has changed his bytes", loaded)
	}
	copy(loaded, "else")
	holds(t, s, "a", "mine", revision)
}

// A context that is done is refused with its cause, and nothing is saved.
func refused(t *testing.T, s actors.Store) {
	cause := errors.New("no more")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := s.Load(ctx, "a"); !errors.Is(err, cause) {
		t.Errorf("Load: %v", err)
	}
	if _, err := s.Save(ctx, "a", []byte("one"), 0); !errors.Is(err, cause) {
		t.Errorf("Save: %v", err)
	}
	holds(t, s, "a", "", 0)
}

// Of many who follow the same revision one at most saves; all the others are
// fenced, and what is loaded is that one's.
func oneOfMany(t *testing.T, s actors.Store) {
	const writers, rounds = 8, 20
	var revision uint64
	for range rounds {
		var errs [writers]error
		var revisions [writers]uint64
		err := scoped.Run(t.Context(), func(g *scoped.Group) error {
			for i := range writers {
				g.Go(func(ctx context.Context) error {
					revisions[i], errs[i] = s.Save(ctx, "a", []byte{byte(i)}, revision)
					return nil
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		one := slices.Index(errs[:], nil)
		if one < 0 {
			t.Fatalf("nobody saved: %v", errs)
		}
		for i, err := range errs {
			if i != one && !errors.Is(err, actors.ErrFenced) {
				t.Fatalf("writer %d saved, and writer %d has the error %v", one, i, err)
			}
		}
		revision = revisions[one]
		holds(t, s, "a", string([]byte{byte(one)}), revision)
	}
}

func save(t *testing.T, s actors.Store, key, data string, revision uint64) uint64 {
	t.Helper()
	next, err := s.Save(t.Context(), key, []byte(data), revision)
	if err != nil {
		t.Fatalf("Save(%q) that follows %d: %v", key, revision, err)
	}
	return next
}

func holds(t *testing.T, s actors.Store, key, want string, revision uint64) {
	t.Helper()
	data, got, err := s.Load(t.Context(), key)
	if !bytes.Equal(data, []byte(want)) || got != revision || err != nil {
		t.Fatalf("Load(%q): %q, revision %d, error %v; want %q, revision %d", key, data, got, err, want, revision)
	}
}
