package actors

import (
	"context"
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/flow/actors"
)

var ours = library{
	who: "trivet actors", role: contest.Ours,
	tell: ourTell, ring: ourRing, ping: ourPing, ask: ourAsk, spawn: ourSpawn,
	block: ourBlock, asks: ourAsks, idle: ourIdle,
}

type node interface {
	Add(*actors.Context, int) (int, error)
	Link(*actors.Context, link) error
	Pass(*actors.Context, int) error
	Block(*actors.Context, chan bool) error
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

func (s *state) End(c *actors.Context, _ actors.None) error {
	c.Stop()
	return nil
}

var background = context.Background()

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The system and the ring are made once, as those of the rivals are.
var ourSystem = sync.OnceValue(func() *actors.System { return actors.New(background, actors.Rules{}) })

var ourNodes = sync.OnceValue(func() ringOf[actors.Ref[node]] {
	r := newRing[actors.Ref[node]]()
	for i := range r.nodes {
		r.nodes[i] = newNode()
	}
	for i := range r.nodes {
		check(tie.Call(background, r.nodes[i], link{r.nodes[(i+1)%ringActors], r.done}))
	}
	return r
})

func newNode() actors.Ref[node] {
	ref, err := nodes.Spawn(ourSystem(), "")
	check(err)
	return ref
}

func stopOurs(refs ...actors.Ref[node]) {
	for _, ref := range refs {
		check(ref.Stop(background))
	}
}

func ourTell(senders, n int) {
	ref := newNode()
	each(senders, n, func(count int) {
		for range count {
			check(add.Tell(background, ref, 1))
		}
	})
	sum, err := add.Call(background, ref, 0)
	check(err)
	must(sum, n)
	stopOurs(ref)
}

func ourRing(n int) {
	r := ourNodes()
	for i := range ringTokens {
		check(pass.Tell(background, r.nodes[i*ringActors/ringTokens], n/ringTokens-1))
	}
	r.wait()
}

func ourPing(n int) {
	a, b := newNode(), newNode()
	done := make(chan bool, 1)
	check(tie.Call(background, a, link{b, done}))
	check(tie.Call(background, b, link{a, done}))
	check(pass.Tell(background, a, 2*n))
	<-done
	stopOurs(a, b)
}

func ourAsk(n int) {
	ref, sum := newNode(), 0
	for range n {
		var err error
		sum, err = add.Call(background, ref, 1)
		check(err)
	}
	stopOurs(ref)
	must(sum, n)
}

func ourSpawn(n int) { stopAll(newNodes(n)) }

func newNodes(n int) []actors.Ref[node] {
	refs := make([]actors.Ref[node], n)
	for i := range refs {
		refs[i] = newNode()
	}
	return refs
}

// stopAll tells all to stop before it waits for the first.
func stopAll(refs []actors.Ref[node]) {
	for _, ref := range refs {
		check(end.Tell(background, ref, actors.None{}))
	}
	stopOurs(refs...)
}

func ourBlock(n int) (end func()) {
	refs, until := newNodes(n), make(chan bool)
	for _, ref := range refs {
		check(block.Tell(background, ref, until))
	}
	return func() {
		close(until)
		stopAll(refs)
	}
}

func ourAsks(n int) []time.Duration {
	refs := newNodes(n)
	defer stopAll(refs)
	return timed(n, func(i int) { ourFirst(refs[i]) })
}

func ourIdle(n int) (end func()) {
	refs := newNodes(n)
	for _, ref := range refs {
		ourFirst(ref)
	}
	return func() { stopAll(refs) }
}

// ourFirst asks an actor for the first time.
func ourFirst(ref actors.Ref[node]) {
	sum, err := add.Call(background, ref, 1)
	check(err)
	must(sum, 1)
}
