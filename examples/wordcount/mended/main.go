// Command wordcount, mended: each worker counts into a map of its own, and the
// maps are added up at the end. The lock is still there and hardly used.
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
	for word := range bytes.FieldsFuncSeq(line, notLetter) {
		c.seen[string(word)]++
	}
}

func (c *counts) add(own *counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for word, n := range own.seen {
		c.seen[word] += n
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
			own := counts{seen: map[string]int{}}
			for f := range queue {
				for line := range bytes.Lines(f.Data) {
					own.line(line)
				}
			}
			total.add(&own)
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
