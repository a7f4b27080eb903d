// Package mapreduce is the scoreboard of jobs over large texts: against programs that
// were written for one job by hand, as well as we know how, and against what is
// usually written.
package mapreduce

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/mapreduce"
)

// Board is the scoreboard. The files that it reads are made from seeds, in a folder
// that is removed in the end; they are in the page cache.
var Board = board.Board{Name: name, What: what, Contest: true, Make: makeBoard}

const (
	name = "mapreduce"
	what = "jobs over large texts, by the library and by hand"
)

// Names that targets refer to.
const (
	us     = "trivet"
	mapped = "trivet, mapped"
	alone  = "one worker of trivet's"
	hand   = "by hand"
	naive  = "goroutines and channels of pairs"
	inside = "the same in memory"
	extern = "sort | uniq -c, bounded"
)

// sizes are those of the inputs.
type sizes struct {
	rows  int // of the 1BRC
	text  int // bytes
	keys  int // lines of the case that spills
	bound int64
}

var (
	usual = sizes{rows: 2_000_000, text: 24 << 20, keys: 300_000, bound: 1 << 20}
	large = sizes{rows: 100_000_000, text: 1 << 30, keys: 20_000_000, bound: 64 << 20}
)

func makeBoard(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-mapreduce-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := contest.Board{Name: name, What: what, LeftOut: []string{"DuckDB: neither Debian nor the Go module proxy has it without downloading 100 MB of binaries"}}
	size := large
	if !o.Full {
		size = usual
		b.LeftOut = append(b.LeftOut, "large inputs, which are for -full: 100M rows, 1 GB of text, 20M keys")
	}
	o.Progress.Sayf("%s: making files", name)
	in, err := makeInputs(dir, size)
	if err != nil {
		return err
	}
	t := findTools(dir)
	for _, what := range t.missing {
		b.LeftOut = append(b.LeftOut, what+": skipped")
	}
	b.Cases = func() []contest.Case { return cases(in, t) }
	return b.Scoreboard().Make(ctx, o)
}

// inputs are the files, and what has to come out.
type inputs struct {
	sizes
	rowsFile, textFile, keysFile string
	wordsInText                  int
}

func makeInputs(dir string, size sizes) (in inputs, err error) {
	in = inputs{sizes: size, rowsFile: filepath.Join(dir, "rows"), textFile: filepath.Join(dir, "text"), keysFile: filepath.Join(dir, "keys")}
	if err := writeRows(in.rowsFile, size.rows); err != nil {
		return in, err
	}
	if err := writeKeys(in.keysFile, size.keys); err != nil {
		return in, err
	}
	in.wordsInText, err = writeText(in.textFile, size.text)
	return in, err
}

func cases(in inputs, t tools) []contest.Case {
	all := []contest.Case{brcCase(in, t), wordsCase(in, t)}
	if t.sort {
		all = append(all, spillCase(in))
	}
	return all
}

// targets of a case: how near to the program by hand, how much faster than the naive
// one, and what two cores bring.
func targets(near float64) []contest.Target {
	return []contest.Target{
		{Who: us, Of: hand, Ratio: near},
		{Who: mapped, Of: hand, Ratio: near},
		{Who: us, Of: naive, Ratio: 0.1},
		{Who: us, Of: alone, Ratio: 1 / 1.8},
	}
}

func brcCase(in inputs, t tools) contest.Case {
	file := in.rowsFile
	want := oursBRC(mapreduce.Files(file), 0)
	s := subjects[answer]{unit: in.rows, want: want}
	s.add(us, contest.Ours, "", func() answer { return oursBRC(mapreduce.Files(file), 0) })
	s.add(mapped, contest.Ours, "", func() answer { return oursBRC(mapreduce.Input{Files: []string{file}, Mapped: true}, 0) })
	s.add(hand, contest.Rival, "", func() answer { return handRows(file) })
	s.add(alone, contest.Reference, "", func() answer { return oursBRC(mapreduce.Files(file), 1) })
	s.add(naive, contest.Reference, "what tutorials show", func() answer { return channelRows(file) })
	s.add("bufio.Scanner and a map", contest.Reference, "one goroutine", func() answer { return scanRows(file) })
	if t.mawk != "" {
		s.add("mawk", contest.Reference, "one thread", func() answer { return output(false, t.mawk, "-F;", mawkRows, file) })
	}
	if t.java != "" {
		s.add("Java parallel stream", contest.Reference, "the JVM's start included", func() answer { return output(false, t.java, "-cp", t.classes, "Rows", file) })
	}
	s.floors(file)
	return contest.Case{
		Name: "1brc", Op: "a record", Promise: "gives minimum, maximum, sum and number for each station, on all cores",
		Procs: 2, Unit: in.rows, Serial: alone, Subjects: s.all, Targets: targets(1.3),
	}
}

