package pipeline_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/pipeline"
)

var shapes = flag.Int("shapes", 10000, "random pipelines to run")

// Random pipelines, most of them with a fault somewhere. Each runs in a bubble,
// which fails when it hangs or leaves a goroutine behind.
func TestRandomShapes(t *testing.T) {
	n := *shapes
	if testing.Short() {
		n /= 10
	}
	for seed := range uint64(n) {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runShape(t, seed) })
		})
		if !ok {
			break
		}
	}
}

// A shape builds one random pipeline.
type shape struct {
	*rand.Rand
	items int
	fault string
	at    int64 // the call of a step that goes wrong

	calls   atomic.Int64
	cancel  context.CancelCauseFunc
	release chan struct{}
	sinks   []pipeline.Sink
	sunk    []atomic.Int64 // what went into sinks, by item

	mustSink []func(int) int // how often an item must, for each sink
}

var (
	faults   = []string{"", "", "error", "panic", "goexit", "slow", "cancel", "deaf", "stop"}
	errFault = errors.New("fault")
)

func runShape(t *testing.T, seed uint64) {
	s := &shape{Rand: rand.New(rand.NewPCG(seed, 7)), release: make(chan struct{})}
	s.items = s.IntN(200)
	s.fault = faults[s.IntN(len(faults))]
	s.at = s.Int64N(int64(2*s.items) + 1)
	s.sunk = make([]atomic.Int64, s.items)
	ctx, cancel := context.WithCancelCause(context.Background())
	s.cancel = cancel
	defer cancel(nil)
	defer close(s.release) // lets go of a deaf step

	stream, copies := s.source(), func(int) int { return 1 }
	for range s.IntN(6) {
		stream, copies = s.extend(stream, copies)
	}
	r := stream.Run(ctx, s.sinks...)
	got := make([]int, s.items)
	panicked := s.read(r, got)
	err := r.Err()
	hit := s.calls.Load() > s.at

	switch {
	case s.fault == "panic" && hit:
		if p, ok := panicked.(*trivet.PanicError); !ok || p.Value != "fault" {
			t.Errorf("panicked with %v", panicked)
		}
		return
	case panicked != nil:
		t.Fatalf("panicked with %v", panicked)
	case s.fault == "stop":
		if err != nil {
			t.Errorf("stopped, and got %v", err)
		}
		return
	case hit && s.fault != "" && s.fault != "slow":
		want := map[string]error{"error": errFault, "cancel": errFault, "deaf": errFault, "goexit": trivet.ErrGoexit}[s.fault]
		// A cancel that comes when all is done is none.
		if !errors.Is(err, want) && !(s.fault == "cancel" && err == nil) {
			t.Errorf("%s: got %v", s.fault, err)
		}
		if err != nil {
			return
		}
	case err != nil:
		t.Fatalf("got %v", err)
	}
	for i := range got {
		want := 0
		for _, f := range s.mustSink {
			want += f(i)
		}
		if sunk := int(s.sunk[i].Load()); got[i] != copies(i) || sunk != want {
			t.Fatalf("item %d came %d times, not %d, and was diverted %d times, not %d", i, got[i], copies(i), sunk, want)
		}
	}
	s.checkStats(t, r.Stats())
}

// checkStats looks whether each item is accounted for.
func (s *shape) checkStats(t *testing.T, all []pipeline.Stats) {
	var in, out, dropped int64
	for _, st := range all {
		in += st.In
		out += st.Out
		dropped += st.Dropped
		if st.Depth != 0 {
			t.Errorf("%d items are left in front of %q", st.Depth, st.Name)
		}
	}
	if out != in+dropped {
		t.Errorf("stages put %d items, began %d and dropped %d", out, in, dropped)
	}
}

func (s *shape) read(r *pipeline.Results[int], got []int) (panicked any) {
	defer func() { panicked = recover() }()
	n := 0
	for v := range r.All() {
		got[v]++
		if n++; s.fault == "stop" && int64(n) > s.at {
			break
		}
	}
	return nil
}

