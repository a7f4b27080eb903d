// Command shares measures how well Go packages compress, a goroutine each.
//
// The flaw: a package is the share of one goroutine, and net is larger than
// all the others together. When the small ones are done, the other cores watch
// it finish.
//
// What trivet explain should say: straggler; the critical path is one
// goroutine, compressing, and the last of its siblings ended long before it.
package main

import (
	"compress/flate"
	"flag"
	"fmt"
	"log"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var (
	packages = flag.String("packages", "bufio,errors,fmt,net,path,sort,strings,sync",
		"what to compress, separated by commas")
	level = flag.Int("level", 9, "compression level, 1 to 9")
)

func main() {
	flag.Parse()
	var shares [][]goroot.File
	for _, name := range strings.Split(*packages, ",") {
		files, err := goroot.Sources(name)
		if err != nil {
			log.Fatal(err)
		}
		shares = append(shares, deal(files)...)
	}

	var total atomic.Int64
	var wg sync.WaitGroup
	for _, share := range shares {
		wg.Go(func() {
			var p press
			for _, f := range share {
				total.Add(p.size(f.Data))
			}
		})
	}
	wg.Wait()
	fmt.Printf("%s: %d bytes compressed\n", *packages, total.Load())
}

// deal cuts the files of a package into shares.
func deal(files []goroot.File) [][]goroot.File {
	return slices.Collect(slices.Chunk(files, len(files)))
}

// press compresses; the zero press is ready.
type press struct{ w *flate.Writer }

// size is the size of data once compressed.
func (p *press) size(data []byte) int64 {
	var size counter
	if p.w == nil {
		var err error
		if p.w, err = flate.NewWriter(nil, *level); err != nil {
			log.Fatal(err)
		}
	}
	p.w.Reset(&size)
	p.w.Write(data) // a counter never fails
	p.w.Close()
	return int64(size)
}

// counter is a Writer that counts.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
