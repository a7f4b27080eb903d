// A use ends when its function does, on every path.
//
// Verdict: no place for it
// Shows: (?m)^nothing to save, then <nil>$
package main

import (
	"errors"
	"fmt"

	"github.com/trivet-go/trivet/state/guarded"
)

var items guarded.Value[[]string]

func save(item string) (err error) {
	items.Do(func(all *[]string) {
		if item == "" {
			err = errors.New("nothing to save")
			return
		}
		*all = append(*all, item)
	})
	return err
}

func main() {
	fmt.Printf("%v, then %v\n", save(""), save("a"))
}
