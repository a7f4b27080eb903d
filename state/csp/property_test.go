package csp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/state/csp"
	"pgregory.net/rapid"
)

// A value knows where it comes from.
type value struct{ source, at int }

// sources are channels that goroutines send to until they are stopped.
type sources struct {
	channels []<-chan value
	sent     []int // by source; read after stop
	end      chan struct{}
	wg       sync.WaitGroup
}

func start(channels, each, buffer int) *sources {
	s := &sources{sent: make([]int, channels), end: make(chan struct{})}
	for i := range channels {
		c := make(chan value, buffer)
		s.channels = append(s.channels, c)
		s.wg.Go(func() {
			defer close(c)
			for ; s.sent[i] < each; s.sent[i]++ {
				select {
				case c <- value{i, s.sent[i]}:
				case <-s.end:
					return
				}
			}
		})
	}
	return s
}

// stop ends the goroutines and says of each source how many values were
// received from it. It fails the test if somebody still receives.
func (s *sources) stop() (received []int) {
	synctest.Wait()
	close(s.end)
	s.wg.Wait()
	for i, c := range s.channels {
		left := 0
		for range c {
			left++
		}
		received = append(received, s.sent[i]-left)
	}
	return received
}

// inOrder returns by source how many values came, or an error if not each came
// once and in order.
func inOrder(values []value, sources int) ([]int, error) {
	count := make([]int, sources)
	for _, v := range values {
		if v.at != count[v.source] {
			return nil, fmt.Errorf("value %d of source %d, after %d", v.at, v.source, count[v.source])
		}
		count[v.source]++
	}
	return count, nil
}

func sum(all []int) (n int) {
	for _, v := range all {
		n += v
	}
	return n
}

// Whatever a loop is over, and whoever ends it when and how: what has come is in
// order, and what was received but did not come is what the documentation says.
func TestLoopsLoseOnlyWhatIsInHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"All", "Merge", "Batch", "Throttle"}).Draw(rt, "function")
		channels := 1
		if name == "Merge" {
			channels = rapid.IntRange(0, 20).Draw(rt, "channels")
		}
		each := rapid.IntRange(0, 15).Draw(rt, "values")
		buffer := rapid.IntRange(0, 4).Draw(rt, "buffer")
		size := rapid.IntRange(1, 5).Draw(rt, "size")
		after := rapid.IntRange(1, 60).Draw(rt, "after")
		how := rapid.SampledFrom([]string{"nobody", "break", "cancel", "cancel elsewhere"}).Draw(rt, "who stops")

		var complaint error
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			s := start(channels, each, buffer)
			if how == "cancel elsewhere" {
				time.AfterFunc(time.Duration(after)*ms, cancel)
			}
			var got []value
			turn := func(values ...value) bool {
				got = append(got, values...)
				switch {
				case how == "cancel elsewhere":
					time.Sleep(ms)
				case how == "nobody" || len(got) < after:
				case how == "break":
					return false
				case how == "cancel":
					cancel()
				}
				return true
			}
			one := func(v value) bool { return turn(v) }
			inHand := 0
			switch name {
			case "All":
				csp.All(ctx, s.channels[0])(one)
			case "Throttle":
				csp.Throttle(ctx, s.channels[0], size, time.Duration(size)*ms)(one)
			case "Batch":
				csp.Batch(ctx, s.channels[0], size, 3*ms)(func(b []value) bool { return turn(b...) })
			case "Merge":
				if csp.Merge(ctx, s.channels...)(one); channels > 8 {
					inHand = (channels + 7) / 8
				}
			}
			received := s.stop()
			count, err := inOrder(got, channels)
			lost := sum(received) - sum(count)
			switch {
			case err != nil:
				complaint = err
			case lost < 0 || lost > inHand:
				complaint = fmt.Errorf("received %d, but %d came", received, count)
			case how == "nobody" && sum(count) != channels*each:
				complaint = fmt.Errorf("%d of %d values came", sum(count), channels*each)
			}
		})
		if complaint != nil {
			rt.Fatal(complaint)
		}
	})
}

