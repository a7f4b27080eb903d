// Command hollywood does the cases of the scoreboard of actors with Hollywood.
package main

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"github.com/anthdm/hollywood/actor"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	peer.Main(peer.With(peer.Library{
		Who: "hollywood", Role: peer.Rival,
		Note: peer.Version("github.com/anthdm/hollywood") + ", unbounded inbox, of 16 places at first in actors that idle",
		Tell: tell, Ring: func(n int) { ring().Go(n, pass) }, Ping: ping, Ask: ask,
	}, peer.Nodes[*actor.PID]{
		Start: spawn,
		Stop:  stop,
		Ask:   add,
		Block: func(pid *actor.PID, until chan bool) { engine().Send(pid, &peer.Block{Until: until}) },
		Count: func(pid *actor.PID, handled *peer.Tally) { engine().Send(pid, &peer.Count{Tally: handled}) },
	}))
}

var engine = sync.OnceValue(func() *actor.Engine {
	e, err := actor.NewEngine(actor.NewEngineConfig())
	peer.Check(err)
	return e
})

// small is how many places the inbox of an actor has at first that gets few messages.
// With the 1024 of the default it would hold 28 kB instead of one, and take several
// times as long to begin.
const small = 16

// start begins an actor that is a function.
func start(receive func(*actor.Context)) *actor.PID { return engine().SpawnFunc(receive, "node") }

// node answers with its sum, and does what else it is told.
type node struct{ sum int }

func (s *node) Receive(c *actor.Context) {
	switch m := c.Message().(type) {
	case *peer.Add:
		s.sum += m.N
		c.Respond(&peer.Add{N: s.sum})
	case *peer.Count:
		m.Add(1)
	case *peer.Block:
		<-m.Until
	}
}

func spawn(n int) []*actor.PID {
	pids := make([]*actor.PID, n)
	for i := range pids {
		pids[i] = engine().Spawn(func() actor.Receiver { return new(node) }, "node", actor.WithInboxSize(small))
	}
	return pids
}

func add(pid *actor.PID) (sum int) {
	answer, err := engine().Request(pid, &peer.Add{N: 1}, peer.Patience).Result()
	peer.Check(err)
	return answer.(*peer.Add).N
}

// stop tells all to stop before it waits for the first.
func stop(pids ...*actor.PID) {
	stopped := make([]context.Context, len(pids))
	for i, pid := range pids {
		stopped[i] = engine().Poison(pid)
	}
	for _, ctx := range stopped {
		<-ctx.Done()
	}
}

func tell(senders, n int) {
	handled := peer.NewTally(n)
	pid := start(func(c *actor.Context) {
		if m, ok := c.Message().(*peer.Add); ok {
			handled.Add(m.N)
		}
	})
	peer.Each(senders, n, func(count int) {
		engine, one := engine(), &peer.Add{N: 1}
		for range count {
			engine.Send(pid, one)
		}
	})
	handled.Wait()
	stop(pid)
}

// passer hands a token on.
func passer(next **actor.PID, done chan bool) func(*actor.Context) {
	return func(c *actor.Context) {
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

func pass(to *actor.PID, hops int) { engine().Send(to, &peer.Pass{Hops: hops}) }

var ring = sync.OnceValue(func() peer.Ring[*actor.PID] {
	r := peer.NewRing[*actor.PID]()
	for i := range r.Nodes {
		r.Nodes[i] = start(passer(r.After(i), r.Done))
	}
	return r
})

func ping(n int) {
	var a, b *actor.PID
	done := make(chan bool, 1)
	a, b = start(passer(&b, done)), start(passer(&a, done))
	pass(a, 2*n)
	<-done
	stop(a, b)
}

func ask(n int) {
	sum := 0
	pid := start(func(c *actor.Context) {
		if m, ok := c.Message().(*peer.Add); ok {
			sum += m.N
			c.Respond(m)
		}
	})
	engine, one := engine(), &peer.Add{N: 1}
	for range n {
		_, err := engine.Request(pid, one, peer.Patience).Result()
		peer.Check(err)
	}
	stop(pid)
	peer.Must(sum, n)
}
