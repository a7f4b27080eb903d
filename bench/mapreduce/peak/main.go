// Command peak counts keys of which almost none comes twice, with a bound on memory,
// and tells how much memory the process took at most, and how long it ran. It makes
// its input from a seed.
//
//	go -C bench run ./mapreduce/peak -bound 64000000
//	go -C bench run ./mapreduce/peak -bound 0           without a bound, for comparison
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/trivet-go/trivet/task/mapreduce"
)

var (
	bound = flag.Int64("bound", 64<<20, "Job.Memory in bytes; 0: no bound")
	keys  = flag.Int("keys", 10_000_000, "keys; each takes some 130 bytes in memory")
)

func main() {
	flag.Parse()
	dir, err := os.MkdirTemp("", "peak-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "keys")
	if err := write(file); err != nil {
		log.Fatal(err)
	}
	before := peak()
	start := time.Now()
	count := mapreduce.Job[*mapreduce.Text, string, int64, int64]{
		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int64]) error {
			for line := range text.Lines() {
				*out.At(line)++
			}
			return nil
		},
		Combine: func(sum *int64, n int64) { *sum += n },
		Memory:  *bound,
		Temp:    dir,
	}
	results := count.Run(context.Background(), mapreduce.Files(file))
	total := int64(0)
	for _, n := range results.All() {
		total += n
	}
	if err := results.Err(); err != nil {
		log.Fatal(err)
	}
	if total != int64(*keys) {
		log.Fatalf("counted %d lines of %d", total, *keys)
	}
	s := results.Stats()
	fmt.Printf("%d lines, %d different, in %v; bound %d MB, spilled %d MB in %d runs; peak memory %d MB, before the run %d MB\n",
		total, s.Keys, time.Since(start).Round(time.Millisecond), *bound>>20, s.Spilled>>20, s.Runs, peak()>>20, before>>20)
}

func write(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	r := rand.New(rand.NewPCG(1, 2))
	for range *keys {
		w.WriteString(strconv.FormatUint(r.Uint64N(uint64(*keys)*4), 36))
		w.WriteString("-key\n")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
