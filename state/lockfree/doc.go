// Package lockfree holds values that are read often and replaced as a whole.
// Readers never wait, for nobody.
//
//	var config lockfree.Snapshot[Config]
//	config.Store(Config{Level: "info"})
//	level := config.Load().Level                                  // everywhere, all the time
//	config.Update(func(c Config) Config { c.Level = "debug"; return c }) // now and then
//
// Use a [Snapshot] for configuration, routes, caches of what changes seldom: a
// read costs one atomic load, a change copies the value. Use a [Cell] when many
// change it, each by a short function, and none may wait for another one that
// is not running. When changes are frequent and large use state/guarded; for a
// number sync/atomic; for maps that many goroutines change, and for counters
// that they all add to, github.com/puzpuzpuz/xsync: its Map and Counter are
// what we would want to write.
//
// # When something goes wrong
//
// A panic in a function given to Update changes nothing. A Cell that was changed
// by others too often in a row gives up with [ErrContended].
//
// # Demons
//
// Race: what Load returns is frozen; nobody may change it, and nothing in the
// package does. Livelock: a Cell tries again a bounded number of times, after
// a pause that is drawn at random and grows, and counts the tries. Deadlock: readers
// take no lock; writers of a Snapshot take turns.
package lockfree
