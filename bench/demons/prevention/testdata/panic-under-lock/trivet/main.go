// A panic in a use gives the lock back.
//
// Verdict: no place for it
// Shows: (?m)^2$
package main

import "github.com/trivet-go/trivet/state/guarded"

var quotient guarded.Value[int]

func handle(divisor int) {
	defer func() { _ = recover() }()
	quotient.Do(func(q *int) { *q = 10 / divisor })
	println(quotient.Load())
}

func main() {
	handle(0)
	handle(5)
}
