// Command cost measures what the overlay costs: each hooked operation in a plain
// binary, in a patched one that does not record, and in one that does. All three
// run by turns on one core, and the shortest time of each counts.
//
//	go run ./internal/overlay/cost [-rounds 7]
//
// The targets are 1.5 times the plain time when off, and 130 ns for a recorded
// event.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/internal/overlay"
)

const subject = "github.com/trivet-go/trivet/internal/overlay/cost/subject"

func main() {
	rounds := flag.Int("rounds", 7, "how often each binary runs")
	flag.Parse()
	if err := run(context.Background(), *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

// times are the nanoseconds of an operation: plain, off, recording.
type times struct {
	events int
	ns     [3]float64
}

func run(ctx context.Context, rounds int) error {
	dir, err := os.MkdirTemp("", "cost-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	plain, patched := filepath.Join(dir, "plain"), filepath.Join(dir, "patched")
	if err := build(ctx, plain, patched); err != nil {
		return err
	}
	record := overlay.EnvName + "=" + overlay.Env(overlay.Recording{File: filepath.Join(dir, "trace")})
	all := map[string]*times{}
	var names []string
	for range rounds {
		for i, r := range []struct{ bin, env string }{{plain, ""}, {patched, ""}, {patched, record}} {
			if names, err = measure(ctx, r.bin, r.env, i, all); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%-14s %9s %9s %7s %10s %10s\n", "ns, 1 core", "plain", "off", "ratio", "recording", "an event")
	for _, name := range names {
		t := all[name]
		event := "-"
		if t.events > 0 {
			event = fmt.Sprintf("%.0f", (t.ns[2]-t.ns[1])/float64(t.events))
		}
		fmt.Printf("%-14s %9.1f %9.1f %7.2f %10.1f %10s\n", name, t.ns[0], t.ns[1], t.ns[1]/t.ns[0], t.ns[2], event)
	}
	return nil
}

func build(ctx context.Context, plain, patched string) error {
	tool, err := overlay.Find(ctx, ".", nil)
	if err != nil {
		return err
	}
	o, err := overlay.Generate(ctx, tool, "")
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"build", "-o", plain, subject}, {"build", "-o", patched, "-overlay", o.File, subject}} {
		cmd := exec.CommandContext(ctx, o.Go, args...)
		cmd.Env, cmd.Stderr = append(os.Environ(), o.Env...), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", subject, err)
		}
	}
	return overlay.Verify(patched)
}

// measure runs a binary and keeps its times in column i if they are the
// shortest so far.
func measure(ctx context.Context, bin, env string, i int, all map[string]*times) ([]string, error) {
	cmd := exec.CommandContext(ctx, bin)
	cmd.Env, cmd.Stderr = append(os.Environ(), "GOMAXPROCS=1", env), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		events, err := strconv.Atoi(f[1])
		if err != nil {
			return nil, err
		}
		ns, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return nil, err
		}
		t := all[f[0]]
		if t == nil {
			t = &times{events: events}
			all[f[0]] = t
		}
		if t.ns[i] == 0 || ns < t.ns[i] {
			t.ns[i] = ns
		}
		names = append(names, f[0])
	}
	return names, nil
}
