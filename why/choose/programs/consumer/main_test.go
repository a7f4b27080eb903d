package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/trivet-go/trivet/flow/consume"
)

func picture() image.Image {
	p := image.NewGray(image.Rect(0, 0, 200, 100))
	for i := range p.Pix {
		p.Pix[i] = uint8(i % 200)
	}
	return p
}

// TestThumbs: good pictures become thumbnails, and a bad one is put aside after
// three tries and stops nobody.
func TestThumbs(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"a.png", "b.png", "bad.png", "c.png"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if name != "bad.png" {
			err = png.Encode(f, picture())
		}
		if err != nil || f.Close() != nil {
			t.Fatal("cannot write ", name, err)
		}
		files = append(files, f.Name())
	}
	out := t.TempDir()
	var letters []consume.Letter[string]
	report, err := thumbs(t.Context(), files, out, func(_ context.Context, l consume.Letter[string]) error {
		letters = append(letters, l) // there is one only
		return nil
	})
	if err != nil || report.Finished != 3 || report.Dead != 1 || len(letters) != 1 || letters[0].Item != files[2] || letters[0].Tries != 3 {
		t.Fatalf("%+v, %v, letters %+v", report, err, letters)
	}
	made, err := filepath.Glob(filepath.Join(out, "*_c.png.png"))
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	f, err := os.Open(made[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	small, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if size := small.Bounds().Size(); size != image.Pt(64, 32) {
		t.Errorf("a thumbnail of %v", size)
	}
}

// TestShrinkKeepsAverage: a column of a thumbnail is the average of its columns.
func TestShrinkKeepsAverage(t *testing.T) {
	small := shrink(picture(), 100)
	for x := range 100 {
		want := (uint32(2*x)*0x101 + uint32(2*x+1)*0x101) / 2
		if r, g, _, a := small.At(x, 7).RGBA(); r != want || g != want || a != 0xffff {
			t.Fatalf("column %d is %v, want %d", x, color.RGBA64Model.Convert(small.At(x, 7)), want)
		}
	}
	if tiny := shrink(image.NewGray(image.Rect(3, 3, 4, 4)), 64); tiny.Bounds().Size() != image.Pt(1, 1) {
		t.Errorf("one pixel became %v", tiny.Bounds())
	}
}
