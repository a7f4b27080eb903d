package actors

import (
	"io"
	"log/slog"
	"sync"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"

	"github.com/trivet-go/trivet/bench/actors/peer"
)

var protoactor = peer.With(peer.Library{
	Who: "protoactor-go", Role: peer.Rival, Note: "unbounded mailbox",
	Tell: func(senders, n int) {
		root, handled := protoSystem().Root, peer.NewTally(n)
		pid := root.Spawn(proto.PropsFromFunc(func(c proto.Context) {
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
		stopProto(pid)
	},
	Ring: func(n int) { protoRing().Go(n, passProto) },
	Ping: func(n int) {
		root, done := protoSystem().Root, make(chan bool, 1)
		var a, b *proto.PID
		a = root.Spawn(proto.PropsFromFunc(protoPass(&b, done)))
		b = root.Spawn(proto.PropsFromFunc(protoPass(&a, done)))
		passProto(a, 2*n)
		<-done
		stopProto(a, b)
	},
	Ask: askProto,
}, peer.Nodes[*proto.PID]{
	Start: spawnProto,
	Stop: func(pids ...*proto.PID) {
		protoStopping.All(len(pids), func() {
			for _, pid := range pids {
				protoSystem().Root.Stop(pid)
			}
		})
	},
	Ask: func(pid *proto.PID) (sum int) {
		answer, err := protoSystem().Root.RequestFuture(pid, &peer.Add{N: 1}, peer.Patience).Result()
		peer.Check(err)
		return answer.(*peer.Add).N
	},
	Block: func(pid *proto.PID, until chan bool) { protoSystem().Root.Send(pid, &peer.Block{Until: until}) },
	Count: func(pid *proto.PID, handled *peer.Tally) { protoSystem().Root.Send(pid, &peer.Count{Tally: handled}) },
})

// protoNode answers with its sum, and does what else it is told.
type protoNode struct{ sum int }

func (p *protoNode) Receive(c proto.Context) {
	switch m := c.Message().(type) {
	case *peer.Add:
		p.sum += m.N
		c.Respond(&peer.Add{N: p.sum})
	case *peer.Count:
		m.Add(1)
	case *peer.Block:
		<-m.Until
	case *proto.Stopped:
		protoStopping.One()
	}
}

var protoStopping peer.Stopping

func spawnProto(n int) []*proto.PID {
	props := proto.PropsFromProducer(func() proto.Actor { return new(protoNode) })
	pids := make([]*proto.PID, n)
	for i := range pids {
		pids[i] = protoSystem().Root.Spawn(props)
	}
	return pids
}

// The system and the rings are made once, for all samples: making them is not what
// is measured.
var protoSystem = sync.OnceValue(func() *proto.ActorSystem {
	quiet := func(*proto.ActorSystem) *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
	return proto.NewActorSystem(proto.WithLoggerFactory(quiet))
})

var protoRing = sync.OnceValue(func() peer.Ring[*proto.PID] {
	r := peer.NewRing[*proto.PID]()
	for i := range r.Nodes {
		r.Nodes[i] = protoSystem().Root.Spawn(proto.PropsFromFunc(protoPass(r.After(i), r.Done)))
	}
	return r
})

// stopProto stops actors and waits until they have.
func stopProto(pids ...*proto.PID) {
	for _, pid := range pids {
		peer.Check(protoSystem().Root.StopFuture(pid).Wait())
	}
}

// protoPass hands a token on, in the message that it came in.
func protoPass(next **proto.PID, done chan bool) proto.ReceiveFunc {
	return func(c proto.Context) {
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

func passProto(to *proto.PID, hops int) { protoSystem().Root.Send(to, &peer.Pass{Hops: hops}) }

func askProto(n int) {
	root, sum := protoSystem().Root, 0
	pid := root.Spawn(proto.PropsFromFunc(func(c proto.Context) {
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
	stopProto(pid)
	peer.Must(sum, n)
}

// channels is a goroutine for each actor that reads its channel.
var channels = peer.Library{
	Who: "goroutine and channel", Note: "no address, no panics caught, a goroutine each", Role: peer.Reference,
	Tell: func(senders, n int) {
		in, out := make(chan int, 1000), make(chan int)
		go func() {
			sum := 0
			for m := range in {
				sum += m
			}
			out <- sum
		}()
		peer.Each(senders, n, func(count int) {
			for range count {
				in <- 1
			}
		})
		close(in)
		peer.Must(<-out, n)
	},
	Ring: func(n int) { channelRing().Go(n, func(to chan int, hops int) { to <- hops }) },
	Ping: func(n int) {
		a, b, done := make(chan int, 1), make(chan int, 1), make(chan bool, 1)
		go channelPass(a, b, done)
		go channelPass(b, a, done)
		a <- 2 * n
		<-done
		close(a)
		close(b)
	},
	Ask: askChannel,
	Block: func(n int) (end func()) {
		until := make(chan bool)
		for range n {
			go func() { <-until }()
		}
		return func() { close(until) }
	},
	Asks: func(n int) []time.Duration {
		all := newCounters(n)
		defer stopCounters(all)
		took := make([]time.Duration, n)
		for i, c := range all {
			begin := time.Now()
			sum := c.ask(1)
			took[i] = time.Since(begin)
			peer.Must(sum, 1)
		}
		return took
	},
	Idle: func(n int) (end func()) {
		all := newCounters(n)
		for _, c := range all {
			peer.Must(c.ask(1), 1)
		}
		return func() { stopCounters(all) }
	},
}

var channelRing = sync.OnceValue(func() peer.Ring[chan int] {
	r := peer.NewRing[chan int]()
	for i := range r.Nodes {
		r.Nodes[i] = make(chan int, peer.RingTokens)
	}
	for i := range r.Nodes {
		go channelPass(r.Nodes[i], *r.After(i), r.Done)
	}
	return r
})

func channelPass(in, out chan int, done chan bool) {
	for hops := range in {
		if hops == 0 {
			done <- true
			continue
		}
		out <- hops - 1
	}
}

// counter is a goroutine that answers with its sum.
type counter struct{ in, out chan int }

func newCounter() counter {
	c := counter{make(chan int), make(chan int)}
	go func() {
		sum := 0
		for m := range c.in {
			sum += m
			c.out <- sum
		}
	}()
	return c
}

func (c counter) ask(n int) int {
	c.in <- n
	return <-c.out
}

func newCounters(n int) []counter {
	all := make([]counter, n)
	for i := range all {
		all[i] = newCounter()
	}
	return all
}

func stopCounters(all []counter) {
	for _, c := range all {
		close(c.in)
	}
}

func askChannel(n int) {
	c, sum := newCounter(), 0
	for range n {
		sum = c.ask(1)
	}
	close(c.in)
	peer.Must(sum, n)
}
