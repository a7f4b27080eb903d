package ingest_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/trivet-go/trivet/systems/logs/generate"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/read"
)

// How long does a line take, from the file to the index?
func BenchmarkIngest(b *testing.B) {
	name := filepath.Join(b.TempDir(), "access.log")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for line := range generate.Lines(generate.Rules{}) {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if n++; n >= b.N {
			break
		}
	}
	f.Close()
	sources, err := read.Sources(name)
	if err != nil {
		b.Fatal(err)
	}
	x, err := index.Create(filepath.Join(b.TempDir(), "index"), index.Rules{Shards: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	in, err := ingest.New(&read.Reader{Sources: sources}, x, ingest.Rules{Dead: ingest.NewDeadLetters(io.Discard)})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := in.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}
