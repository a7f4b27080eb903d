// Package picture is what the examples do to images: decode, shrink, sharpen,
// and boil down to a number.
package picture

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"

	_ "image/gif"  // so that Decode knows the format
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

// Decode reads a picture of any format in the image package's test data.
func Decode(f goroot.File) (*image.RGBA, error) {
	src, _, err := image.Decode(bytes.NewReader(f.Data))
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", f.Name, err)
	}
	dst := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst, nil
}

// Shrink returns src, width pixels wide, each pixel the mean of those it stands
// for. src must be at least as wide.
func Shrink(src *image.RGBA, width int) *image.RGBA {
	size := src.Bounds().Size()
	height := max(1, size.Y*width/size.X)
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			box := image.Rect(x*size.X/width, y*size.Y/height, (x+1)*size.X/width, (y+1)*size.Y/height)
			dst.SetRGBA(x, y, mean(src, box))
		}
	}
	return dst
}

func mean(src *image.RGBA, box image.Rectangle) color.RGBA {
	var sum [4]int
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			p := src.RGBAAt(x, y)
			for i, v := range [4]uint8{p.R, p.G, p.B, p.A} {
				sum[i] += int(v)
			}
		}
	}
	n := box.Dx() * box.Dy()
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n)}
}

// Sharpen returns src with each pixel moved away from the mean of the square
// around it, radius pixels to each side.
func Sharpen(src *image.RGBA, radius int) *image.RGBA {
	dst := image.NewRGBA(src.Bounds())
	for y := range src.Bounds().Dy() {
		for x := range src.Bounds().Dx() {
			square := image.Rect(x-radius, y-radius, x+radius+1, y+radius+1)
			around, here := mean(src, square.Intersect(src.Bounds())), src.RGBAAt(x, y)
			dst.SetRGBA(x, y, color.RGBA{
				away(here.R, around.R), away(here.G, around.G), away(here.B, around.B), here.A,
			})
		}
	}
	return dst
}

func away(here, around uint8) uint8 {
	return uint8(min(255, max(0, 2*int(here)-int(around))))
}

// Sum is a checksum of a picture's pixels.
func Sum(p *image.RGBA) uint64 { return uint64(crc32.ChecksumIEEE(p.Pix)) }
