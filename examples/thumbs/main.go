// Command thumbs makes thumbnails of the Go installation's test images, in
// several sizes, and keeps them in a cache that its workers share.
//
// The flaw: thumb holds the cache's lock while it decodes and shrinks. What the
// lock has to guard is the map, for well under a microsecond; what it guards is
// all of the work. Eight workers do what one would.
//
// What trivet explain should say: lock-around-work, at the line that locks the
// cache; without that lock nearly N times faster on N cores.
package main

import (
	"flag"
	"fmt"
	"image"
	"log"
	"sync"

	"github.com/trivet-go/trivet/examples/internal/goroot"
	"github.com/trivet-go/trivet/examples/internal/picture"
)

var (
	workers = flag.Int("workers", 8, "goroutines that make thumbnails")
	sizes   = flag.Int("sizes", 16, "thumbnails of each picture")
)

// request asks for one thumbnail.
type request struct {
	file  *goroot.File
	width int
}

// cache holds the thumbnails made so far.
type cache struct {
	mu   sync.Mutex
	made map[request]*image.RGBA
}

func (c *cache) thumb(r request) *image.RGBA {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.made[r]; ok {
		return t
	}
	t := shrink(r)
	c.made[r] = t
	return t
}

func shrink(r request) *image.RGBA {
	p, err := picture.Decode(*r.file)
	if err != nil {
		log.Fatal(err)
	}
	return picture.Shrink(p, r.width)
}

func main() {
	flag.Parse()
	files, err := goroot.Images()
	if err != nil {
		log.Fatal(err)
	}

	requests := make(chan request, 16)
	c := cache{made: map[request]*image.RGBA{}}
	var wg sync.WaitGroup
	for range *workers {
		wg.Go(func() {
			for r := range requests {
				c.thumb(r)
			}
		})
	}
	for range 2 { // every thumbnail is asked for twice
		for size := range *sizes {
			for i := range files {
				requests <- request{&files[i], 16 + 4*size}
			}
		}
	}
	close(requests)
	wg.Wait()

	var sum uint64
	for _, t := range c.made {
		sum += picture.Sum(t)
	}
	fmt.Printf("%d thumbnails, checksum %016x\n", len(c.made), sum)
}
