package actors

import (
	"io"
	"log/slog"
	"sync"
	"time"

	proto "github.com/asynkron/protoactor-go/actor"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Messages of the rivals are pointers that were made before, which is the best case
// for an interface value.
type (
	addMsg   struct{ n int }
	passMsg  struct{ hops int }
	blockMsg struct{ until chan bool }
)

const patience = 5 * time.Second

var protoactor = library{
	who: "protoactor-go", role: contest.Rival,
	tell: func(senders, n int) {
		root, done := protoSystem().Root, make(chan bool)
		pid := root.Spawn(proto.PropsFromFunc(protoCount(n, done)))
		each(senders, n, func(count int) {
			one := &addMsg{1}
			for range count {
				root.Send(pid, one)
			}
		})
		<-done
		stopProto(pid)
	},
	ring: func(n int) {
		r := protoRing()
		for i := range ringTokens {
			protoSystem().Root.Send(r.nodes[i*ringActors/ringTokens], &passMsg{n/ringTokens - 1})
		}
		r.wait()
	},
	ping: func(n int) {
		root, done := protoSystem().Root, make(chan bool, 1)
		var a, b *proto.PID
		a = root.Spawn(proto.PropsFromFunc(protoPass(&b, done)))
		b = root.Spawn(proto.PropsFromFunc(protoPass(&a, done)))
		root.Send(a, &passMsg{2 * n})
		<-done
		stopProto(a, b)
	},
	ask: askProto,
	spawn: func(n int) {
		pids := spawnProto(n)
		for _, pid := range pids {
			protoSystem().Root.Stop(pid)
		}
		stopProto(pids[n-1])
	},
	block: func(n int) (end func()) {
		pids, until := spawnProto(n), make(chan bool)
		for _, pid := range pids {
			protoSystem().Root.Send(pid, &blockMsg{until})
		}
		return func() {
			close(until)
			stopProto(pids...)
		}
	},
	asks: func(n int) []time.Duration {
		pids := spawnProto(n)
		defer stopProto(pids...)
		return timed(n, func(i int) { protoFirst(pids[i]) })
	},
	idle: func(n int) (end func()) {
		pids := spawnProto(n)
		for _, pid := range pids {
			protoFirst(pid)
		}
		return func() { stopProto(pids...) }
	},
}

// protoNode answers with its sum, and blocks if it is told to.
type protoNode struct{ sum int }

func (p *protoNode) Receive(c proto.Context) {
	switch m := c.Message().(type) {
	case *addMsg:
		p.sum += m.n
		c.Respond(&addMsg{p.sum})
	case *blockMsg:
		<-m.until
	}
}

func spawnProto(n int) []*proto.PID {
	props := proto.PropsFromProducer(func() proto.Actor { return new(protoNode) })
	pids := make([]*proto.PID, n)
	for i := range pids {
		pids[i] = protoSystem().Root.Spawn(props)
	}
	return pids
}

// protoFirst asks an actor for the first time.
func protoFirst(pid *proto.PID) {
	answer, err := protoSystem().Root.RequestFuture(pid, &addMsg{1}, patience).Result()
	check(err)
	must(answer.(*addMsg).n, 1)
}

// The system and the rings are made once, for all samples: making them is not what
// is measured.
var protoSystem = sync.OnceValue(func() *proto.ActorSystem {
	quiet := func(*proto.ActorSystem) *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
	return proto.NewActorSystem(proto.WithLoggerFactory(quiet))
})

var protoRing = sync.OnceValue(func() ringOf[*proto.PID] {
	r := newRing[*proto.PID]()
	for i := range r.nodes {
		r.nodes[i] = protoSystem().Root.Spawn(proto.PropsFromFunc(protoPass(&r.nodes[(i+1)%ringActors], r.done)))
	}
	return r
})

// stopProto stops actors and waits until they have.
func stopProto(pids ...*proto.PID) {
	for _, pid := range pids {
		if err := protoSystem().Root.StopFuture(pid).Wait(); err != nil {
			panic(err)
		}
	}
}

// protoCount adds until it has n.
func protoCount(n int, done chan bool) proto.ReceiveFunc {
	sum := 0
	return func(c proto.Context) {
		if m, ok := c.Message().(*addMsg); ok {
			if sum += m.n; sum == n {
				close(done)
			}
		}
	}
}

// protoPass hands a token on, in the message that it came in.
func protoPass(next **proto.PID, done chan bool) proto.ReceiveFunc {
	return func(c proto.Context) {
		if m, ok := c.Message().(*passMsg); ok {
			if m.hops == 0 {
				done <- true
				return
			}
			m.hops--
			c.Send(*next, m)
		}
	}
}

func askProto(n int) {
	root, sum := protoSystem().Root, 0
	pid := root.Spawn(proto.PropsFromFunc(func(c proto.Context) {
		if m, ok := c.Message().(*addMsg); ok {
			sum += m.n
			c.Respond(m)
		}
	}))
	one := &addMsg{1}
	for range n {
		if _, err := root.RequestFuture(pid, one, patience).Result(); err != nil {
			panic(err)
		}
	}
	stopProto(pid)
	must(sum, n)
}

// channels is a goroutine for each actor that reads its channel.
var channels = library{
	who: "goroutine and channel", note: "no address, no panics caught, a goroutine each", role: contest.Reference,
	tell: func(senders, n int) {
		in, out := make(chan int, 1000), make(chan int)
		go func() {
			sum := 0
			for m := range in {
				sum += m
			}
			out <- sum
		}()
		each(senders, n, func(count int) {
			for range count {
				in <- 1
			}
		})
		close(in)
		must(<-out, n)
	},
	ring: func(n int) {
		r := channelRing()
		for i := range ringTokens {
			r.nodes[i*ringActors/ringTokens] <- n/ringTokens - 1
		}
		r.wait()
	},
	ping: func(n int) {
		a, b, done := make(chan int, 1), make(chan int, 1), make(chan bool, 1)
		go channelPass(a, b, done)
		go channelPass(b, a, done)
		a <- 2 * n
		<-done
		close(a)
		close(b)
	},
	ask: askChannel,
	block: func(n int) (end func()) {
		until := make(chan bool)
		for range n {
			go func() { <-until }()
		}
		return func() { close(until) }
	},
	asks: func(n int) []time.Duration {
		all := newCounters(n)
		defer stopCounters(all)
		return timed(n, func(i int) { must(all[i].ask(1), 1) })
	},
	idle: func(n int) (end func()) {
		all := newCounters(n)
		for _, c := range all {
			must(c.ask(1), 1)
		}
		return func() { stopCounters(all) }
	},
}

var channelRing = sync.OnceValue(func() ringOf[chan int] {
	r := newRing[chan int]()
	for i := range r.nodes {
		r.nodes[i] = make(chan int, ringTokens)
	}
	for i := range r.nodes {
		go channelPass(r.nodes[i], r.nodes[(i+1)%ringActors], r.done)
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
	must(sum, n)
}
