// Package queue has producers and consumers, and channels that are for
// something else.
package queue

import (
	"os"
	"os/signal"
	"time"
)

func work(int) {}

// A goroutine makes, the caller uses.
func made(n int) {
	events := make(chan int, 16)
	go func() { // is: producer-consumer, hand-made
		defer close(events)
		for i := range n {
			events <- i
		}
	}()
	for e := range events {
		work(e)
	}
}

// The caller makes, a goroutine uses.
func used(n int) {
	events, done := make(chan int, 16), make(chan struct{})
	go func() { // is: producer-consumer, hand-made
		defer close(done)
		for e := range events {
			work(e)
		}
	}()
	for i := range n {
		events <- i
	}
	close(events)
	<-done
}

// A logger: whoever calls puts, one goroutine writes.
type Logger struct{ lines chan string }

func NewLogger(f *os.File) *Logger {
	l := &Logger{lines: make(chan string, 100)}
	go l.write(f) // is: producer-consumer, hand-made
	return l
}

func (l *Logger) write(f *os.File) {
	for line := range l.lines {
		f.WriteString(line)
	}
}

func (l *Logger) Log(line string) { l.lines <- line }

// Several make.
func many(n int) {
	lines := make(chan int)
	for range n {
		go func() {
			for i := range 10 {
				lines <- i
			}
		}()
	}
	go func() { // is: producer-consumer, hand-made
		for l := range lines {
			work(l)
		}
	}()
}

// Healthy others: a signal of the system, ticks, a bell, an end.
func signals(n int) {
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	tick := time.NewTicker(time.Second)
	bell, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		for {
			select {
			case <-interrupt:
			case <-tick.C:
			case <-bell:
			case <-done:
				return
			}
		}
	}()
	for range n {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
	close(done)
}
