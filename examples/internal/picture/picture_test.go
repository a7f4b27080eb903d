package picture

import (
	"image"
	"image/color"
	"testing"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

func TestShrinkTakesTheMean(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 4, 2))
	for x, red := range []uint8{0, 100, 200, 40} {
		for y := range 2 {
			src.SetRGBA(x, y, color.RGBA{red, 0, 0, 255})
		}
	}
	got := Shrink(src, 2)
	if got.Bounds().Dx() != 2 || got.Bounds().Dy() != 1 {
		t.Fatalf("4 by 2 shrunk to %v, want 2 by 1", got.Bounds())
	}
	if left, right := got.RGBAAt(0, 0).R, got.RGBAAt(1, 0).R; left != 50 || right != 120 {
		t.Errorf("means %d and %d, want 50 and 120", left, right)
	}
}

func TestSharpenLeavesAFlatPictureAlone(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range src.Pix {
		src.Pix[i] = 77
	}
	if Sum(Sharpen(src, 2)) != Sum(src) {
		t.Error("a picture of one colour changed")
	}
}

func TestDecodesEveryImage(t *testing.T) {
	files, err := goroot.Images()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if p, err := Decode(f); err != nil || p.Bounds().Dx() != 150 {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
