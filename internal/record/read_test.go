package record

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"runtime/trace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// traced runs f under an ordinary trace on one core.
func traced(t *testing.T, f func()) []byte {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var buf bytes.Buffer
	if err := trace.Start(&buf); err != nil {
		t.Skip("the test itself is being traced:", err)
	}
	f()
	trace.Stop()
	return buf.Bytes()
}

func read(t *testing.T, data []byte) *Recording {
	t.Helper()
	rec, err := Read(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

func fanOut() {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { spin(3 * time.Millisecond) })
	}
	wg.Wait()
}

func TestStockTraceOfFanOut(t *testing.T) {
	rec := read(t, traced(t, fanOut))
	if rec.Tier != Stock || rec.Cores != 1 || rec.Truncated {
		t.Errorf("tier %s, %d cores, truncated %v", rec.Tier, rec.Cores, rec.Truncated)
	}
	p := rec.Program
	spawned, joined := 0, 0
	for _, op := range p.Goroutines[p.Main].Ops {
		switch op.Kind {
		case program.Spawn:
			spawned++
		case program.Wait:
			joined++
		}
	}
	if spawned != 4 || joined != 4 {
		t.Errorf("main starts %d goroutines and waits for %d, want 4 and 4", spawned, joined)
	}
	if rec.Work < 12*time.Millisecond {
		t.Errorf("work %v, want 4 x 3 ms or more", rec.Work)
	}
	if !rec.Ended {
		t.Error("main was running at the end: the program ended")
	}
}

func TestSleepIsOffTheCore(t *testing.T) {
	rec := read(t, traced(t, func() { time.Sleep(20 * time.Millisecond) }))
	var slept time.Duration
	for _, g := range rec.Program.Goroutines {
		for _, op := range g.Ops {
			if op.Kind == program.Sleep {
				slept += time.Duration(op.Delay())
			}
		}
	}
	if slept < 20*time.Millisecond {
		t.Errorf("slept %v, want 20ms or more", slept)
	}
	if rec.Work > 15*time.Millisecond {
		t.Errorf("sleeping was taken for work: %v", rec.Work)
	}
}

func TestTimerChannelIsASleep(t *testing.T) {
	rec := read(t, traced(t, func() { <-time.After(5 * time.Millisecond) }))
	p := rec.Program
	for _, op := range p.Goroutines[p.Main].Ops {
		if op.Kind == program.Sleep && op.Delay() >= int64(time.Millisecond) {
			return
		}
	}
	t.Errorf("no sleep of about 5 ms in %v", p.Goroutines[p.Main].Ops)
}

func TestNotATrace(t *testing.T) {
	whole := traced(t, fanOut)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, ErrEmpty},
		{"text", []byte("package main\n\nfunc main() {}\n"), ErrNotTrace},
		{"half a header", whole[:7], ErrNotTrace},
		{"a header", whole[:16], ErrEmpty},
		{"a later version", append([]byte("go 1.99 trace\x00\x00\x00"), whole[16:]...), ErrVersion},
	} {
		if _, err := Read(context.Background(), bytes.NewReader(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A trace may end anywhere: the reader must say so, never fail in another way
// or give a program that does not hold together.
func TestCutTraces(t *testing.T) {
	whole := traced(t, fanOut)
	for n := len(whole) - 1; n > 16; n -= max(1, n/50) {
		rec, err := Read(context.Background(), bytes.NewReader(whole[:n]))
		if err != nil {
			if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrNotTrace) {
				t.Errorf("cut at %d of %d: %v", n, len(whole), err)
			}
			continue
		}
		if !rec.Truncated {
			t.Errorf("cut at %d of %d: not called truncated", n, len(whole))
		}
	}
}

func TestReadStopsWithItsContext(t *testing.T) {
	whole := traced(t, fanOut)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	if _, err := Read(ctx, bytes.NewReader(whole)); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("got %v, want the cause", err)
	}
}

func FuzzRead(f *testing.F) {
	var buf bytes.Buffer
	if err := trace.Start(&buf); err != nil {
		f.Skip(err)
	}
	fanOut()
	trace.Stop()
	f.Add(buf.Bytes())
	f.Add([]byte("go 1.26 trace\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := Read(context.Background(), bytes.NewReader(data))
		if err == nil && rec.Program == nil {
			t.Error("no error and no program")
		}
	})
}
