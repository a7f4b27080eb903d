package actors

import (
	"fmt"
	"time"
)

// Faults are what a network of a simulation does to messages.
type Faults struct {
	Lose  float64       // the share of messages that is lost
	Twice float64       // the share that arrives twice
	Delay time.Duration // each takes up to this time: so they overtake each other
}

// Network returns a network between systems of the simulation.
func (s *Simulation) Network(f Faults) *Partitionable {
	return &Partitionable{sim: s, faults: f, nodes: map[string]simNode{}, cuts: map[[2]string]bool{}}
}

// A Partitionable is a network of a simulation.
type Partitionable struct {
	sim    *Simulation
	faults Faults
	nodes  map[string]simNode
	cuts   map[[2]string]bool
	count  int
}

type simNode struct {
	receive func([]byte)
	number  int
}

// Cut cuts the link between two nodes, or mends it. What is under way arrives.
func (n *Partitionable) Cut(a, b string, cut bool) {
	n.cuts[[2]string{a, b}], n.cuts[[2]string{b, a}] = cut, cut
}

// Join implements [Network].
func (n *Partitionable) Join(node string, receive func([]byte)) (leave func(), err error) {
	if _, ok := n.nodes[node]; ok {
		return nil, fmt.Errorf("actors: there is a node %q already", node)
	}
	n.count++
	number := n.count
	n.nodes[node] = simNode{receive, number}
	return func() {
		if n.nodes[node].number == number {
			delete(n.nodes, node)
		}
	}, nil
}

// Send implements [Network].
func (n *Partitionable) Send(from, to string, message []byte) error {
	if _, ok := n.nodes[from]; !ok || n.cuts[[2]string{from, to}] {
		n.sim.tell(from, "cannot reach %s", to)
		return nil // the sender cannot know
	}
	copies := 1
	switch luck := n.sim.rand.Float64(); {
	case luck < n.faults.Lose:
		copies = 0
		n.sim.tell(from, "sends %s a message that is lost", to)
	case luck < n.faults.Lose+n.faults.Twice:
		copies = 2
		n.sim.tell(from, "sends %s a message that comes twice", to)
	}
	for range copies {
		delay := time.Duration(n.sim.rand.Int64N(int64(n.faults.Delay) + 1))
		n.sim.after(delay, func() {
			if node, ok := n.nodes[to]; ok {
				n.sim.note("arrives at " + to)
				node.receive(message)
			}
		})
	}
	return nil
}
