// Command wordcount counts how often each word occurs in some Go packages.
//
// The flaw: all workers count into one map behind one lock. They take it for a
// line at a time, which is not long, but it is most of what they do: while one
// counts, the others wait.
//
// What trivet explain should say: lock-around-work, at the line that locks; how
// much of the work happens under it, and that a map for each worker would free
// it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"strings"
	"sync"
	"unicode"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var (
	workers  = flag.Int("workers", 8, "goroutines that count")
	packages = flag.String("packages", "crypto,encoding,go,net,runtime", "whose words to count, separated by commas")
)

// counts is how often each word occurred.
type counts struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counts) line(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for word := range bytes.FieldsFuncSeq(line, notLetter) {
		c.seen[string(word)]++
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	queue := make(chan goroot.File, 16)
	total := counts{seen: map[string]int{}}
	var wg sync.WaitGroup
	for range *workers {
		wg.Go(func() {
			for f := range queue {
				for line := range bytes.Lines(f.Data) {
					total.line(line)
				}
			}
		})
	}
	for _, f := range files {
		queue <- f
	}
	close(queue)
	wg.Wait()

	var sum uint64
	for word, n := range total.seen {
		sum += uint64(crc32.ChecksumIEEE([]byte(word))) * uint64(n)
	}
	fmt.Printf("%d different words, checksum %016x\n", len(total.seen), sum)
}
