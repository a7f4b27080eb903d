// Command lines, mended: a goroutine adds up 512 lines, a matter of tens of
// microseconds beside which its start and its end no longer count.
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
const grain = 512

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
