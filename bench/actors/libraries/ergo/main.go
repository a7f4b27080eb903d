// Command ergo does the cases of the scoreboard of actors with Ergo, its network off.
package main

import (
	"sync"
	"time"

	"ergo.services/ergo"
	"ergo.services/ergo/act"
	"ergo.services/ergo/gen"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

func main() {
	peer.Main(peer.With(peer.Library{
		Who: "ergo", Role: peer.Rival,
		Note: peer.Version("ergo.services/ergo") + ", unbounded mailbox",
		Tell: tell, Ring: func(n int) { ring().Go(n, pass) }, Ping: ping, Ask: ask,
	}, peer.Nodes[gen.PID]{
		Start: start,
		Stop:  stop,
		Ask:   add,
		Block: func(pid gen.PID, until chan bool) { send(pid, &peer.Block{Until: until}) },
		Count: func(pid gen.PID, handled *peer.Tally) { send(pid, &peer.Count{Tally: handled}) },
	}))
}

var node = sync.OnceValue(func() gen.Node {
	var o gen.NodeOptions
	o.Network.Mode = gen.NetworkModeDisabled
	o.Log.Level = gen.LogLevelDisabled
	o.Log.DefaultLogger.Disable = true
	n, err := ergo.StartNode("bench@localhost", o)
	peer.Check(err)
	return n
})

func spawn(make gen.ProcessFactory) gen.PID {
	pid, err := node().Spawn(make, gen.ProcessOptions{})
	peer.Check(err)
	return pid
}

func send(pid gen.PID, m any) { peer.Check(node().Send(pid, m)) }

var stopping peer.Stopping

func stop(pids ...gen.PID) {
	stopping.All(len(pids), func() {
		for _, pid := range pids {
			peer.Check(node().SendExit(pid, gen.TerminateReasonNormal))
		}
	})
}

// ending is an actor that says when it has stopped.
type ending struct{ act.Actor }

func (e *ending) Terminate(error) { stopping.One() }

// counter answers with its sum, and does what else it is told.
type counter struct {
	ending
	sum int
}

func (c *counter) HandleMessage(_ gen.PID, message any) error {
	switch m := message.(type) {
	case *peer.Count:
		m.Add(1)
	case *peer.Block:
		<-m.Until
	}
	return nil
}

func (c *counter) HandleCall(_ gen.PID, _ gen.Ref, request any) (any, error) {
	c.sum += request.(*peer.Add).N
	return c.sum, nil
}

func start(n int) []gen.PID {
	pids := make([]gen.PID, n)
	for i := range pids {
		pids[i] = spawn(func() gen.ProcessBehavior { return new(counter) })
	}
	return pids
}

var one = &peer.Add{N: 1}

func add(pid gen.PID) (sum int) {
	answer, err := node().CallWithTimeout(pid, one, int(peer.Patience/time.Second))
	peer.Check(err)
	return answer.(int)
}

// teller counts what it is told.
type teller struct {
	ending
	handled *peer.Tally
}

func (t *teller) HandleMessage(_ gen.PID, message any) error {
	t.handled.Add(message.(*peer.Add).N)
	return nil
}

func tell(senders, n int) {
	handled := peer.NewTally(n)
	pid := spawn(func() gen.ProcessBehavior { return &teller{handled: handled} })
	peer.Each(senders, n, func(count int) {
		node, to := node(), any(pid) // boxed once
		for range count {
			peer.Check(node.Send(to, one))
		}
	})
	handled.Wait()
	stop(pid)
}

// passer hands a token on.
type passer struct {
	ending
	next *gen.PID
	to   any // next, boxed once
	done chan bool
}

func (p *passer) HandleMessage(_ gen.PID, message any) error {
	m := message.(*peer.Pass)
	if m.Hops == 0 {
		p.done <- true
		return nil
	}
	if p.to == nil {
		p.to = *p.next
	}
	m.Hops--
	return p.Send(p.to, m)
}

func newPasser(next *gen.PID, done chan bool) gen.PID {
	return spawn(func() gen.ProcessBehavior { return &passer{next: next, done: done} })
}

func pass(to gen.PID, hops int) { send(to, &peer.Pass{Hops: hops}) }

var ring = sync.OnceValue(func() peer.Ring[gen.PID] {
	r := peer.NewRing[gen.PID]()
	for i := range r.Nodes {
		r.Nodes[i] = newPasser(r.After(i), r.Done)
	}
	return r
})

func ping(n int) {
	var a, b gen.PID
	done := make(chan bool, 1)
	a, b = newPasser(&b, done), newPasser(&a, done)
	pass(a, 2*n)
	<-done
	stop(a, b)
}

func ask(n int) {
	pids, sum := start(1), 0
	node, to, patience := node(), any(pids[0]), int(peer.Patience/time.Second)
	for range n {
		answer, err := node.CallWithTimeout(to, one, patience)
		peer.Check(err)
		sum = answer.(int)
	}
	stop(pids...)
	peer.Must(sum, n)
}
