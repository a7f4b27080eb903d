// Command goakt does the cases of the scoreboard of actors with GoAkt. Its messages
// are protocol buffers: those that come with Go's package for them are enough.
package main

import (
	"context"
	"strconv"
	"sync"

	"github.com/tochemey/goakt/v3/actor"
	"github.com/tochemey/goakt/v3/log"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

func main() {
	peer.Main(peer.With(peer.Library{
		Who: "goakt", Role: peer.Rival,
		Note: peer.Version("github.com/tochemey/goakt/v3") + ", unbounded mailbox, protocol buffers",
		Tell: tell, Ring: func(n int) { ring().Go(n, pass) }, Ping: ping, Ask: ask, Most: 10_000,
	}, peer.Nodes[*actor.PID]{
		Start: start,
		Stop:  stop,
		Ask:   add,
		Block: func(pid *actor.PID, until chan bool) {
			pid.Actor().(*counter).until = until // a channel is no protocol buffer
			send(pid, blockNow)
		},
		Count: func(pid *actor.PID, handled *peer.Tally) {
			pid.Actor().(*counter).handled = handled
			send(pid, countMe)
		},
	}))
}

var background = context.Background()

// No logger, one try to start an actor, as in the library's own benchmarks. Actors are
// not passivated.
var system = sync.OnceValue(func() actor.ActorSystem {
	s, err := actor.NewActorSystem("bench", actor.WithLogger(log.DiscardLogger), actor.WithActorInitMaxRetries(1))
	peer.Check(err)
	peer.Check(s.Start(background))
	return s
})

var names int

func spawn(a actor.Actor, options ...actor.SpawnOption) *actor.PID {
	names++
	pid, err := system().Spawn(background, "actor"+strconv.Itoa(names), a, append(options, actor.WithLongLived())...)
	peer.Check(err)
	return pid
}

func send(pid *actor.PID, m proto.Message) {
	peer.Check(system().NoSender().Tell(background, pid, m))
}

func stop(pids ...*actor.PID) {
	for _, pid := range pids {
		peer.Check(pid.Shutdown(background))
	}
}

// base is what an actor does at its ends: nothing.
type base struct{}

func (base) PreStart(*actor.Context) error { return nil }
func (base) PostStop(*actor.Context) error { return nil }

var (
	one      = wrapperspb.Int64(1)
	blockNow = wrapperspb.Bool(true)
	countMe  = new(emptypb.Empty)
)

// counter answers with its sum, and does what else it is told.
type counter struct {
	base
	sum     int64
	until   chan bool
	handled *peer.Tally
}

func (s *counter) Receive(c *actor.ReceiveContext) {
	switch m := c.Message().(type) {
	case *wrapperspb.Int64Value:
		s.sum += m.GetValue()
		c.Response(wrapperspb.Int64(s.sum))
	case *wrapperspb.BoolValue:
		<-s.until
	case *emptypb.Empty:
		s.handled.Add(1)
	}
}

func start(n int) []*actor.PID {
	pids := make([]*actor.PID, n)
	for i := range pids {
		pids[i] = spawn(new(counter))
	}
	return pids
}

func add(pid *actor.PID) (sum int) {
	answer, err := system().NoSender().Ask(background, pid, one, peer.Patience)
	peer.Check(err)
	return int(answer.(*wrapperspb.Int64Value).GetValue())
}

// teller counts what it is told.
type teller struct {
	base
	handled *peer.Tally
}

func (t *teller) Receive(c *actor.ReceiveContext) {
	if m, ok := c.Message().(*wrapperspb.Int64Value); ok {
		t.handled.Add(int(m.GetValue()))
	}
}

func tell(senders, n int) {
	handled := peer.NewTally(n)
	// A mailbox of segments is what the library has for an actor that many send to; in
	// a ring it takes longer than the default one.
	pid := spawn(&teller{handled: handled}, actor.WithMailbox(actor.NewUnboundedSegmentedMailbox()))
	nobody := system().NoSender()
	peer.Each(senders, n, func(count int) {
		for range count {
			peer.Check(nobody.Tell(background, pid, one))
		}
	})
	handled.Wait()
	stop(pid)
}

// passer hands a token on, in the message that it came in.
type passer struct {
	base
	next **actor.PID
	done chan bool
}

func (p *passer) Receive(c *actor.ReceiveContext) {
	if m, ok := c.Message().(*wrapperspb.Int64Value); ok {
		if m.Value == 0 {
			p.done <- true
			return
		}
		m.Value--
		c.Tell(*p.next, m)
	}
}

func pass(to *actor.PID, hops int) { send(to, wrapperspb.Int64(int64(hops))) }

var ring = sync.OnceValue(func() peer.Ring[*actor.PID] {
	r := peer.NewRing[*actor.PID]()
	for i := range r.Nodes {
		r.Nodes[i] = spawn(&passer{next: r.After(i), done: r.Done})
	}
	return r
})

func ping(n int) {
	var a, b *actor.PID
	done := make(chan bool, 1)
	a, b = spawn(&passer{next: &b, done: done}), spawn(&passer{next: &a, done: done})
	pass(a, 2*n)
	<-done
	stop(a, b)
}

func ask(n int) {
	pids, sum := start(1), 0
	for range n {
		sum = add(pids[0])
	}
	stop(pids...)
	peer.Must(sum, n)
}
