// Command shares, mended: a share is a file, not a package. There are hundreds,
// so that whatever their sizes every core has one until shortly before the end.
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
	queue := make(chan []goroot.File)
	for range len(strings.Split(*packages, ",")) {
		wg.Go(func() {
			var p press
			for share := range queue {
				for _, f := range share {
					total.Add(p.size(f.Data))
				}
			}
		})
	}
	for _, share := range shares {
		queue <- share
	}
	close(queue)
	wg.Wait()
	fmt.Printf("%s: %d bytes compressed\n", *packages, total.Load())
}

// deal cuts the files of a package into shares.
func deal(files []goroot.File) [][]goroot.File {
	return slices.Collect(slices.Chunk(files, 1))
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
