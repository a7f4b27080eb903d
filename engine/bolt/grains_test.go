package bolt_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/actors/storetest"
)

func openGrains(t *testing.T, f *bolt.File, name string) actors.Store {
	s, err := f.Grains(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "g.db"))
	defer f.Close()
	stores := 0
	storetest.Run(t, func() actors.Store {
		stores++
		return openGrains(t, f, strconv.Itoa(stores)) // so none of them sees another
	})
}

// A revision that was the last one before the file was closed is so afterwards,
// and one that was stale is refused by another store of the same name.
func TestStaleRevisionIsRefused(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "g.db")
	f := openFile(t, path)
	first, err := openGrains(t, f, "bank").Save(ctx, "account/a", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openGrains(t, f, "bank").Save(ctx, "account/a", []byte("2"), first)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = openFile(t, path)
	defer f.Close()
	s := openGrains(t, f, "bank")
	if _, err := s.Save(ctx, "account/a", []byte("stale"), first); !errors.Is(err, actors.ErrFenced) {
		t.Errorf("a stale revision: %v", err)
	}
	data, revision, err := s.Load(ctx, "account/a")
	if string(data) != "2" || revision != second || err != nil {
		t.Errorf("%q, revision %d, error %v; want 2, %d", data, revision, err, second)
	}
}

// Of states that are written together each has its own fate.
func TestSavesTogether(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "g.db"))
	defer f.Close()
	s := openGrains(t, f, "bank")
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			key, follows := strconv.Itoa(i), uint64(0)
			switch i % 3 {
			case 1:
				follows = 7
			case 2:
				key = "" // bbolt takes none
			}
			_, err := s.Save(context.Background(), key, []byte(key), follows)
			good := err == nil
			if i%3 == 1 {
				good = errors.Is(err, actors.ErrFenced)
			} else if i%3 == 2 {
				good = err != nil && !errors.Is(err, actors.ErrFenced)
			}
			if !good {
				t.Errorf("save %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	for i := range 100 {
		want, revision := strconv.Itoa(i), uint64(1)
		if i%3 != 0 {
			want, revision = "", 0
		}
		if data, got, err := s.Load(t.Context(), strconv.Itoa(i)); string(data) != want || got != revision || err != nil {
			t.Errorf("%d: %q, %d, %v", i, data, got, err)
		}
	}
}

func TestStoreOfAClosedFile(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "g.db"))
	s := openGrains(t, f, "bank")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), "a", nil, 0); err == nil || errors.Is(err, actors.ErrFenced) {
		t.Errorf("Save: %v", err)
	}
	if _, _, err := s.Load(t.Context(), "a"); err == nil {
		t.Error("Load: no error")
	}
	if _, err := f.Grains("bank"); err == nil {
		t.Error("Grains: no error")
	}
}
