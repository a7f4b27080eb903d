package forkjoin

import (
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// treeCase counts the nodes of a tree whose parts differ in size by orders of
// magnitude, which nothing tells before: a node has eight children or none, and the
// hash of its path decides (Olivier and others: UTS, An Unbalanced Tree Search
// Benchmark).
func treeCase(roots int, seed uint64) contest.Case {
	root := node{hash: seed, children: roots}
	nodes := treeSerial(root)
	c := contest.Case{
		Name: fmt.Sprintf("uneven tree, %s nodes", count(nodes)),
		Op:   "a node",
		Unit: nodes,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, nodes, nodes, func() int { return treeSerial(root) }),
			subject(recurse, contest.Ours, nodes, nodes, recursive(tree, root)),
			subject(room, contest.Ours, nodes, nodes, recursive(treeRoom, root)),
			subject("goroutines", contest.Rival, nodes, nodes, func() int { return treeEach(eachGo, root, -1) }),
			subject("goroutines, while few run", contest.Rival, nodes, nodes, func() int {
				return treeEach(make(few, 2).each, root, -1)
			}),
		},
		Targets: []contest.Target{faster(recurse, 1.6), faster(room, 1.6), noSlower(room, tuned, 1)},
	}
	c.Subjects = append(c.Subjects, rivals(", cut-off", nodes, nodes, func(all each) int {
		return treeEach(all, root, treeCutoff)
	})...)
	return c
}

const (
	fanout = 8

	// fertile hashes have children: 12.4875 % of them, so that a node has 0.999
	// children on average.
	fertile = (1 << 64) * 124875 / 1000000

	// treeCutoff is at which depth a goroutine goes on alone.
	treeCutoff = 1
)

type node struct {
	hash     uint64
	children int
}

func (n node) child(i int) node {
	x := n.hash + uint64(i+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	if x < fertile {
		return node{x, fanout}
	}
	return node{x, 0}
}

func treeSerial(n node) int {
	sum := 1
	for i := range n.children {
		sum += treeSerial(n.child(i))
	}
	return sum
}

// tree forks for all children that are no leaves.
func tree(c *forkjoin.Branch[node, int], n node) int {
	sum, forks := 1, 0
	var last forkjoin.Forked
	for i := range n.children {
		child := n.child(i)
		if child.children == 0 {
			sum++
			continue
		}
		last = c.Fork(child)
		forks++
	}
	for ; forks > 0; forks-- {
		sum += c.Join(last)
		last--
	}
	return sum
}

// treeRoom forks as long as somebody may come for it.
func treeRoom(c *forkjoin.Branch[node, int], n node) int {
	if !c.Room() {
		return treeAlone(c, n)
	}
	return tree(c, n)
}

// treeAlone is the serial program, and goes back when somebody asks for work.
func treeAlone(c *forkjoin.Branch[node, int], n node) int {
	if c.Wanted() {
		return treeRoom(c, n)
	}
	sum := 1
	for i := range n.children {
		sum += treeAlone(c, n.child(i))
	}
	return sum
}

// treeEach goes on alone at a depth; never if that is negative.
func treeEach(all each, n node, depth int) int {
	if depth == 0 {
		return treeSerial(n)
	}
	sum := 1
	parts := make([]node, 0, n.children)
	for i := range n.children {
		child := n.child(i)
		if child.children == 0 {
			sum++
			continue
		}
		parts = append(parts, child)
	}
	if len(parts) == 0 {
		return sum
	}
	sums := make([]int, len(parts))
	all(len(parts), func(i int) { sums[i] = treeEach(all, parts[i], depth-1) })
	for _, s := range sums {
		sum += s
	}
	return sum
}
