// Merged channels take turns.
//
// Verdict: no place for it
// Shows: ordinary: 1
package main

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/state/csp"
)

func main() {
	urgent, ordinary := make(chan string, 1), make(chan string, 1)
	urgent <- "urgent"
	ordinary <- "ordinary"
	read, served := 0, 0
	for v := range csp.Merge(context.Background(), urgent, ordinary) {
		if v == "ordinary" {
			served++
		} else {
			urgent <- v // more of it comes
		}
		if read++; read == 1000 {
			break
		}
	}
	fmt.Println("ordinary:", served)
}
