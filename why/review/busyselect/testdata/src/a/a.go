package a

import (
	"context"
	"io"
	"runtime"
	"sync/atomic"
	"time"
)

func use(int) {}

func empty(c chan int) {
	for {
		select { // want `asks its channels again and again`
		case v := <-c:
			use(v)
		default:
		}
	}
}

func keepsGoing(c chan int) {
	for {
		select { // want `asks its channels`
		case v := <-c:
			use(v)
		default:
			continue
		}
	}
}

func yields(c chan int) {
	for {
		select { // want `asks its channels`
		case v := <-c:
			use(v)
		default:
			runtime.Gosched()
		}
	}
}

func counts(c chan int) {
	idle := 0
	for {
		select { // want `asks its channels`
		case v := <-c:
			use(v + idle)
		default:
			idle++
		}
	}
}

func untilFlag(c chan int, stop *atomic.Bool) {
	for !stop.Load() {
		select { // want `asks its channels`
		case v := <-c:
			use(v)
		default:
		}
	}
}

func untilOldFlag(c chan int, stop *int32) {
	for atomic.LoadInt32(stop) == 0 {
		select { // want `asks its channels`
		case v := <-c:
			use(v)
		default:
		}
	}
}

func sends(c chan int) {
	n := 0
	for {
		n++
		select { // want `asks its channels`
		case c <- n:
		default:
		}
	}
}

func many(a, b, c chan int) {
	for {
		select { // want `asks its channels`
		case v := <-a:
			use(v)
		case v := <-b:
			use(v)
		case v := <-c:
			use(v)
		default:
		}
	}
}

func onlyStop(stop chan struct{}) {
	for {
		select { // want `asks its channels`
		case <-stop:
			return
		default:
		}
	}
}

func inner(cs []chan int) {
	for _, c := range cs {
		go func() {
			for {
				select { // want `asks its channels`
				case v := <-c:
					use(v)
				default:
					_ = len(cs)
				}
			}
		}()
	}
}

func converted(c chan int, last *int64) {
	for {
		select { // want `asks its channels`
		case v := <-c:
			*last = int64(v)
		default:
			*last = int64(int32(*last))
		}
	}
}

// Good ones.

func blocks(c chan int, ctx context.Context) {
	for {
		select {
		case v := <-c:
			use(v)
		case <-ctx.Done():
			return
		}
	}
}

func works(stop chan struct{}, work func()) {
	for {
		select {
		case <-stop:
			return
		default:
			work()
		}
	}
}

func worksBehind(stop chan struct{}, r io.Reader, b []byte) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if _, err := r.Read(b); err != nil {
			return
		}
	}
}

func worksBefore(stop chan struct{}, work func()) {
	for {
		work()
		select {
		case <-stop:
			return
		default:
		}
	}
}

func sleeps(c chan int) {
	for {
		select {
		case v := <-c:
			use(v)
		default:
			time.Sleep(time.Millisecond)
		}
	}
}

func gives(c chan int) {
	for {
		select {
		case v := <-c:
			use(v)
		default:
			return
		}
	}
}

func breaks(c chan int) {
out:
	for {
		select {
		case v := <-c:
			use(v)
		default:
			break out
		}
	}
}

func jumps(c chan int) {
	for {
		select {
		case v := <-c:
			use(v)
		default:
			goto out
		}
	}
out:
}

func tries(c chan int) {
	for i := 0; i < 100; i++ {
		select {
		case v := <-c:
			use(v)
		default:
		}
	}
}

func counted(c chan int, n int) {
	for n > 0 {
		select {
		case v := <-c:
			use(v)
		default:
			n--
		}
	}
}

func waitsInside(c, d chan int) {
	for {
		select {
		case v := <-c:
			use(v)
		default:
			use(<-d)
		}
	}
}

func nested(high, low chan int) {
	for {
		select {
		case v := <-high:
			use(v)
		default:
			select {
			case v := <-high:
				use(v)
			case v := <-low:
				use(v)
			}
		}
	}
}

func once(c chan int) {
	select {
	case v := <-c:
		use(v)
	default:
	}
}

func ranges(c chan int, d chan int) {
	for v := range c {
		select {
		case d <- v:
		default:
		}
	}
}
