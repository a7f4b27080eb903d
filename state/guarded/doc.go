// Package guarded holds values behind a lock, so that they cannot be reached
// without it, and locks several of them without a deadlock.
//
//	balance := guarded.Of(100)
//	balance.Do(func(b *int) { *b -= 30 })
//
//	guarded.Do2(from, to, func(a, b *Account) {
//		a.Cents, b.Cents = a.Cents-n, b.Cents+n
//	})
//
// Use it for a few fields that belong together and change together. For a
// number use sync/atomic; for a value that is read a thousand times for each
// change [lockfree.Snapshot]; for maps that many goroutines use, and for
// counters, github.com/puzpuzpuz/xsync, which does both better than anything we
// would write. When goroutines hand work to each other that is a queue or a
// channel, not a guarded value.
//
// # Words
//
// A use is one call of a function with the value. A [Value] is used by one
// goroutine at a time; a [ReadMostly] may be viewed by many. To re-enter is to
// use a value inside of a use of the same value.
//
// # When something goes wrong
//
// A panic in a use gives the lock back and goes on. What ends in Context gives up
// when its context is done, and then f was not called; the others wait as long
// as it takes. Re-entering waits for ever, and panics with both stacks while
// [Debug] is on.
//
// # Demons
//
// Race: the value has no other way in than a use. Deadlock: [Do2], [Do3] and
// [DoAll] lock in one order everywhere, whatever the order of their arguments;
// a use inside of a use of another value is not safe from it. Starvation: who
// waits gets in in the order of coming, and newcomers overtake a few times at
// most. All waits are on channels, so they are durable in a testing/synctest
// bubble.
//
// [lockfree.Snapshot]: https://pkg.go.dev/github.com/trivet-go/trivet/state/lockfree
package guarded
