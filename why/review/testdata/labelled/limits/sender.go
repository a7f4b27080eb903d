package limits

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

type reply struct {
	body string
	err  error
}

// flaw: abandoned-sender
func ask(ctx context.Context, query func() (string, error)) (string, error) {
	c := make(chan reply)
	go func() {
		body, err := query()
		c <- reply{body, err}
	}()
	select {
	case r := <-c:
		return r.body, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// flaw: abandoned-sender
func dialTimeout(addr string, d time.Duration) (net.Conn, error) {
	conns, errs := make(chan net.Conn), make(chan error)
	go func() {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			errs <- err
		} else {
			conns <- c
		}
	}()
	timeout := time.NewTimer(d)
	defer timeout.Stop()
	select {
	case c := <-conns:
		return c, nil
	case err := <-errs:
		return nil, err
	case <-timeout.C:
		return nil, errors.New("timeout")
	}
}

// flaw: abandoned-sender
func fastest(mirrors []string, fetch func(string) []byte) []byte {
	c := make(chan []byte)
	for _, m := range mirrors {
		go func() { c <- fetch(m) }()
	}
	return <-c
}

// flaw: abandoned-sender
func prepare(load func() int, validate func() error) (int, error) {
	loaded := make(chan int)
	go func() { loaded <- load() }()
	if err := validate(); err != nil {
		return 0, err
	}
	return <-loaded, nil
}

// flaw: abandoned-sender, tiny-messages
func numbers(limit int) (first []int) {
	gen := make(chan int)
	go func() {
		defer close(gen)
		for i := 0; i < 1_000_000; i++ {
			gen <- i
		}
	}()
	for v := range gen {
		if v > limit {
			return first
		}
		first = append(first, v)
	}
	return first
}

// flaw: abandoned-sender
func copyBoth(a, b net.Conn) error {
	errc := make(chan error)
	go func() {
		_, err := io.Copy(a, b)
		errc <- err
	}()
	go func() {
		_, err := io.Copy(b, a)
		errc <- err
	}()
	return <-errc
}

// flaw: abandoned-sender
func allOrFirstError(urls []string, get func(string) error) error {
	results := make(chan error)
	for _, u := range urls {
		go func(u string) { results <- get(u) }(u)
	}
	for range urls {
		if err := <-results; err != nil {
			return fmt.Errorf("one failed: %w", err)
		}
	}
	return nil
}

func produce(out chan<- int, n int) {
	for i := range n {
		out <- i * i
	}
	close(out)
}

// flaw: abandoned-sender, tiny-messages
func hasSquare(n, want int) bool {
	c := make(chan int)
	go produce(c, n)
	for v := range c {
		if v == want {
			return true
		}
	}
	return false
}

// flaw: abandoned-sender
func pollDone(work func(), each func()) {
	done := make(chan struct{})
	go func() {
		work()
		done <- struct{}{}
	}()
	for i := 0; i < 10; i++ {
		select {
		case <-done:
			return
		case <-time.After(100 * time.Millisecond):
			each()
		}
	}
}

// flaw: abandoned-sender
func firstGood(ctx context.Context, servers []string, try func(string) error) (string, error) {
	type res struct {
		name string
		err  error
	}
	c := make(chan res, 1)
	for _, s := range servers {
		go func() { c <- res{s, try(s)} }()
	}
	for range servers {
		select {
		case r := <-c:
			if r.err == nil {
				return r.name, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", errors.New("none")
}

// flaw: abandoned-sender
func withDeadline(f func() error) (err error) {
	ch := make(chan error)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%v", p)
			}
		}()
		ch <- f()
	}()
	select {
	case err = <-ch:
	case <-time.After(time.Second):
		err = context.DeadlineExceeded
	}
	return err
}

// healthy
func askRoom(ctx context.Context, query func() string) (string, error) {
	c := make(chan string, 1)
	go func() { c <- query() }()
	select {
	case s := <-c:
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// healthy
func fastestRoom(mirrors []string, fetch func(string) []byte) []byte {
	c := make(chan []byte, len(mirrors))
	for _, m := range mirrors {
		go func() { c <- fetch(m) }()
	}
	return <-c
}

// healthy
func senderSelects(ctx context.Context, f func() int) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := make(chan int)
	go func() {
		select {
		case c <- f():
		case <-ctx.Done():
		}
	}()
	select {
	case v := <-c:
		return v, nil
	case <-time.After(time.Second):
		return 0, errors.New("late")
	}
}

// healthy
func cancelAndReceive(ctx context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	c := make(chan error)
	go func() { c <- run(ctx) }()
	select {
	case err := <-c:
		return err
	case <-ctx.Done():
		cancel()
		return <-c
	}
}

// healthy
func allResults(fs []func() int) (sum int) {
	c := make(chan int)
	for _, f := range fs {
		go func() { c <- f() }()
	}
	for range fs {
		sum += <-c
	}
	return sum
}

// healthy
func drainLater(n int) []int {
	c := make(chan int)
	go produce(c, n)
	defer func() {
		for range c {
		}
	}()
	var all []int
	for v := range c {
		if v > 100 {
			return all
		}
		all = append(all, v)
	}
	return all
}

// healthy
func drainBeforeReturn(n int) (found bool) {
	c := make(chan int)
	go produce(c, n)
	for v := range c {
		if v == 49 {
			found = true
			break
		}
	}
	for range c {
	}
	return found
}

// healthy
func counted(n int, f func(int) int) (sum int) {
	c := make(chan int)
	for i := range n {
		go func() { c <- f(i) }()
	}
	got := 0
	for {
		sum += <-c
		got++
		if got == n {
			return sum
		}
	}
}

// healthy
func generator(ctx context.Context) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := 0; ; i++ {
			select {
			case c <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

// healthy
func closeOnly(work func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return true
	case <-time.After(time.Second):
		return false
	}
}

// healthy
func maybeAsync(async bool, f func() int) int {
	c := make(chan int)
	if async {
		go func() { c <- f() }()
	}
	n := 1
	if async {
		n += <-c
	}
	return n
}

// healthy
func twoErrors(a, b func() error) error {
	errc := make(chan error, 2)
	go func() { errc <- a() }()
	go func() { errc <- b() }()
	if err := <-errc; err != nil {
		return err
	}
	return <-errc
}

// healthy
func untilClosed(in io.Reader, line func([]byte)) {
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		buf := make([]byte, 100)
		for {
			n, err := in.Read(buf)
			if err != nil {
				return
			}
			lines <- append([]byte(nil), buf[:n]...)
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				return
			}
			line(l)
		case <-tick.C:
			line(nil)
		}
	}
}
