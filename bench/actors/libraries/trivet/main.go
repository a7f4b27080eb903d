// Command trivet does the cases of the scoreboard of actors with flow/actors.
package main

import (
	"context"
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/flow/actors"
)

func main() {
	peer.Main(peer.With(peer.Library{
		Who: "trivet actors", Role: peer.Ours,
		Tell: tell, Ring: runRing, Ping: ping, Ask: ask,
	}, peer.Nodes[actors.Ref[node]]{
		Start: start,
		Stop:  stop,
		Ask: func(ref actors.Ref[node]) (sum int) {
			sum, err := add.Call(background, ref, 1)
			peer.Check(err)
			return sum
		},
		Block: func(ref actors.Ref[node], until chan bool) { peer.Check(block.Tell(background, ref, until)) },
		Count: func(ref actors.Ref[node], handled *peer.Tally) { peer.Check(count.Tell(background, ref, handled)) },
	}))
}

type node interface {
	Add(*actors.Context, int) (int, error)
	Link(*actors.Context, link) error
	Pass(*actors.Context, int) error
	Block(*actors.Context, chan bool) error
	Count(*actors.Context, *peer.Tally) error
	End(*actors.Context, actors.None) error
}

// link is where a node hands on to, and says that a token has come to its end.
type link struct {
	next actors.Ref[node]
	done chan bool
}

type state struct {
	sum int
	link
}

var (
	nodes = actors.NewKind("node", func() node { return new(state) }, actors.Traits{})
	add   = actors.Method(nodes, "add", node.Add)
	tie   = actors.Action(nodes, "link", node.Link)
	pass  = actors.Action(nodes, "pass", node.Pass)
	block = actors.Action(nodes, "block", node.Block)
	count = actors.Action(nodes, "count", node.Count)
	end   = actors.Action(nodes, "end", node.End)
)

func (s *state) Add(_ *actors.Context, n int) (int, error) {
	s.sum += n
	return s.sum, nil
}

func (s *state) Link(_ *actors.Context, l link) error {
	s.link = l
	return nil
}

func (s *state) Pass(c *actors.Context, hops int) error {
	if hops == 0 {
		s.done <- true
		return nil
	}
	return pass.Tell(c, s.next, hops-1)
}

func (s *state) Block(_ *actors.Context, until chan bool) error {
	<-until
	return nil
}

func (s *state) Count(_ *actors.Context, handled *peer.Tally) error {
	handled.Add(1)
	return nil
}

func (s *state) End(c *actors.Context, _ actors.None) error {
	c.Stop()
	return nil
}

var background = context.Background()

// The system and the ring are made once, as those of the rivals are.
var system = sync.OnceValue(func() *actors.System { return actors.New(background, actors.Rules{}) })

var ring = sync.OnceValue(func() peer.Ring[actors.Ref[node]] {
	r := peer.NewRing[actors.Ref[node]]()
	for i := range r.Nodes {
		r.Nodes[i] = startOne()
	}
	for i := range r.Nodes {
		peer.Check(tie.Call(background, r.Nodes[i], link{*r.After(i), r.Done}))
	}
	return r
})

func startOne() actors.Ref[node] {
	ref, err := nodes.Spawn(system(), "")
	peer.Check(err)
	return ref
}

func start(n int) []actors.Ref[node] {
	refs := make([]actors.Ref[node], n)
	for i := range refs {
		refs[i] = startOne()
	}
	return refs
}

// stop tells all to stop before it waits for the first.
func stop(refs ...actors.Ref[node]) {
	for _, ref := range refs {
		peer.Check(end.Tell(background, ref, actors.None{}))
	}
	for _, ref := range refs {
		peer.Check(ref.Stop(background))
	}
}

func tell(senders, n int) {
	ref := startOne()
	peer.Each(senders, n, func(count int) {
		for range count {
			peer.Check(add.Tell(background, ref, 1))
		}
	})
	sum, err := add.Call(background, ref, 0)
	peer.Check(err)
	peer.Must(sum, n)
	stop(ref)
}

func runRing(n int) {
	ring().Go(n, func(to actors.Ref[node], hops int) { peer.Check(pass.Tell(background, to, hops)) })
}

func ping(n int) {
	a, b := startOne(), startOne()
	done := make(chan bool, 1)
	peer.Check(tie.Call(background, a, link{b, done}))
	peer.Check(tie.Call(background, b, link{a, done}))
	peer.Check(pass.Tell(background, a, 2*n))
	<-done
	stop(a, b)
}

// ask has one deadline for all questions, as if they were those of one request. One
// for each would cost more than the questions.
func ask(n int) {
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	ref, sum := startOne(), 0
	for range n {
		var err error
		sum, err = add.Call(ctx, ref, 1)
		peer.Check(err)
	}
	stop(ref)
	peer.Must(sum, n)
}
