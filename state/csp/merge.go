package csp

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/spawn"
)

// Merge yields the values of all channels as they come, until all are closed, or
// ctx is done. The order within each is kept, and those that have values take
// turns. Up to 8 channels are read by the loop itself; of more, every 8 by a
// goroutine that lives while the loop does.
func Merge[T any](ctx context.Context, channels ...<-chan T) iter.Seq[T] {
	if len(channels) <= width {
		return mergeFew(ctx, channels)
	}
	return func(yield func(T) bool) {
		merged := make(chan T)
		g := spawn.New(ctx, spawn.Rules{})
		defer func() {
			g.Cancel(errStopped)
			g.Wait() // the tasks return nothing but that they were stopped
		}()
		groups := slices.Collect(slices.Chunk(channels, width))
		var left atomic.Int64
		left.Store(int64(len(groups)))
		for _, few := range groups {
			g.Go(func(ctx context.Context) error {
				err := Into(ctx, merged, mergeFew(ctx, few))
				if left.Add(-1) == 0 {
					close(merged)
				}
				return err
			})
		}
		All(ctx, merged)(yield)
	}
}

// width is how many channels one select statement waits for. A closed or
// missing channel costs it next to nothing.
const width = 8

// few are the channels that one loop reads. Nothing is received that the loop
// does not get, so nothing is lost when it ends.
type few[T any] struct {
	channels [width]<-chan T // nil once closed
	open     int
	turn     int // the channel to ask first
}

func mergeFew[T any](ctx context.Context, channels []<-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		f := few[T]{open: len(channels)}
		copy(f.channels[:], channels)
		for f.open > 0 && ctx.Err() == nil {
			v, i, ok := f.ready()
			if i < 0 {
				v, i, ok = f.wait(ctx)
			}
			switch {
			case i < 0: // ctx is done
				return
			case !ok:
				f.channels[i] = nil
				f.open--
			case !yield(v):
				return
			}
			f.turn = (i + 1) % width
		}
	}
}

// ready receives from the next channel that is ready; i is negative if none is.
func (f *few[T]) ready() (v T, i int, ok bool) {
	for n := range width {
		i = (f.turn + n) % width
		if v, ok, here := poll(f.channels[i]); here {
			return v, i, ok
		}
	}
	return v, -1, false
}

// wait receives from the first channel that gets ready; i is negative when ctx
// is done.
func (f *few[T]) wait(ctx context.Context) (v T, i int, ok bool) {
	c := &f.channels
	select {
	case v, ok = <-c[0]:
		return v, 0, ok
	case v, ok = <-c[1]:
		return v, 1, ok
	case v, ok = <-c[2]:
		return v, 2, ok
	case v, ok = <-c[3]:
		return v, 3, ok
	case v, ok = <-c[4]:
		return v, 4, ok
	case v, ok = <-c[5]:
		return v, 5, ok
	case v, ok = <-c[6]:
		return v, 6, ok
	case v, ok = <-c[7]:
		return v, 7, ok
	case <-ctx.Done():
		return v, -1, false
	}
}
