// Command collector shrinks the Go installation's test images in eight workers
// and gathers the results as PNG files in memory.
//
// The flaw: the workers shrink, but the one goroutine that gathers also encodes.
// Encoding takes longer than shrinking, so that the workers wait for the
// collector: a serial part in the guise of a result loop.
//
// What trivet explain should say: slow-stage, the one that takes from
// results; the critical path runs through the encoder, and the speed-up ends
// early.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"log"
	"sync"

	"github.com/trivet-go/trivet/examples/internal/goroot"
	"github.com/trivet-go/trivet/examples/internal/picture"
)

var (
	workers = flag.Int("workers", 8, "goroutines that shrink")
	rounds  = flag.Int("rounds", 4, "times that each picture is shrunk")
)

func main() {
	flag.Parse()
	files, err := goroot.Images()
	if err != nil {
		log.Fatal(err)
	}

	queue := make(chan goroot.File, 16)
	results := make(chan *image.RGBA, 16)
	var wg sync.WaitGroup
	for range *workers {
		wg.Go(func() {
			for f := range queue {
				results <- shrink(f)
			}
		})
	}
	go func() {
		for range *rounds {
			for _, f := range files {
				queue <- f
			}
		}
		close(queue)
		wg.Wait()
		close(results)
	}()

	var count, size int
	var sum uint64
	var enc encoder
	for small := range results {
		file := enc.encode(small)
		count++
		size += len(file)
		sum += uint64(crc32.ChecksumIEEE(file))
	}
	fmt.Printf("%d files of %d bytes, checksum %016x\n", count, size, sum)
}

func shrink(f goroot.File) *image.RGBA {
	p, err := picture.Decode(f)
	if err != nil {
		log.Fatal(err)
	}
	return picture.Shrink(p, 120)
}

// encoder makes PNG files and keeps its working memory from one to the next.
// It is for one goroutine; the zero encoder is ready.
type encoder struct{ spare *png.EncoderBuffer }

func (e *encoder) encode(p *image.RGBA) []byte {
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression, BufferPool: e}
	if err := enc.Encode(&out, p); err != nil {
		log.Fatal(err)
	}
	return out.Bytes()
}

// Get and Put make an encoder a png.EncoderBufferPool.
func (e *encoder) Get() *png.EncoderBuffer  { return e.spare }
func (e *encoder) Put(b *png.EncoderBuffer) { e.spare = b }
