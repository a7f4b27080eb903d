// Command lines adds up a checksum over the lines of some Go packages.
//
// The flaw: each line gets a goroutine of its own. A checksum takes less time
// than starting a goroutine, waking somebody to run it and waiting for its end,
// so that most of the work is the scheduler's.
//
// What trivet explain should say: tiny-tasks, at the go statement; how long a
// task is against what it costs to start one. The prediction is flagged, since
// no replay of such fine work is certain.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var (
	packages = flag.String("packages", "fmt,go,net/http", "whose lines to add up, separated by commas")
	rounds   = flag.Int("rounds", 4, "times that each file is added up")
)

// grain is how many lines a goroutine adds up.
const grain = 1

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}
	var count, total atomic.Uint64
	for range *rounds {
		for _, f := range files {
			addUp(bytes.SplitAfter(f.Data, []byte("\n")), &count, &total)
		}
	}
	fmt.Printf("%d lines, checksum %016x\n", count.Load(), total.Load())
}

// addUp adds the lines' checksums to total and returns when all are added.
func addUp(lines [][]byte, count, total *atomic.Uint64) {
	var wg sync.WaitGroup
	for some := range slices.Chunk(lines, grain) {
		wg.Go(func() {
			var sum uint64
			for _, line := range some {
				sum += uint64(crc32.ChecksumIEEE(line))
			}
			count.Add(uint64(len(some)))
			total.Add(sum)
		})
	}
	wg.Wait()
}