// The same for what takes readers. What the readers of a Split got is together
// what was received; by key, it is in order; of a Tee, each has it all.
func TestReadersLoseOnlyWhatIsInHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"Split", "SplitByKey", "Tee"}).Draw(rt, "function")
		keys := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 40).Draw(rt, "keys")
		readers := rapid.IntRange(1, 5).Draw(rt, "readers")
		buffer := rapid.IntRange(0, 4).Draw(rt, "buffer")
		after := rapid.IntRange(1, 30).Draw(rt, "after")
		who := rapid.IntRange(0, readers-1).Draw(rt, "who")
		how := rapid.SampledFrom([]string{"nothing", "return", "error", "panic", "cancel"}).Draw(rt, "does")

		var complaint error
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			s := start(1, len(keys), buffer)
			got := make([][]int, readers)
			var running atomic.Int64
			stopped := false
			var all []csp.Reader[value]
			for i := range readers {
				all = append(all, func(ctx context.Context, values iter.Seq[value]) error {
					running.Add(1)
					defer running.Add(-1)
					for v := range values {
						if got[i] = append(got[i], v.at); i != who || len(got[i]) != after {
							continue
						}
						stopped = how != "nothing"
						switch how {
						case "return":
							return nil
						case "error":
							return errA
						case "panic":
							panic("boom")
						case "cancel":
							cancel()
						}
					}
					return nil
				})
			}
			inHand := 1
			err := func() (err error) {
				defer func() {
					if p, ok := recover().(*trivet.PanicError); ok {
						err = p
					}
				}()
				switch name {
				case "SplitByKey":
					return csp.SplitByKey(ctx, s.channels[0], func(v value) int { return keys[v.at] }, all...)
				case "Tee":
					return csp.Tee(ctx, s.channels[0], all...)
				}
				inHand = 0
				return csp.Split(ctx, s.channels[0], all...)
			}()
			if n := running.Load(); n != 0 {
				complaint = fmt.Errorf("%d readers still ran", n)
			}
			received := s.stop()[0]
			complaint = errors.Join(complaint,
				checkEnd(how, stopped, err),
				checkReaders(name, keys, got, received, inHand, stopped))
		})
		if complaint != nil {
			rt.Fatal(complaint)
		}
	})
}

func checkEnd(how string, stopped bool, err error) error {
	var p *trivet.PanicError
	switch {
	case !stopped || how == "return":
		if err == nil {
			return nil
		}
	case how == "error" && errors.Is(err, errA) && strings.HasPrefix(err.Error(), "csp: reader "):
		return nil
	case how == "panic" && errors.As(err, &p) && p.Value == "boom":
		return nil
	case how == "cancel" && err == context.Canceled:
		return nil
	}
	return fmt.Errorf("%s: returned %v", how, err)
}

func checkReaders(name string, keys []int, got [][]int, received, inHand int, stopped bool) error {
	if !stopped {
		if received != len(keys) {
			return fmt.Errorf("%d of %d values received", received, len(keys))
		}
		inHand = 0
	}
	if name == "Tee" {
		for i, g := range got {
			if len(g) > received || len(g) < received-inHand || !slices.Equal(g, numbers(0, len(g))) {
				return fmt.Errorf("reader %d got %v of %d", i, g, received)
			}
		}
		return nil
	}
	home := map[int]int{}
	for i, g := range got {
		if !slices.IsSorted(g) {
			return fmt.Errorf("reader %d got %v", i, g)
		}
		for _, at := range g {
			if other, ok := home[keys[at]]; ok && other != i && name == "SplitByKey" {
				return fmt.Errorf("key %d at readers %d and %d", keys[at], other, i)
			}
			home[keys[at]] = i
		}
	}
	together := slices.Sorted(slices.Values(slices.Concat(got...)))
	if twice := slices.Compact(slices.Clone(together)); len(twice) != len(together) {
		return fmt.Errorf("values came twice: %v", together)
	}
	if len(together) > received || len(together) < received-inHand {
		return fmt.Errorf("received %d, but %d came", received, len(together))
	}
	return nil
}
