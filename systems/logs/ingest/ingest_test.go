package ingest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/parse"
	"github.com/trivet-go/trivet/systems/logs/read"
)

// memory is an index that does what a test wants.
type memory struct {
	mu    sync.Mutex
	lines map[event.ID]string
	puts  int
	put   func(n int, events []event.Event) error // before the lines are kept; n counts puts
}

func (m *memory) Shards() int                 { return 2 }
func (m *memory) Flush(context.Context) error { return nil }

func (m *memory) Put(_ int, events []event.Event) error {
	m.mu.Lock()
	m.puts++
	n := m.puts
	m.mu.Unlock()
	if m.put != nil {
		if err := m.put(n, events); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lines == nil {
		m.lines = map[event.ID]string{}
	}
	for _, e := range events {
		m.lines[e.ID] = string(e.Line)
	}
	return nil
}

// logFile writes n lines into a file.
func logFile(t testing.TB, n int) *read.Reader {
	t.Helper()
	name := filepath.Join(t.TempDir(), "app.log")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "level=info msg=\"line %d\"\n", i+1)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	sources, err := read.Sources(name)
	if err != nil {
		t.Fatal(err)
	}
	return &read.Reader{Sources: sources}
}

func newIngest(t *testing.T, r *read.Reader, m *memory) (*ingest.Ingest, *bytes.Buffer) {
	t.Helper()
	var dead bytes.Buffer
	in, err := ingest.New(r, m, ingest.Rules{
		Workers: 2,
		Parse:   parse.Rules{Format: "logfmt"},
		Backoff: consume.Backoff{First: time.Second, Most: time.Second},
		Dead:    ingest.NewDeadLetters(&dead),
	})
	if err != nil {
		t.Fatal(err)
	}
	return in, &dead
}

func TestEveryLineArrives(t *testing.T) {
	m := &memory{}
	in, dead := newIngest(t, logFile(t, 12_345), m)
	if err := in.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := in.Counts()
	if len(m.lines) != 12_345 || c.Read != 12_345 || c.Indexed != 12_345 || c.Dead != 0 || dead.Len() > 0 || !in.Complete() {
		t.Errorf("%d lines, %+v, %s", len(m.lines), c, dead)
	}
}

// A slow index holds up the reader: at any time few lines are under way, and in
// the end all have arrived.
func TestASlowIndexHoldsUpTheReader(t *testing.T) {
	r := logFile(t, 100_000)
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		done := int64(0)
		m.put = func(_ int, events []event.Event) error {
			time.Sleep(time.Minute)
			synctest.Wait()
			m.mu.Lock()
			defer m.mu.Unlock()
			if _, lines := r.Progress(); lines-done > 20_000 {
				t.Errorf("%d lines are read and not indexed", lines-done)
			}
			done += int64(len(events))
			return nil
		}
		in, _ := newIngest(t, r, m)
		if err := in.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(m.lines) != 100_000 {
			t.Errorf("%d lines", len(m.lines))
		}
	})
}

func TestAnIndexThatFailsForAWhile(t *testing.T) {
	r := logFile(t, 10_000)
	synctest.Test(t, func(t *testing.T) {
		m := &memory{put: func(n int, _ []event.Event) error {
			if n%3 != 0 {
				return errors.New("busy")
			}
			return nil
		}}
		in, dead := newIngest(t, r, m)
		if err := in.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c := in.Counts(); len(m.lines)+int(c.Dead) != 10_000 || c.Indexed+c.Dead != 10_000 || c.Retries == 0 {
			t.Errorf("%d lines, %+v, %s", len(m.lines), c, dead)
		}
	})
}

// Of a batch with lines that the index does not take, or that make it panic,
// those alone are put aside.
func TestPoisonLines(t *testing.T) {
	r := logFile(t, 5_000)
	synctest.Test(t, func(t *testing.T) {
		m := &memory{put: func(_ int, events []event.Event) error {
			for _, e := range events {
				switch {
				case e.ID.Line == 77:
					panic("cannot bear line 77")
				case e.ID.Line%1000 == 3:
					return errors.New("not that one")
				}
			}
			return nil
		}}
		in, dead := newIngest(t, r, m)
		if err := in.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var numbers []int64
		for s := bufio.NewScanner(dead); s.Scan(); {
			var l ingest.DeadLetter
			if err := json.Unmarshal(s.Bytes(), &l); err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf(`level=info msg="line %d"`, l.Line); string(l.Raw) != want {
				t.Errorf("letter %d has %q", l.Line, l.Raw)
			}
			numbers = append(numbers, l.Line)
		}
		if len(m.lines) != 4994 || len(numbers) != 6 {
			t.Errorf("%d lines are indexed, and dead are %v", len(m.lines), numbers)
		}
		if count, last := in.Counts().Dead, numbers; int(count) != len(last) {
			t.Errorf("%d are counted, %d written", count, len(last))
		}
	})
}

func TestADiskThatIsFullEndsIt(t *testing.T) {
	r := logFile(t, 5_000)
	synctest.Test(t, func(t *testing.T) {
		m := &memory{put: func(n int, _ []event.Event) error {
			if n > 2 {
				return fmt.Errorf("shard 1: %w: no space left on device", index.ErrStorage)
			}
			return nil
		}}
		in, dead := newIngest(t, r, m)
		err := in.Run(t.Context())
		if !errors.Is(err, index.ErrStorage) || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "are not in the index") {
			t.Error(err)
		}
		if in.Complete() || dead.Len() > 0 {
			t.Errorf("complete %v, dead letters %s", in.Complete(), dead)
		}
	})
}

// A batch without lines has nothing to lose, and no line to be named.
func TestADiskThatIsFullAndOnlyDeadLetters(t *testing.T) {
	r := logFile(t, 100)
	r.MaxLine = 5
	in, dead := newIngest(t, r, &memory{put: func(int, []event.Event) error { return index.ErrStorage }})
	if err := in.Run(t.Context()); err != nil || bytes.Count(dead.Bytes(), []byte("\n")) != 100 {
		t.Errorf("%v, dead letters %s", err, dead)
	}
}

func TestDeadLettersThatCannotBeWrittenEndIt(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here:", err)
	}
	defer full.Close()
	r := logFile(t, 100)
	r.MaxLine = 20
	in, err := ingest.New(r, &memory{}, ingest.Rules{Dead: ingest.NewDeadLetters(full)})
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "dead letter of") {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	r := logFile(t, 50_000)
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		m := &memory{put: func(n int, _ []event.Event) error {
			if n == 3 {
				cancel(cause)
			}
			return nil
		}}
		in, _ := newIngest(t, r, m)
		if err := in.Run(ctx); !errors.Is(err, cause) {
			t.Error(err)
		}
		if in.Complete() || len(m.lines) >= 50_000 {
			t.Error("it went on")
		}
	})
}
