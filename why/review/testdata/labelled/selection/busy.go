package selection

import (
	"context"
	"fmt"
	"log"
	"net"
	"runtime"
	"sync/atomic"
	"time"
)

type frame struct {
	id   int
	data []byte
}

// flaw: busy-select
func drainFrames(in <-chan frame, sink func(frame)) {
	for {
		select {
		case f := <-in:
			sink(f)
		default:
		}
	}
}

// flaw: busy-select
func mixer(left, right <-chan int16, out chan<- int32) {
	var l, r int16
	for {
		select {
		case l = <-left:
			out <- int32(l) + int32(r)
		case r = <-right:
			out <- int32(l) + int32(r)
		default:
			continue
		}
	}
}

// flaw: busy-select
func untilStopped(stop <-chan struct{}, n *int) {
	for {
		select {
		case <-stop:
			return
		default:
			*n++
		}
	}
}

// flaw: busy-select
func politeSpin(jobs chan func()) {
	for {
		select {
		case job, ok := <-jobs:
			if !ok {
				return
			}
			job()
		default:
			runtime.Gosched()
		}
	}
}

type poller struct {
	stopped atomic.Bool
	spins   atomic.Int64
	wake    chan struct{}
	last    time.Time
}

// flaw: busy-select
func (p *poller) loop(handle func()) {
	for !p.stopped.Load() {
		select {
		case <-p.wake:
			handle()
		default:
			p.spins.Add(1)
		}
	}
}

// flaw: busy-select
func trySend(out chan<- string, lines []string) {
	i := 0
	for {
		if i == len(lines) {
			i = 0
		}
		select {
		case out <- lines[i]:
			i++
		default:
		}
	}
}

// flaw: busy-select
func router(in <-chan frame, ports map[int]chan frame) {
	for {
		select {
		case f := <-in:
			if port, ok := ports[f.id%len(ports)]; ok {
				port <- f
			} else {
				log.Printf("no port for %d", f.id)
			}
		default:
			// nothing yet
		}
	}
}

// flaw: busy-select
func collect(ctx context.Context, in <-chan int) (sum int) {
	empty := 0
	for {
		select {
		case v := <-in:
			sum += v
		case <-ctx.Done():
			return sum
		default:
			empty++
		}
	}
}

// flaw: busy-select
func watchFlag(ready *atomic.Uint32, quit chan bool) bool {
	for ready.Load() == 0 {
		select {
		case <-quit:
			return false
		default:
		}
	}
	return true
}

// flaw: busy-select
func lastValue(updates <-chan float64) {
	var current float64
	for {
		select {
		case v := <-updates:
			current = v
			fmt.Println(current)
		default:
			if current < 0 {
				current = 0
			}
		}
	}
}

// healthy
func drainOnce(in chan frame) (n int) {
	for {
		select {
		case <-in:
			n++
		default:
			return n
		}
	}
}

// healthy
func workUnlessStopped(stop <-chan struct{}, step func() error) error {
	for {
		select {
		case <-stop:
			return nil
		default:
			if err := step(); err != nil {
				return err
			}
		}
	}
}

// healthy
func sleepBetween(in <-chan frame, sink func(frame)) {
	for {
		select {
		case f := <-in:
			sink(f)
		default:
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// healthy
func accept(l net.Listener, stop chan struct{}, serve func(net.Conn)) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go serve(c)
	}
}

// healthy
func readAll(ctx context.Context, conn net.Conn, out chan<- []byte) error {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		select {
		case out <- append([]byte(nil), buf[:n]...):
		default: // the reader is slow: drop
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// healthy
func spinAWhile(c <-chan int) (int, bool) {
	for i := 0; i < 30; i++ {
		select {
		case v := <-c:
			return v, true
		default:
			runtime.Gosched()
		}
	}
	return 0, false
}

// healthy
func boundedTries(c <-chan int) (v int, ok bool) {
	tries := 0
loop:
	for {
		select {
		case v = <-c:
			return v, true
		default:
			if tries++; tries > 100 {
				break loop
			}
		}
	}
	return 0, false
}

// healthy
func preferHigh(high, low <-chan frame, sink func(frame)) {
	for {
		select {
		case f := <-high:
			sink(f)
			continue
		default:
		}
		select {
		case f := <-high:
			sink(f)
		case f := <-low:
			sink(f)
		}
	}
}

// healthy
func tickOrStop(stop <-chan struct{}, every time.Duration, do func()) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			do()
		case <-stop:
			return
		}
	}
}

// healthy
func flushBatches(in <-chan int, flush func([]int)) {
	for first := range in {
		batch := []int{first}
	fill:
		for len(batch) < 64 {
			select {
			case v, ok := <-in:
				if !ok {
					break fill
				}
				batch = append(batch, v)
			default:
				break fill
			}
		}
		flush(batch)
	}
}