func (s *shape) source() pipeline.Stream[int] {
	switch s.IntN(5) {
	case 0:
		return pipeline.From(count(s.items))
	case 1:
		all := make([]int, s.items)
		for i := range all {
			all[i] = i
		}
		return pipeline.FromSlice(all)
	case 2:
		c := make(chan int, s.items)
		for i := range s.items {
			c <- i
		}
		close(c)
		return pipeline.Merge(pipeline.FromChan(c)) // FromChan cannot run twice, and need not here
	case 3:
		return pipeline.Merge(
			pipeline.Filter(pipeline.From(count(s.items)), pipeline.Stage{}, func(i int) bool { return i < s.items/2 }),
			pipeline.Filter(pipeline.From(count(s.items)), pipeline.Stage{}, func(i int) bool { return i >= s.items/2 }))
	}
	return pipeline.Generate("source", func(_ context.Context, yield func(int) bool) error {
		for i := range s.items {
			if i%16 == 0 {
				time.Sleep(time.Millisecond)
			}
			if !yield(i) {
				break
			}
		}
		return nil
	})
}

func (s *shape) stage() pipeline.Stage {
	return pipeline.Stage{
		Workers: s.IntN(5),
		Buffer:  s.IntN(4) * s.IntN(10),
		Batch:   s.IntN(3),
		Ordered: s.IntN(2) == 0,
	}
}

// extend adds one stage, or a few, and says how often each item comes out.
func (s *shape) extend(in pipeline.Stream[int], copies func(int) int) (pipeline.Stream[int], func(int) int) {
	st := s.stage()
	switch s.IntN(10) {
	case 0:
		return pipeline.Map(in, st, func(i int) (int, error) { return s.step(context.Background(), i) }), copies
	case 1:
		twice := func(ctx context.Context, i int, emit func(int) error) error {
			for range 2 {
				if err := emit(i); err != nil {
					return err
				}
			}
			_, err := s.step(ctx, i)
			return err
		}
		return pipeline.Via(in, st, twice), func(i int) int { return 2 * copies(i) }
	case 2:
		return pipeline.Filter(in, st, func(i int) bool { return i%3 > 0 }), func(i int) int { return min(i%3, 1) * copies(i) }
	case 3:
		return pipeline.Merge(pipeline.Tee(in, 3)...), func(i int) int { return 3 * copies(i) }
	case 4:
		return pipeline.Merge(pipeline.Branch(in, 3, func(i int) int { return i % 3 })...), copies
	case 5:
		return pipeline.PerKey(in, st, func(i int) int { return i % 5 }, s.step), copies
	case 6:
		batches := pipeline.Batch(in, st, 1+s.IntN(7), time.Duration(s.IntN(3))*time.Millisecond)
		return pipeline.Via(batches, s.stage(), func(ctx context.Context, b []int, emit func(int) error) error {
			for _, i := range b {
				if err := emit(i); err != nil {
					return err
				}
			}
			return nil
		}), copies
	case 7:
		good, bad := pipeline.Divert(in, st, func(ctx context.Context, i int) (int, error) {
			if i%7 == 0 {
				return 0, errSeven
			}
			return s.step(ctx, i)
		})
		s.mustSink = append(s.mustSink, func(i int) int { return (1 - min(i%7, 1)) * copies(i) })
		s.sinks = append(s.sinks, pipeline.Into(bad, s.stage(), func(_ context.Context, f pipeline.Failed[int]) error {
			if f.Err != errSeven { // a fault, which does not end this run
				return f.Err
			}
			s.sunk[f.Item].Add(1)
			return nil
		}))
		return good, func(i int) int { return min(i%7, 1) * copies(i) }
	case 8:
		return pipeline.InBatches(in, st, func(ctx context.Context, b []int) ([]int, error) {
			_, err := s.step(ctx, b[0])
			return b, err
		}), copies
	}
	return pipeline.Through(in, st, s.step), copies
}

// step does nothing, but once.
func (s *shape) step(ctx context.Context, i int) (int, error) {
	if s.calls.Add(1)-1 != s.at {
		return i, nil
	}
	switch s.fault {
	case "error":
		return i, errFault
	case "panic":
		panic("fault")
	case "goexit":
		runtime.Goexit()
	case "slow":
		time.Sleep(time.Minute)
	case "cancel":
		s.cancel(errFault)
	case "deaf":
		s.cancel(errFault)
		<-s.release
	}
	return i, nil
}
