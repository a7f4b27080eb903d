// Command trivet runs ours for the table of run.sh.
package main

import (
	"flag"
	"os"

	"github.com/trivet-go/trivet/bench/forkjoin"
)

func main() {
	full := flag.Bool("full", false, "large inputs")
	procs := flag.Int("procs", 2, "GOMAXPROCS")
	flag.Parse()
	forkjoin.Once(os.Stdout, *full, *procs)
}
