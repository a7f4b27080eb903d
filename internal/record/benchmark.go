package record

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// benchmark is one that matched, as an unrecorded run showed it.
type benchmark struct {
	name string  // on one core it has no suffix -N
	ns   float64 // an iteration
	size float64 // of the problem, from an element /size=N of the name; 0 = none
}

var (
	// benchLine is a result line: name, iterations, time.
	benchLine = regexp.MustCompile(`(?m)^(Benchmark\S*)\s+\d+\s+([0-9.]+) ns/op`)
	sizePart  = regexp.MustCompile(`/size=([^/]+)`)
)

// benchTime is about how long the recorded call of a benchmark runs.
const benchTime = 300 * time.Millisecond

// maxIterations keeps the recording of a benchmark with tiny iterations small,
// if each of them leaves events: see lengthen.
const maxIterations = 500_000

// iterations is how many make a call of benchTime. At least two: the testing
// package runs one iteration first, and would take that for the result.
func (b benchmark) iterations() int {
	return int(min(max(float64(benchTime.Nanoseconds())/max(b.ns, 1), 2), maxIterations))
}

// pattern is the -bench expression that matches this benchmark only.
func (b benchmark) pattern() string {
	parts := strings.Split(b.name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

func parseBenchmarks(output string) []benchmark {
	var found []benchmark
	for _, m := range benchLine.FindAllStringSubmatch(output, -1) {
		b := benchmark{name: m[1]}
		b.ns, _ = strconv.ParseFloat(m[2], 64)
		if size := sizePart.FindStringSubmatch(b.name); size != nil {
			b.size, _ = strconv.ParseFloat(size[1], 64)
		}
		found = append(found, b)
	}
	return found
}

// findBenchmark runs what -bench matches, unrecorded, to learn how long an
// iteration takes. If one benchmark matches in several sizes, the largest is
// explained and the others are returned.
func (s *Recorder) findBenchmark(ctx context.Context, bin string, set *Set) (smaller []benchmark, err error) {
	s.say("measuring how long one iteration takes")
	ctx, cancel := s.limited(ctx)
	defer cancel()
	r, err := run(ctx, s.command(ctx, bin, set.Package, 0), 1, nil, nil)
	if err == nil && ctx.Err() != nil {
		err = hint("give -for more time, or none", "the benchmark did not end within -for %v, while its iterations were measured", s.For)
	}
	if err != nil {
		return nil, err
	}
	if err := failed(r); err != nil {
		return nil, err
	}
	found := parseBenchmarks(r.Output)
	if len(found) == 0 {
		return nil, hint("list them with: go test -list Benchmark "+s.name(),
			"no benchmark matches -bench %s in %s, or it gave no result in ns/op", s.Bench, set.Package.ImportPath)
	}
	if !sizesOfOne(found) {
		var names []string
		for _, b := range found {
			names = append(names, b.name)
		}
		return nil, hint("narrow -bench to one of them, for example -bench '"+found[0].pattern()+"'",
			"-bench %s matches more than one benchmark: %s", s.Bench, strings.Join(names, ", "))
	}
	slices.SortFunc(found, func(a, b benchmark) int { return -cmp.Compare(a.size, b.size) })
	set.Size, set.Iters, set.iterNS = found[0].size, found[0].iterations(), found[0].ns
	s.Bench = found[0].pattern()
	set.Label = set.Package.base() + " " + found[0].name
	return found[1:], nil
}

// lengthen raises the iterations of a benchmark that maxIterations made short,
// if its iterations leave next to nothing in the trace.
func (s *Recorder) lengthen(ctx context.Context, dir, bin string, set *Set) error {
	const small = 1 << 20 // bytes
	if s.Bench == "" || set.Iters < maxIterations || set.iterNS <= 0 {
		return nil
	}
	r, err := s.recordOnce(ctx, filepath.Join(dir, "short.trace"), bin, s.Cores[0], set)
	if err != nil || ctx.Err() != nil {
		return err
	}
	if st, err := os.Stat(r.File); err == nil && st.Size() < small {
		set.Iters = int(min(float64(benchTime.Nanoseconds())/set.iterNS, 1e9))
	}
	return nil
}

// sizesOfOne tells whether all are one benchmark in different sizes.
func sizesOfOne(found []benchmark) bool {
	for _, b := range found[1:] {
		if b.size == 0 || found[0].size == 0 ||
			sizePart.ReplaceAllString(b.name, "") != sizePart.ReplaceAllString(found[0].name, "") {
			return false
		}
	}
	return true
}

// recordSizes records the other sizes of a benchmark, once each.
func (s *Recorder) recordSizes(ctx context.Context, dir, bin string, set *Set, sizes []benchmark) error {
	for i, b := range sizes {
		if ctx.Err() != nil {
			return nil // what is recorded is explained
		}
		s.say("recording %s with size %g", set.Label, b.size)
		t := s.Target
		t.Bench = b.pattern()
		file := filepath.Join(dir, fmt.Sprintf("size-%d.trace", i))
		cmd := t.command(ctx, bin, set.Package, b.iterations())
		if set.Tier == Stock {
			cmd.Args = slices.Insert(cmd.Args, 1, "-test.trace="+file)
		}
		r, err := run(ctx, cmd, s.Cores[0], s.recordingEnv(file, set), nil)
		if err == nil {
			err = failed(r)
		}
		if err != nil {
			return err
		}
		rec, err := readFile(ctx, file)
		if err != nil {
			return err
		}
		set.Sizes = append(set.Sizes, Sized{b.size, b.iterations(), rec})
	}
	return nil
}
