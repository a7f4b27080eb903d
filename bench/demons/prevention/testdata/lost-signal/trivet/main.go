// A promise that was kept early is still kept.
//
// Verdict: no place for it
// Shows: (?m)^true <nil>$
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/async"
)

func main() {
	promise, ready := async.New[bool]()
	promise.Resolve(true)
	fmt.Println(ready.Await(context.Background()))
}
