// Package state is the first layer of the library: how data is held and handed
// over. Nothing in it decides what work is done, or where.
//
//   - guarded: values behind a lock
//   - lockfree: values read often and replaced seldom
//   - bounded: a queue with a capacity
//   - csp: ways to connect channels
//   - async: values that come later
//
// Shared memory is fast and needs exclusive control; messages are safe and cost
// copies. Messages coordinate who does what; locks protect simple values.
package state
