// Command sharpen sends the Go installation's test images through a pipeline:
// decode, sharpen, shrink. Each stage is joined to the next by a buffer.
//
// The flaw: sharpening takes most of the time and has one goroutine, like the
// others. The pipeline is as fast as that stage, whatever the machine; bigger
// buffers would only fill up.
//
// What trivet explain should say: slow-stage, at the line that sharpens; give
// the stage more workers.
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

var rounds = flag.Int("rounds", 3, "times that each picture goes through")

// sharpeners is how many goroutines the middle stage has.
const sharpeners = 1

func main() {
	flag.Parse()
	files, err := goroot.Images()
	if err != nil {
		log.Fatal(err)
	}

	source := make(chan goroot.File, 8)
	go func() {
		defer close(source)
		for range *rounds {
			for _, f := range files {
				source <- f
			}
		}
	}()
	decoded := stage(1, source, decode)
	sharp := stage(sharpeners, decoded, sharpen)
	small := stage(1, sharp, shrink)

	var count int
	var sum uint64
	for p := range small {
		count++
		sum += picture.Sum(p)
	}
	fmt.Printf("%d pictures, checksum %016x\n", count, sum)
}

func decode(f goroot.File) *image.RGBA {
	p, err := picture.Decode(f)
	if err != nil {
		log.Fatal(err)
	}
	return p
}

func sharpen(p *image.RGBA) *image.RGBA { return picture.Sharpen(p, 2) }

func shrink(p *image.RGBA) *image.RGBA { return picture.Shrink(p, 64) }

// stage applies step to all that comes from in, in so many goroutines. It closes
// its output when the last of them is done.
func stage[In, Out any](workers int, in <-chan In, step func(In) Out) <-chan Out {
	out := make(chan Out, 8)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for v := range in {
				out <- step(v)
			}
		})
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}
