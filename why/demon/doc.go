// Package demon holds what trivet demons finds, and two things for tests of
// your own: [Progress] counts what your program gets done, so that a livelock
// can be told from work, and [Watch] fails a test that leaves goroutines behind
// which nobody can wake.
//
// When not to use it: to hunt, run the command; it needs no change of your
// source. The command's own machinery is package hunt.
//
// The four demons are [Race], [Deadlock], [Livelock] and [Starvation]. A
// [Finding] is graded: [Seen] happened in a run; [Predicted] follows from what a
// run showed, such as the order of locks, or is the likely reading of it; a [Note]
// may be meant so.
package demon
