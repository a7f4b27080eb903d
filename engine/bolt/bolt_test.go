package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trivet-go/trivet/engine/bolt"
	mw "github.com/trivet-go/trivet/task/masterworker"
)

func openFile(t *testing.T, path string) *bolt.File {
	f, err := bolt.Open(path, bolt.Rules{Survives: bolt.ProcessCrash})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openJournal(t *testing.T, f *bolt.File, name string) mw.Journal {
	j, err := f.Journal(name)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func load(t *testing.T, j mw.Journal) map[string]string {
	all := map[string]string{}
	for e, err := range j.Load(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		all[e.Key] = string(e.Value)
	}
	return all
}

// A journal is a map that is changed a batch at a time, whatever the file goes
// through, and another journal of the same file does not change with it.
func TestJournalIsAMap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	rapid.Check(t, func(r *rapid.T) {
		defer os.Remove(path)
		f := openFile(t, path)
		j := openJournal(t, f, "a")
		want := map[string]string{}
		for range rapid.IntRange(0, 20).Draw(r, "batches") {
			var batch []mw.Entry
			for range rapid.IntRange(0, 10).Draw(r, "entries") {
				e := mw.Entry{Key: rapid.StringMatching("[a-e]{1,2}").Draw(r, "key")}
				if rapid.Bool().Draw(r, "put") {
					e.Value = rapid.SliceOfN(rapid.Byte(), 1, 5).Draw(r, "value")
					want[e.Key] = string(e.Value)
				} else {
					delete(want, e.Key)
				}
				batch = append(batch, e)
			}
			if err := j.Commit(context.Background(), batch); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 5).Draw(r, "open again") == 0 {
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				f = openFile(t, path)
				j = openJournal(t, f, "a")
			}
		}
		if got := load(t, j); !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if got := load(t, openJournal(t, f, "b")); len(got) > 0 {
			t.Fatalf("another journal has %v", got)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBatchIsAllOrNothing(t *testing.T) {
	f := openFile(t, filepath.Join(t.TempDir(), "j.db"))
	defer f.Close()
	j := openJournal(t, f, "a")
	batch := []mw.Entry{{Key: "a", Value: []byte("1")}, {Key: "", Value: []byte("2")}} // bbolt takes no empty key
	if err := j.Commit(context.Background(), batch); err == nil {
		t.Error("no error")
	}
	if got := load(t, j); len(got) > 0 {
		t.Errorf("half of a batch is there: %v", got)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBad)
	if err := j.Commit(ctx, batch[:1]); err != errBad {
		t.Errorf("a done context: %v", err)
	}
	if err := j.Commit(context.Background(), batch[:1]); err != nil {
		t.Error(err)
	}
	for _, err := range j.Load(ctx) {
		if !errors.Is(err, errBad) {
			t.Errorf("a done context: %v", err)
		}
	}
	for range j.Load(context.Background()) {
		break
	}
}

var errBad = errors.New("bad")

func TestOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	f := openFile(t, path)
	if _, err := bolt.Open(path, bolt.Rules{}); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	openJournal(t, f, "a")
	if _, err := f.Journal("a"); err == nil {
		t.Error("the same journal twice")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := bolt.Open(filepath.Join(path, "none"), bolt.Rules{}); err == nil {
		t.Error("a file below a file")
	}
}

// What is used after Close says which file was closed.
func TestUseAfterClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	file, err := bolt.Open(path, bolt.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	journal, err1 := file.Journal("j")
	store, err2 := file.Grains("g")
	if err := errors.Join(err1, err2, file.Close()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, _, load := store.Load(ctx, "k/g")
	_, save := store.Save(ctx, "k/g", nil, 0)
	_, grains := file.Grains("h")
	for _, err := range []error{load, save, grains, journal.Commit(ctx, nil)} {
		if text := fmt.Sprint(err); !strings.HasPrefix(text, "bolt: ") || !strings.Contains(text, path) || !strings.Contains(text, "the file was closed: close what uses it before") {
			t.Error(text)
		}
	}
}
