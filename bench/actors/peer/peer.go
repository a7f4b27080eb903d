// Package peer makes a program of a library of actors, which does the cases of the
// scoreboard and times them: a [Library] says how, and [Main] is the program.
//
// Every library is a program of its own, ours too. Some cannot share a process, since
// their protobuf names are the same; and what else lives in a process tells on the
// speed: see [Deep].
//
// The package is a module of its own, and needs nothing, so that a program gets the
// versions of its dependencies that the library asks for.
package peer

import (
	"fmt"
	"runtime"
	"time"
)

const (
	RingActors = 1000
	RingTokens = 100
	ManyTell   = 8               // goroutines that tell one actor
	Patience   = 5 * time.Second // with which an answer is waited for
)

// What a library is in its cases.
const (
	Ours      = "trivet"
	Rival     = "rival"
	Reference = "reference"
)

// Library is one way to have actors. Its functions do n operations, and panic if they
// had not the effect they should have. What is nil is not asked for.
type Library struct {
	Who  string
	Role string
	Note string // what it does not do, or how it does it

	// Only names cases, by their keys, in which a rival gives less than the case
	// promises, and says what: there it is a reference.
	Only map[string]string

	Tell  func(senders, n int)               // n messages of some goroutines to one actor
	Ring  func(n int)                        // n hops of RingTokens tokens over RingActors actors
	Ping  func(n int)                        // n round trips of two actors
	Ask   func(n int)                        // n answers, one after the other
	Spawn func(n int) (end func())           // n actors
	Cycle func(n int)                        // n actors, all begun, told one message each, all ended
	Block func(n int) (end func())           // n actors that block
	Asks  func(n int) (took []time.Duration) // how long each of n idle actors, one after the other, takes to answer
	Idle  func(n int) (end func())           // n actors, each of which has answered once
	Most  int                                // actors at once at most, if more take minutes; 0: as many as asked for
}

// Nodes is how a library has actors that answer with their sum.
type Nodes[A any] struct {
	Start func(n int) []A
	Stop  func(all ...A)             // tells all, then waits until they have stopped
	Ask   func(a A) (sum int)        // adds 1
	Block func(a A, until chan bool) // tells a to block
	Count func(a A, handled *Tally)  // tells a to say that it has been told
}

// With is l with the cases that Nodes are enough for.
func With[A any](l Library, nodes Nodes[A]) Library {
	l.Spawn = func(n int) (end func()) {
		all := nodes.Start(n)
		return func() { nodes.Stop(all...) }
	}
	l.Cycle = func(n int) {
		handled := NewTally(n)
		all := nodes.Start(n)
		for _, a := range all {
			nodes.Count(a, handled)
		}
		handled.Wait()
		nodes.Stop(all...)
	}
	l.Block = func(n int) (end func()) {
		all, until := nodes.Start(n), make(chan bool)
		for _, a := range all {
			nodes.Block(a, until)
		}
		return func() {
			close(until)
			nodes.Stop(all...)
		}
	}
	l.Asks = func(n int) []time.Duration {
		all := nodes.Start(n)
		defer nodes.Stop(all...)
		took := make([]time.Duration, n)
		for i, a := range all {
			begin := time.Now()
			sum := nodes.Ask(a)
			took[i] = time.Since(begin)
			Must(sum, 1)
		}
		return took
	}
	l.Idle = func(n int) (end func()) {
		all := nodes.Start(n)
		for _, a := range all {
			Must(nodes.Ask(a), 1)
		}
		return func() { nodes.Stop(all...) }
	}
	return l
}

// Run is the function of the contest's case with that key, or nil.
func (l Library) Run(key string) func(n int) {
	switch key {
	case "tell":
		return l.tell(1)
	case "many":
		return l.tell(ManyTell)
	case "ring":
		return l.Ring
	case "ping":
		return l.Ping
	case "ask":
		return l.Ask
	case "life":
		if l.Spawn != nil {
			return func(n int) { l.Spawn(n)() }
		}
	case "cycle":
		return l.Cycle
	}
	return nil
}

func (l Library) tell(senders int) func(int) {
	if l.Tell == nil {
		return nil
	}
	return func(n int) { l.Tell(senders, n) }
}

// Waits asks n idle actors while others block: they have been told to just before, so
// a scheduler that has to notice it has not yet.
func (l Library) Waits(blocked, n int) []time.Duration {
	end := l.Block(blocked)
	defer end()
	return l.Asks(n)
}

// Held is how much an idle actor holds and how long it took to make it and to ask it
// once.
type Held struct{ Bytes, NS float64 }

// Hold makes idle actors.
func (l Library) Hold(n int) Held {
	before := live()
	begin := time.Now()
	end := l.Idle(n)
	took := time.Since(begin)
	held := live() - before
	end()
	return Held{held / float64(n), float64(took) / float64(n)}
}

// live is how many bytes are in use on the heap and in stacks. The second collection
// takes what pools have kept over the first one.
func live() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

// Ring is a ring that is there for all samples: making it is not what is measured.
type Ring[A any] struct {
	Nodes *[RingActors]A
	Done  chan bool
}

func NewRing[A any]() Ring[A] { return Ring[A]{new([RingActors]A), make(chan bool, RingTokens)} }

// Go hands each token to its first actor with send, and waits until all have come to
// their end after n hops together.
func (r Ring[A]) Go(n int, send func(to A, hops int)) {
	for i := range RingTokens {
		send(r.Nodes[i*RingActors/RingTokens], n/RingTokens-1)
	}
	for range RingTokens {
		<-r.Done
	}
}

// After is the node that node i hands on to.
func (r Ring[A]) After(i int) *A { return &r.Nodes[(i+1)%RingActors] }

// Must panics if got is not want.
func Must[T comparable](got, want T) {
	if got != want {
		panic(fmt.Sprintf("got %v, want %v", got, want))
	}
}

// Check panics if there is an error.
func Check(err error) {
	if err != nil {
		panic(err)
	}
}

// Each runs f on so many goroutines, each with its share of n.
func Each(goroutines, n int, f func(count int)) {
	done := make(chan bool)
	for range goroutines {
		go func() {
			f(n / goroutines)
			done <- true
		}()
	}
	for range goroutines {
		<-done
	}
}
