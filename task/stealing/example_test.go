package stealing_test

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/task/stealing"
)

// How does a body fork a number of parts that it does not know before?
func ExampleRun() {
	type dir []any // of files, by size, and dirs
	size := func(s *stealing.Stack[dir, int], d dir) (sum int) {
		var last stealing.Forked
		forks := 0
		for _, entry := range d {
			switch e := entry.(type) {
			case int:
				sum += e
			case dir:
				last = s.Fork(e)
				forks++
			}
		}
		for ; forks > 0; forks-- { // the youngest first
			sum += s.Join(last)
			last--
		}
		return sum
	}
	fmt.Println(stealing.Run(context.Background(), size, dir{1, dir{2, 3, dir{4}}, dir{5}}))
	// Output: 15 <nil>
}
