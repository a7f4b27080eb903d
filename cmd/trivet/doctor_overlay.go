package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/internal/show"
)

// checkOverlay builds a small program with the instrumented runtime, and
// records it. The full tier needs nothing else; without it explain falls back
// to ordinary traces.
func checkOverlay(ctx context.Context, d *doctor) check {
	c := check{Name: "overlay", State: degraded,
		Hint: "explain falls back to ordinary traces: see trivet why stock-tier"}
	for _, needed := range []string{"go", "build cache", "trivet cache"} {
		if d.lacks(needed) {
			c.Says, c.Hint = "not tried: it needs what is missing above", ""
			return c
		}
	}
	tool, err := overlay.Find(ctx, d.env.dir, d.env.environ)
	if err != nil {
		c.Says = err.Error()
		return c
	}
	made, err := overlay.Generate(ctx, tool, "")
	if err != nil {
		c.Says = err.Error()
		return c
	}
	size, err := d.recordSmall(ctx, made.File)
	if err != nil {
		c.Says = fmt.Sprintf("a small program with the instrumented runtime: %v", err)
		return c
	}
	c.State, c.Hint = ok, ""
	c.Says = fmt.Sprintf("a small program was built with %d hooks in the Go runtime, and recorded (%s)", len(made.Sites), show.Bytes(size))
	if n := len(made.Warnings); n > 0 {
		c.Says += fmt.Sprintf("; %d warnings, the first: %s", n, made.Warnings[0])
	}
	return c
}

const smallProgram = `package main

import "sync"

func main() {
	var wg sync.WaitGroup
	c := make(chan int, 1)
	wg.Go(func() { c <- 1 })
	wg.Wait()
	<-c
}
`

// recordSmall builds the small program under the overlay, runs it, and gives
// the size of its recording.
func (d *doctor) recordSmall(ctx context.Context, overlayFile string) (size int64, err error) {
	dir, err := os.MkdirTemp("", "trivet-doctor-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	source, binary, trace := filepath.Join(dir, "main.go"), filepath.Join(dir, "small.exe"), filepath.Join(dir, "trace")
	if err := os.WriteFile(source, []byte(smallProgram), 0o644); err != nil {
		return 0, err
	}
	progress := show.StartProgress(d.env.stderr, show.TerminalOf(d.env.stderr, d.env.getenv),
		show.Phase{What: "building a small program with the instrumented runtime"})
	defer progress.Stop()
	if _, err := d.env.output(ctx, "go", "build", "-overlay", overlayFile, "-o", binary, source); err != nil {
		return 0, err
	}
	if err := overlay.Verify(binary); err != nil {
		return 0, err
	}
	run := *d.env
	run.environ = append(append([]string(nil), run.environ...), overlay.EnvName+"="+overlay.Env(overlay.Recording{File: trace}))
	if _, err := run.output(ctx, binary); err != nil {
		return 0, err
	}
	info, err := os.Stat(trace)
	if err != nil {
		return 0, errors.New("it ran and recorded nothing")
	}
	return info.Size(), nil
}
