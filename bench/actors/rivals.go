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
		props := proto.PropsFromFunc(func(proto.Context) {})
		pids := make([]*proto.PID, n)
		for i := range pids {
			pids[i] = protoSystem().Root.Spawn(props)
		}
		for _, pid := range pids {
			protoSystem().Root.Stop(pid)
		}
		stopProto(pids[n-1])
	},
	behind: func(n int) {
		protoBlocked()
		askProto(n)
	},
}

// Systems, rings and actors that block are made once, for all samples: making them
// is not what is measured.
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

var protoBlocked = sync.OnceFunc(func() {
	root := protoSystem().Root
	forever := make(chan bool)
	props := proto.PropsFromFunc(func(c proto.Context) {
		if m, ok := c.Message().(*blockMsg); ok {
			<-m.until
		}
	})
	for range blocked {
		root.Send(root.Spawn(props), &blockMsg{forever})
	}
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
	behind: func(n int) {
		channelsBlocked()
		askChannel(n)
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

var channelsBlocked = sync.OnceFunc(func() {
	forever := make(chan bool)
	for range blocked {
		go func() { <-forever }()
	}
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

func askChannel(n int) {
	in, out := make(chan int), make(chan int)
	go func() {
		sum := 0
		for m := range in {
			sum += m
			out <- sum
		}
	}()
	sum := 0
	for range n {
		in <- 1
		sum = <-out
	}
	close(in)
	must(sum, n)
}
