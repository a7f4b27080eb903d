// Command gen writes an access log, the same for the same seed:
//
//	go run ./systems/logs/gen -lines 200000 > access.log
//	go run ./systems/logs/gen -size 1000 -format json -broken 0.001 > access.json
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"github.com/trivet-go/trivet/systems/logs/generate"
)

func main() {
	lines := flag.Int64("lines", 100_000, "how many `lines` to write")
	size := flag.Int64("size", 0, "write so many `megabytes` (1e6 bytes) instead")
	var rules generate.Rules
	flag.Uint64Var(&rules.Seed, "seed", 1, "the same `number` makes the same log")
	flag.StringVar(&rules.Format, "format", "combined", "combined, json or logfmt")
	flag.Float64Var(&rules.Broken, "broken", 0, "`share` of lines that are not in that format, 0 to 1")
	flag.Float64Var(&rules.Every, "every", 0.05, "`seconds` between requests on average")
	flag.Parse()
	if err := run(rules, *lines, *size*1e6); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
}

func run(rules generate.Rules, lines, size int64) error {
	if err := rules.Check(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<18)
	var written int64
	for line := range generate.Lines(rules) {
		if size == 0 && lines <= 0 || size > 0 && written >= size {
			break
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		written += int64(len(line))
		lines--
	}
	return out.Flush()
}
