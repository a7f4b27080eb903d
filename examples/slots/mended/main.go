// Command slots, mended: eight files may be compressed at a time. That still
// bounds the memory, and no longer the speed of a machine with up to eight
// cores.
package main

import (
	"compress/flate"
	"flag"
	"fmt"
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var packages = flag.String("packages", "crypto,encoding,go,net", "what to compress, separated by commas")

// slots is how many files may be compressed at a time.
const slots = 8

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	var total atomic.Int64
	var wg sync.WaitGroup
	free := make(chan struct{}, slots)
	for _, f := range files {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			total.Add(compressed(f.Data))
		})
	}
	wg.Wait()
	fmt.Printf("%d files, %d bytes compressed\n", len(files), total.Load())
}

// compressors keeps compressors from one file to the next.
var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		log.Fatal(err)
	}
	return w
}}

// compressed is the size of data once compressed.
func compressed(data []byte) int64 {
	var size counter
	w := compressors.Get().(*flate.Writer)
	defer compressors.Put(w)
	w.Reset(&size)
	w.Write(data) // a counter never fails
	w.Close()
	return int64(size)
}

// counter is a Writer that counts.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
