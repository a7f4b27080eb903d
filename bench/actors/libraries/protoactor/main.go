// Command protoactor does the cases of the scoreboard of actors with protoactor-go.
package main

import (
	"io"
	"log/slog"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

func main() {
	peer.Main(peer.With(peer.Library{
		Who: "protoactor-go", Role: peer.Rival, Note: peer.Version("github.com/asynkron/protoactor-go") + ", unbounded mailbox",
		Tell: func(senders, n int) {
			root, handled := system().Root, peer.NewTally(n)
			pid := root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
				if m, ok := c.Message().(*peer.Add); ok {
					handled.Add(m.N)
				}
			}))
			peer.Each(senders, n, func(count int) {
				one := &peer.Add{N: 1}
				for range count {
					root.Send(pid, one)
				}
			})
			handled.Wait()
			stop(pid)
		},
		Ring: func(n int) { ring().Go(n, pass) },
		Ping: func(n int) {
			root, done := system().Root, make(chan bool, 1)
			var a, b *actor.PID
			a = root.Spawn(actor.PropsFromFunc(passer(&b, done)))
			b = root.Spawn(actor.PropsFromFunc(passer(&a, done)))
			pass(a, 2*n)
			<-done
			stop(a, b)
		},
		Ask: ask,
	}, peer.Nodes[*actor.PID]{
		Start: spawn,
		Stop: func(pids ...*actor.PID) {
			stopping.All(len(pids), func() {
				for _, pid := range pids {
					system().Root.Stop(pid)
				}
			})
		},
		Ask: func(pid *actor.PID) (sum int) {
			answer, err := system().Root.RequestFuture(pid, &peer.Add{N: 1}, peer.Patience).Result()
			peer.Check(err)
			return answer.(*peer.Add).N
		},
		Block: func(pid *actor.PID, until chan bool) { system().Root.Send(pid, &peer.Block{Until: until}) },
		Count: func(pid *actor.PID, handled *peer.Tally) { system().Root.Send(pid, &peer.Count{Tally: handled}) },
	}))
}

// node answers with its sum, and does what else it is told.
type node struct{ sum int }

func (p *node) Receive(c actor.Context) {
	switch m := c.Message().(type) {
	case *peer.Add:
		p.sum += m.N
		c.Respond(&peer.Add{N: p.sum})
	case *peer.Count:
		m.Add(1)
	case *peer.Block:
		<-m.Until
	case *actor.Stopped:
		stopping.One()
	}
}

var stopping peer.Stopping

func spawn(n int) []*actor.PID {
	props := actor.PropsFromProducer(func() actor.Actor { return new(node) })
	pids := make([]*actor.PID, n)
	for i := range pids {
		pids[i] = system().Root.Spawn(props)
	}
	return pids
}

// The system and the rings are made once, for all samples: making them is not what
// is measured.
var system = sync.OnceValue(func() *actor.ActorSystem {
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
	return actor.NewActorSystem(actor.WithLoggerFactory(quiet))
})

var ring = sync.OnceValue(func() peer.Ring[*actor.PID] {
	r := peer.NewRing[*actor.PID]()
	for i := range r.Nodes {
		r.Nodes[i] = system().Root.Spawn(actor.PropsFromFunc(passer(r.After(i), r.Done)))
	}
	return r
})

// stop stops actors and waits until they have.
func stop(pids ...*actor.PID) {
	for _, pid := range pids {
		peer.Check(system().Root.StopFuture(pid).Wait())
	}
}

// passer hands a token on, in the message that it came in.
func passer(next **actor.PID, done chan bool) actor.ReceiveFunc {
	return func(c actor.Context) {
		if m, ok := c.Message().(*peer.Pass); ok {
			if m.Hops == 0 {
				done <- true
				return
			}
			m.Hops--
			c.Send(*next, m)
		}
	}
}

func pass(to *actor.PID, hops int) { system().Root.Send(to, &peer.Pass{Hops: hops}) }

func ask(n int) {
	root, sum := system().Root, 0
	pid := root.Spawn(actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(*peer.Add); ok {
			sum += m.N
			c.Respond(m)
		}
	}))
	one := &peer.Add{N: 1}
	for range n {
		_, err := root.RequestFuture(pid, one, peer.Patience).Result()
		peer.Check(err)
	}
	stop(pid)
	peer.Must(sum, n)
}
