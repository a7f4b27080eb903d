package csp_test

import (
	"context"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/trivet-go/trivet/state/csp"
)

// feeds returns channels with n values among them.
func feeds(channels, n, buffer int) (all []<-chan int) {
	for i := range channels {
		c := make(chan int, buffer)
		share := n / channels
		if i == 0 {
			share += n % channels
		}
		go func() {
			defer close(c)
			for v := range share {
				c <- v
			}
		}()
		all = append(all, c)
	}
	return all
}

// compare runs a loop and its rivals on channels of two kinds: full ones, and
// unbuffered ones, where the goroutines wait for each other.
func compare(b *testing.B, channels int, ways ...way) {
	for _, buffer := range []int{0, 128} {
		for _, w := range ways {
			b.Run("buffer="+strconv.Itoa(buffer)+"/"+w.name, func(b *testing.B) {
				b.ReportAllocs()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				w.loop(ctx, feeds(channels, b.N, buffer))
			})
		}
	}
}

type way struct {
	name string
	loop func(context.Context, []<-chan int)
}

// What does a loop that ends with its context cost, beside one that does not?
func BenchmarkAll(b *testing.B) {
	compare(b, 1,
		way{"csp", func(ctx context.Context, c []<-chan int) {
			for range csp.All(ctx, c[0]) {
			}
		}},
		way{"range", func(_ context.Context, c []<-chan int) {
			for range c[0] {
			}
		}},
		way{"select", func(ctx context.Context, c []<-chan int) {
			for {
				select {
				case _, ok := <-c[0]:
					if !ok {
						return
					}
				case <-ctx.Done():
					return
				}
			}
		}})
}

// What does it cost to read several channels in one loop?
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{2, 8, 32} {
		b.Run("channels="+strconv.Itoa(n), func(b *testing.B) {
			compare(b, n, way{"csp", func(ctx context.Context, c []<-chan int) {
				for range csp.Merge(ctx, c...) {
				}
			}}, way{"goroutines", mergeByGoroutines}, way{"reflect", mergeByReflection})
		})
	}
}

func mergeByGoroutines(ctx context.Context, channels []<-chan int) {
	out := make(chan int)
	var wg sync.WaitGroup
	for _, c := range channels {
		wg.Go(func() {
			for v := range c {
				select {
				case out <- v:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() { wg.Wait(); close(out) }()
	for range out {
	}
}

func mergeByReflection(ctx context.Context, channels []<-chan int) {
	cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
	for _, c := range channels {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	}
	for len(cases) > 1 {
		i, _, ok := reflect.Select(cases)
		if i == 0 {
			return
		}
		if !ok {
			cases = append(cases[:i], cases[i+1:]...)
		}
	}
}

// What does it cost to gather values in batches of 64?
func BenchmarkBatch(b *testing.B) {
	compare(b, 1,
		way{"csp", func(ctx context.Context, c []<-chan int) {
			for range csp.Batch(ctx, c[0], 64, time.Second) {
			}
		}},
		way{"select", func(ctx context.Context, c []<-chan int) {
			batchBySelect(ctx, c[0], func([]int) {})
		}})
}

// batchBySelect is the usual loop.
func batchBySelect(ctx context.Context, c <-chan int, emit func([]int)) {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	var batch []int
	for {
		select {
		case v, ok := <-c:
			if !ok {
				if len(batch) > 0 {
					emit(batch)
				}
				return
			}
			if batch = append(batch, v); len(batch) == 1 {
				timer.Reset(time.Second)
			}
			if len(batch) < 64 {
				continue
			}
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		emit(batch)
		batch = nil
	}
}
