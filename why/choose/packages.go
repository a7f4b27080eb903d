package choose

import "slices"

// packages are those that answers speak of. A test compares Here with the
// folders that exist.
var packages = []Package{
	{Path: "state/guarded", What: "values behind a lock, several of them without a deadlock", Here: true},
	{Path: "state/lockfree", What: "Snapshot: read by all without waiting, replaced as a whole", Here: true},
	{Path: "state/bounded", What: "a queue with a capacity, a context, and a policy when it is full", Here: true},
	{Path: "state/csp", What: "merge, split and copy channels that are there already, and all of it ends", Here: true},
	{Path: "state/async", What: "futures, promises, and runs that several callers share", Here: true},
	{Path: "task/scoped", What: "goroutines with one fate, safe to nest; Map and Each over a sequence", Here: true},
	{Path: "task/limit", What: "one limit for several users, which can find its size by itself", Here: true},
	{Path: "task/forkjoin", What: "Do, For, Reduce and Sort over work stealing; a fork costs nanoseconds", Here: true},
	{Path: "task/mapreduce", What: "map, combine, shuffle, reduce, beyond memory too", Here: true},
	{Path: "task/masterworker", What: "assignment with leases and heartbeats, reassigned when a worker dies", Here: true},
	{Path: "flow/pipeline", What: "stages joined by bounded buffers", Here: true},
	{Path: "flow/consume", What: "each item until it is finished or put aside", Here: true},
	{Path: "flow/scatter", What: "ask many, gather one answer: quorum, partial answers, hedging", Here: true},
	{Path: "flow/actors", What: "typed actors with supervision, addressed by identity", Here: true},
	{Path: "flow/reactor", What: "one loop for very many connections",
		Meanwhile: "package net and a goroutine a connection: Go's runtime is a reactor itself"},
	{Path: "engine/nats", What: "queues, leases and shards over several machines",
		Meanwhile: "the client of a broker; one with TakeUpTo and Len is a consume.Queue"},
}

var laws = map[string]Law{
	"amdahl": {"Amdahl's law",
		"What cannot be shared between cores limits the gain: a tenth of the time, and no number of cores makes it more than ten times faster.",
		"trivet law -parallel 0.9 -cores 16"},
	"gustafson": {"Gustafson's law",
		"When the problem grows with the cores, the serial part keeps its size and counts for less and less.",
		"trivet law -parallel 0.9 -cores 16"},
	"usl": {"Universal scalability law",
		"What all change is contended for, and each change must reach the other cores: beyond some number of cores more of them make it slower.",
		"trivet law -fit points.csv"},
	"little": {"Little's law",
		"What is inside = the rate at which it comes × the time it stays. It gives the number of workers that wait, and the time that a full queue adds.",
		""},
	"slowest": {"The slowest stage",
		"A chain of stages has the rate of its slowest one, and a buffer in front of that only hides it for a while.",
		"trivet explain ."},
}

func lawsNamed(names []string) []Law {
	found := make([]Law, len(names))
	for i, name := range names {
		found[i] = laws[name]
	}
	return found
}

func packagesAt(paths []string) (found []Package) {
	for _, p := range packages { // in the order of the layers
		if slices.Contains(paths, p.Path) {
			found = append(found, p)
		}
	}
	return found
}
