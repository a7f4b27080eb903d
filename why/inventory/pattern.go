package inventory

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
)

// Kind names a pattern.
type Kind string

// The patterns that are looked for, each with its layer: see [Kind.Layer].
const (
	Pipeline      Kind = "pipeline"
	Queue         Kind = "producer-consumer"
	ScatterGather Kind = "scatter-gather"
	Actor         Kind = "actor loop"

	Pool         Kind = "worker pool"
	FanOut       Kind = "fan-out/fan-in"
	ForkJoin     Kind = "fork-join"
	MasterWorker Kind = "master-worker"
	MapReduce    Kind = "map-reduce"
	Semaphore    Kind = "semaphore"

	Future  Kind = "future"
	Plumbed Kind = "joined channels"
	Buffer  Kind = "bounded queue"
	Guarded Kind = "mutex-guarded state"
	Atomics Kind = "atomics"
)

// Kinds are all patterns, the highest layer first.
var Kinds = []Kind{Pipeline, Queue, ScatterGather, Actor, Pool, FanOut, ForkJoin, MasterWorker, MapReduce, Semaphore, Future, Plumbed, Buffer, Guarded, Atomics}

// Layer is 3 for how work moves through a whole program, 2 for how a job is cut
// up and shared out, 1 for how data is held and handed over.
func (k Kind) Layer() int {
	switch k {
	case Pipeline, Queue, ScatterGather, Actor:
		return 3
	case Pool, FanOut, ForkJoin, MasterWorker, MapReduce, Semaphore:
		return 2
	}
	return 1
}

// Origin tells what a pattern is built from.
type Origin string

const (
	Ours     Origin = "trivet"    // a package of Trivet's library
	Standard Origin = "library"   // a type of the standard library or golang.org/x that is the pattern
	HandMade Origin = "hand-made" // go statements, channels, WaitGroups
)

// Place is a line of a file.
type Place struct {
	File string
	Line int
}

func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", filepath.Base(p.File), p.Line)
}

func (p Place) compare(q Place) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line))
}

// Span is some lines of a file, both ends included.
type Span struct {
	Package string // import path
	File    string
	From    int
	To      int
}

// Pattern is one pattern at one place.
type Pattern struct {
	Kind   Kind
	Origin Origin
	By     string // what it is built from: "scoped.Map", "sync.Mutex", "go, sync.WaitGroup"
	Name   string // the variable or field at its heart: "jobs", "cache.mu"; "" if none
	Where  Place  // where it is built or declared
	Func   string // the function that stands at, "" at package level

	Starts   []Span // statements and calls that start its goroutines
	Channels []Span // where its channels are made
	Locks    []Span // calls that take its lock
	Guards   []string
}

// Layer is the layer of its kind.
func (p Pattern) Layer() int { return p.Kind.Layer() }

func (p Pattern) String() string {
	s := fmt.Sprintf("Lv%d %s at %s, %s: %s", p.Layer(), p.Kind, p.Where, p.Origin, p.By)
	if p.Name != "" {
		s += " " + p.Name
	}
	return s
}

// sorted orders patterns by layer, kind and place, and merges those that were
// seen several times because their function has several callers.
func sorted(all []Pattern) []Pattern {
	rank := map[Kind]int{}
	for i, k := range Kinds {
		rank[k] = i
	}
	slices.SortStableFunc(all, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), a.Where.compare(b.Where))
	})
	var out []Pattern
	for _, p := range all {
		if n := len(out); n > 0 && out[n-1].Kind == p.Kind && out[n-1].Where == p.Where {
			out[n-1].merge(p)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (p *Pattern) merge(q Pattern) {
	p.Starts = union(p.Starts, q.Starts)
	p.Channels = union(p.Channels, q.Channels)
	p.Locks = union(p.Locks, q.Locks)
	p.Guards = union(p.Guards, q.Guards)
	p.Name = cmp.Or(p.Name, q.Name)
}

func union[T comparable](a, b []T) []T {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}
