// Command goactor does the cases of the scoreboard of actors with go-actor. Its actors
// are goroutines that read typed mailboxes; here they are those of its option AsChan,
// which are channels with a bound: its default ones have a goroutine more each, and
// take longer in every case.
package main

import (
	"sync"

	"github.com/vladopajic/go-actor/actor"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

const bound = 1000 // messages in a mailbox, as in ours

func main() {
	peer.Main(peer.With(peer.Library{
		Who: "go-actor", Role: peer.Rival,
		Note: peer.Version("github.com/vladopajic/go-actor") + ", a goroutine and a channel of 1000 each, no panics caught",
		Only: map[string]string{"ask": "no ask of its own: a channel in the message, and no time limit"},
		Tell: tell, Ring: func(n int) { ring().Go(n, pass) }, Ping: ping, Ask: ask,
	}, peer.Nodes[*counter]{
		Start: start,
		Stop:  stop,
		Ask:   (*counter).add,
		Block: func(c *counter, until chan bool) { c.send(message{until: until}) },
		Count: func(c *counter, handled *peer.Tally) { c.send(message{handled: handled}) },
	}))
}

// outside is what a goroutine that is no actor sends with.
var outside = actor.ContextStarted()

func mailbox[T any](places int) actor.Mailbox[T] {
	m := actor.NewMailbox[T](actor.OptAsChan(), actor.OptCapacity(places))
	m.Start()
	return m
}

// worker handles what comes, as the library's documentation says that one should.
func worker[T any](in actor.Mailbox[T], handle func(actor.Context, T)) actor.Actor {
	a := actor.New(actor.NewWorker(func(c actor.Context) actor.WorkerStatus {
		select {
		case <-c.Done():
			return actor.WorkerEnd
		case m, ok := <-in.ReceiveC():
			if !ok {
				return actor.WorkerEnd
			}
			handle(c, m)
			return actor.WorkerContinue
		}
	}))
	a.Start()
	return a
}

// counter answers with its sum, and does what else it is told.
type counter struct {
	actor.Actor
	in  actor.Mailbox[message]
	sum int
}

type message struct {
	n       int
	answer  chan int
	until   chan bool
	handled *peer.Tally
}

func (c *counter) handle(_ actor.Context, m message) {
	switch {
	case m.answer != nil:
		c.sum += m.n
		m.answer <- c.sum
	case m.until != nil:
		<-m.until
	default:
		m.handled.Add(1)
	}
}

func (c *counter) send(m message) { peer.Check(c.in.Send(outside, m)) }

func (c *counter) add() (sum int) {
	answer := make(chan int, 1)
	c.send(message{n: 1, answer: answer})
	return <-answer
}

func start(n int) []*counter {
	all := make([]*counter, n)
	for i := range all {
		c := &counter{in: mailbox[message](1)} // one message each; a thousand places would be memory
		c.Actor = worker(c.in, c.handle)
		all[i] = c
	}
	return all
}

// stop waits for one after the other: the library's Stop does.
func stop(all ...*counter) {
	for _, c := range all {
		c.Stop()
		c.in.Stop()
	}
}

func tell(senders, n int) {
	handled, in := peer.NewTally(n), mailbox[int](bound)
	a := worker(in, func(_ actor.Context, n int) { handled.Add(n) })
	peer.Each(senders, n, func(count int) {
		for range count {
			peer.Check(in.Send(outside, 1))
		}
	})
	handled.Wait()
	a.Stop()
	in.Stop()
}

// passer hands a token on.
func passer(in, next actor.Mailbox[int], done chan bool) actor.Actor {
	return worker(in, func(c actor.Context, hops int) {
		if hops == 0 {
			done <- true
			return
		}
		peer.Check(next.Send(c, hops-1))
	})
}

func pass(to actor.Mailbox[int], hops int) { peer.Check(to.Send(outside, hops)) }

var ring = sync.OnceValue(func() peer.Ring[actor.Mailbox[int]] {
	r := peer.NewRing[actor.Mailbox[int]]()
	for i := range r.Nodes {
		r.Nodes[i] = mailbox[int](peer.RingTokens)
	}
	for i := range r.Nodes {
		passer(r.Nodes[i], *r.After(i), r.Done)
	}
	return r
})

func ping(n int) {
	a, b, done := mailbox[int](1), mailbox[int](1), make(chan bool, 1)
	both := actor.Combine(passer(a, b, done), passer(b, a, done)).Build()
	pass(a, 2*n)
	<-done
	both.Stop()
	a.Stop()
	b.Stop()
}

func ask(n int) {
	all := start(1)
	sum := 0
	for range n {
		sum = all[0].add()
	}
	stop(all...)
	peer.Must(sum, n)
}
