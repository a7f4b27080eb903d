// Command tallies, mended: each tally has 128 bytes to itself, a cache line and
// the neighbour that processors like to fetch along with it.
package main

import (
	"flag"
	"fmt"
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var (
	workers  = flag.Int("workers", 8, "goroutines that count")
	packages = flag.String("packages", "fmt,go,net", "what to count in, separated by commas")
	rounds   = flag.Int("rounds", 4, "times that each file is counted")
)

// tally is what one worker has counted.
type tally struct {
	letters, blanks atomic.Uint32
	_               [120]byte
}

func (t *tally) count(data []byte) {
	for _, b := range data {
		switch {
		case b == ' ' || b == '\t' || b == '\n':
			t.blanks.Add(1)
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			t.letters.Add(1)
		}
	}
}

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	tallies := make([]tally, *workers)
	queue := make(chan goroot.File, 64)
	var wg sync.WaitGroup
	for w := range *workers {
		wg.Go(func() {
			for f := range queue {
				tallies[w].count(f.Data)
			}
		})
	}
	for range *rounds {
		for _, f := range files {
			queue <- f
		}
	}
	close(queue)
	wg.Wait()

	var letters, blanks uint32
	for w := range tallies {
		letters += tallies[w].letters.Load()
		blanks += tallies[w].blanks.Load()
	}
	fmt.Printf("%d letters, %d blanks\n", letters, blanks)
}
