// Package atomics has atomics, and numbers that are none.
package atomics

import "sync/atomic"

type Stats struct {
	requests atomic.Int64 // is: atomics, library
	last     int64        // is: atomics, library
	name     string
}

func (s *Stats) Count(at int64) {
	s.requests.Add(1)
	atomic.StoreInt64(&s.last, at)
}

type config struct{ n int }

var current atomic.Pointer[config] // is: atomics, library

func load() int { return current.Load().n }

func shards() [8]atomic.Uint64 { // what it returns is declared below
	var all [8]atomic.Uint64 // is: atomics, library
	all[0].Add(1)
	return all
}

// Healthy: a plain number, and a parameter.
var plain int64

func read(c *atomic.Int64) int64 { return c.Load() + plain }