const mawkRows = `{
	v = $2 * 10; v = int(v + (v < 0 ? -0.5 : 0.5))
	if (!($1 in n) || v < min[$1]) min[$1] = v
	if (!($1 in n) || v > max[$1]) max[$1] = v
	sum[$1] += v; n[$1]++
} END { for (s in n) printf "%s\t%d\t%d\t%d\t%d\n", s, min[s], max[s], sum[s], n[s] }`

func wordsCase(in inputs, t tools) contest.Case {
	file := in.textFile
	want := oursWords(mapreduce.Files(file), 0, 0)
	s := subjects[answer]{unit: in.wordsInText, want: want}
	s.add(us, contest.Ours, "", func() answer { return oursWords(mapreduce.Files(file), 0, 0) })
	s.add(mapped, contest.Ours, "", func() answer { return oursWords(mapreduce.Input{Files: []string{file}, Mapped: true}, 0, 0) })
	s.add(hand, contest.Rival, "", func() answer { return handWords(file) })
	s.add(alone, contest.Reference, "", func() answer { return oursWords(mapreduce.Files(file), 1, 0) })
	s.add(naive, contest.Reference, "what tutorials show", func() answer { return channelWords(file) })
	s.add("bufio.Scanner and a map", contest.Reference, "one goroutine", func() answer { return scanWords(file) })
	if t.mawk != "" {
		s.add("mawk", contest.Reference, "one thread", func() answer { return output(false, t.mawk, mawkWords, file) })
	}
	if t.sort {
		s.add("tr | sort | uniq -c", contest.Reference, "what the shell has", func() answer {
			return output(true, "sh", "-c", `tr -s ' ' '\n' < "$0" | LC_ALL=C sort | uniq -c`, file)
		})
	}
	if t.java != "" {
		s.add("Java parallel stream", contest.Reference, "the JVM's start included", func() answer { return output(false, t.java, "-cp", t.classes, "Words", file) })
	}
	s.floors(file)
	return contest.Case{
		Name: "wordcount", Op: "a word", Promise: "counts every word, on all cores",
		Procs: 2, Unit: in.wordsInText, Serial: alone, Subjects: s.all, Targets: targets(1.5),
	}
}

const mawkWords = `{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) printf "%s\t%d\n", w, n[w] }`

// spillCase counts keys of which almost none comes twice, with a bound on memory that
// all of them exceed ten times.
func spillCase(in inputs) contest.Case {
	file := in.keysFile
	want := oursWords(mapreduce.Files(file), 0, 0)
	s := subjects[answer]{unit: in.keys, want: want}
	s.add(us, contest.Ours, "", func() answer { return oursWords(mapreduce.Files(file), 0, in.bound) })
	s.add(extern, contest.Rival, "", func() answer {
		return output(true, "sh", "-c", fmt.Sprintf(`LC_ALL=C sort --buffer-size=%d --parallel=2 "$0" | uniq -c`, in.bound), file)
	})
	s.add(inside, contest.Reference, "no bound", func() answer { return oursWords(mapreduce.Files(file), 0, 0) })
	return contest.Case{
		Name: "spill ten times the bound", Op: "a key", Promise: "counts keys that need ten times the memory that it may use",
		Procs: 2, Unit: in.keys, Subjects: s.all, Targets: []contest.Target{{Who: us, Of: inside, Ratio: 3}},
	}
}

// subjects of a case, which give the same answer.
type subjects[T comparable] struct {
	unit int
	want T
	all  []contest.Subject
}

func (s *subjects[T]) add(who string, role contest.Role, note string, run func() T) {
	s.all = append(s.all, contest.Subject{Who: who, Role: role, Note: note, Run: func(n int) {
		for range n / s.unit {
			if got := run(); got != s.want {
				panic(fmt.Sprintf("%s: answer %v, want %v", who, got, s.want))
			}
		}
	}})
}

// floors adds what it takes to look at every byte.
func (s *subjects[T]) floors(file string) {
	floor := func(who, note string, run func()) {
		s.all = append(s.all, contest.Subject{Who: who, Role: contest.Reference, Note: note, Run: func(n int) {
			for range n / s.unit {
				run()
			}
		}})
	}
	floor("scan floor, mapped", "every byte is looked at, no more", func() { scanFloor(file) })
	floor("scan floor, read", "every byte is read, no more", func() { readFloor(file) })
}
