// Command thumbs makes thumbnails of pictures. Each picture is a job of its
// own: one that cannot be read is tried again and then put aside, with the
// reasons, and the others go on.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	workers = flag.Int("workers", 8, "pictures that are worked on at the same time")
	width   = flag.Int("width", 64, "of a thumbnail, in pixels")
	out     = flag.String("out", "", "`directory` for the thumbnails; without it they are made and thrown away")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	files, err := input.Files(args, "image", ".png", ".jpeg", ".jpg", ".gif")
	if err != nil {
		return err
	}
	report, err := thumbs(ctx, files, *out, func(_ context.Context, letter consume.Letter[string]) error {
		fmt.Printf("put aside after %d tries: %s: %v\n", letter.Tries, letter.Item, letter.Err())
		return nil
	})
	fmt.Printf("%d thumbnails, %d put aside, %d not begun or not finished\n",
		report.Finished, report.Dead, len(report.Abandoned))
	return err
}

// thumbs puts files into a queue and works on it until it is empty.
func thumbs(ctx context.Context, files []string, dir string, aside func(context.Context, consume.Letter[string]) error) (report consume.Report[string], err error) {
	queue := bounded.New(64, bounded.Rules[string]{Name: "pictures"}) // when it is full the uploader waits
	err = scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			defer queue.Close()
			_, err := queue.PutAll(ctx, files)
			return err
		})
		report, err = consume.Each(g.Context(), queue, func(_ context.Context, file string) error {
			return thumb(file, dir)
		}, consume.Rules[string]{
			Name:        "thumbs",
			Workers:     *workers,
			Tries:       3,
			Backoff:     consume.Backoff{First: 5 * time.Millisecond},
			Visibility:  time.Minute,
			DeadLetters: aside,
		})
		return err
	})
	return report, err
}

// thumb may run twice for the same file: it writes the same again.
func thumb(file, dir string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		return err
	}
	var small bytes.Buffer
	if err := png.Encode(&small, shrink(picture, *width)); err != nil || dir == "" {
		return err
	}
	name := strings.NewReplacer("/", "_", `\`, "_", ":", "_").Replace(file) + ".png"
	return os.WriteFile(filepath.Join(dir, name), small.Bytes(), 0o666)
}

// shrink averages the pixels that become one.
func shrink(p image.Image, width int) image.Image {
	from := p.Bounds()
	width = min(width, from.Dx())
	height := max(1, from.Dy()*width/from.Dx())
	to := image.NewRGBA64(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			part := image.Rect(x*from.Dx()/width, y*from.Dy()/height, (x+1)*from.Dx()/width, (y+1)*from.Dy()/height)
			to.Set(x, y, average(p, part.Add(from.Min)))
		}
	}
	return to
}

func average(p image.Image, part image.Rectangle) color.RGBA64 {
	var sum [4]uint64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := p.At(x, y).RGBA()
			sum[0], sum[1], sum[2], sum[3] = sum[0]+uint64(r), sum[1]+uint64(g), sum[2]+uint64(b), sum[3]+uint64(a)
		}
	}
	n := uint64(part.Dx() * part.Dy())
	return color.RGBA64{R: uint16(sum[0] / n), G: uint16(sum[1] / n), B: uint16(sum[2] / n), A: uint16(sum[3] / n)}
}
