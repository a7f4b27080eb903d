package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The answer does not depend on how often tables are spilled, nor on how many runs
// are merged at once; and nothing is left in the folder.
func TestSpilledIsTheSame(t *testing.T) {
	text := prose(2500, 7)
	want := plainCount(text)
	sortedWant := []string{}
	for k := range want {
		sortedWant = append(sortedWant, k)
	}
	slices.Sort(sortedWant)
	for _, workers := range []int{1, 2, 4, 8} {
		withWorkers(t, workers)
		for _, memory := range []int64{20_000, 1 << 30} {
			for _, ordered := range []bool{false, true} {
				t.Run(fmt.Sprint(workers, " workers, ", memory, " bytes, ordered ", ordered), func(t *testing.T) {
					job := wordCount
					job.Memory, job.Temp, job.Ordered = memory, t.TempDir(), ordered
					in := func() Input {
						return Input{Readers: []Named{{"1", strings.NewReader(text[:5000])}, {"2", strings.NewReader(text[5000:])}}, piece: 700}
					}
					want := want
					if !strings.ContainsAny(text[4999:5001], " \n") {
						want = plainCount(text[:5000], text[5000:])
					}
					r := job.Run(context.Background(), in())
					wantCounts(t, r, want)
					if s := r.Stats(); memory < 1<<30 == (s.Spilled == 0) || s.Keys != int64(len(want)) {
						t.Errorf("%+v", s)
					}
					var keys []string
					r = job.Run(context.Background(), in())
					for k := range r.Sorted() {
						keys = append(keys, k)
					}
					if r.Err() != nil || !slices.IsSorted(keys) || len(keys) != len(want) {
						t.Errorf("sorted: %d keys, want %d, err %v", len(keys), len(want), r.Err())
					}
					wantNothingIn(t, job.Temp)
				})
			}
		}
	}
}

func wantNothingIn(t *testing.T, dir string) {
	t.Helper()
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left in the folder: %v, err %v", files, err)
	}
}

// With Ordered, an operation for which the order matters, and even the grouping,
// gives the same for any number of workers.
func TestOrderedIsTheSameToTheLastBit(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var b strings.Builder
	inOrder := map[string]string{}
	for range 2500 {
		k, v := fmt.Sprint("k", r.IntN(300)), fmt.Sprint(r.NormFloat64()*1e10)
		fmt.Fprintf(&b, "%s;%s\n", k, v)
		inOrder[k] += v[:2]
	}
	type acc struct {
		sum  float64
		text string
	}
	job := Job[*Text, string, acc, string]{
		Map: func(text *Text, out *Out[string, acc]) error {
			for k, v := range text.Pairs(';') {
				f, ok := v.Float()
				if !ok {
					text.Malformed(v, "not a number")
				}
				out.EmitAt(k, acc{f, v.String()[:2]})
			}
			return nil
		},
		Combine: func(into *acc, v acc) { into.sum += v.sum; into.text += v.text },
		Reduce:  func(k string, v acc) string { return fmt.Sprint(k, v) },
		Ordered: true,
	}
	for _, memory := range []int64{0, 100_000, 3_000_000} {
		var want []string
		for _, workers := range []int{1, 2, 8, 8} {
			withWorkers(t, workers)
			job.Memory, job.Temp = memory, t.TempDir()
			in := Input{Readers: []Named{{"1", strings.NewReader(b.String())}, {"2", strings.NewReader("k1;1.\n")}, {"3", strings.NewReader(b.String())}}, piece: 999}
			var got []string
			r := job.Run(context.Background(), in)
			for k, s := range r.Sorted() {
				got = append(got, s)
				once := inOrder[k]
				if text := once + strings.Repeat("1.", strings.Count(k+"$", "k1$")) + once; !strings.Contains(s, text) {
					t.Fatalf("%q does not contain %q: what was combined was not in its order", s, text)
				}
			}
			if r.Err() != nil || len(got) != 300 {
				t.Fatalf("%d results, err %v", len(got), r.Err())
			}
			if want == nil {
				want = got
				t.Log(memory, r.Stats())
			}
			same(t, fmt.Sprint(memory, " bytes, ", workers, " workers"), "the keys", got, want)
		}
	}
}

// What cannot be read back is an error, of the merge of tables and of that of runs.
func TestCodecFails(t *testing.T) {
	job := wordCount
	job.Temp = t.TempDir()
	broken := Coding[int]{
		Append: func(to []byte, v int) []byte { return append(to, byte(v)) },
		Read:   func([]byte) (int, error) { return 0, errBad },
	}
	job.Codec.Value, job.Memory = broken, 1
	for sorted, r := range map[bool]*Results[string, int]{
		false: job.Run(context.Background(), Reader("x", strings.NewReader("a b c d e f"))),
		true:  job.Run(context.Background(), Reader("x", strings.NewReader("a b c d e f"))),
	} {
		all := r.All()
		if sorted {
			all = r.Sorted()
		}
		for k := range all {
			t.Errorf("sorted %t: result %q", sorted, k)
		}
		if !errors.Is(r.Err(), errBad) {
			t.Errorf("sorted %t: err %v", sorted, r.Err())
		}
	}
	keys := Coding[string]{
		Append: func(to []byte, v string) []byte { return append(to, v...) },
		Read:   func([]byte) (string, error) { return "", errBad },
	}
	job = wordCount
	job.Codec.Key = keys
	if _, err := job.Run(context.Background(), Reader("x", strings.NewReader("a b"))).Collect(); !errors.Is(err, errBad) {
		t.Errorf("err %v", err)
	}
}

// A disk on which there is no room is an error that says so, and not a part of the
// answer.
func TestFullDisk(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("no ", full)
	}
	f, err := os.OpenFile(full, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore("/somewhere", false)
	s.files = []*spillFile{{File: f, unnamed: true}}
	s.idle = slices.Clone(s.files)
	defer s.close()
	o := &Out[string, int]{table: *newTable[int](seeds{1, 2}, 0), keys: texts, textual: true, store: s}
	o.values, _ = valueCoder(Coding[int]{})
	o.limit, o.full = 1, o.flush
	for i := range 10000 {
		*o.Of(fmt.Sprint(i))++
	}
	if !errors.Is(o.err, syscall.ENOSPC) || !strings.Contains(o.err.Error(), "/somewhere") {
		t.Errorf("err %v", o.err)
	}
	if o.used > 1 {
		t.Errorf("%d keys are kept after the error", o.used)
	}
}

func TestNoFolder(t *testing.T) {
	job := wordCount
	job.Memory, job.Temp = 1, "/there/is/no/such/folder"
	r := job.Run(context.Background(), Reader("x", strings.NewReader(prose(500, 1))))
	for k := range r.All() {
		t.Fatalf("result %q", k)
	}
	if !errors.Is(r.Err(), fs.ErrNotExist) {
		t.Errorf("err %v", r.Err())
	}
}

// What was written and is not what is read is found.
func TestDamageIsFound(t *testing.T) {
	for _, damage := range []int64{0, 3, 4, 8, 9, 50, 16500} {
		s := newStore(t.TempDir(), true)
		o := &Out[string, int]{table: *newTable[int](seeds{1, 2}, 0), keys: texts, textual: true, store: s}
		o.values, _ = valueCoder(Coding[int]{})
		for i := range 3000 {
			*o.Of(fmt.Sprint(i)) = i
		}
		if err := o.writeRun(); err != nil {
			t.Fatal(err)
		}
		run := s.runs[0]
		var b [1]byte
		if _, err := run.file.ReadAt(b[:], damage); err != nil {
			t.Fatal(err)
		}
		b[0] ^= 0x10
		run.file.WriteAt(b[:], damage)
		sec, n := new(section), 0
		sec.open(run, 0)
		ok, err := sec.next()
		for ; ok; ok, err = sec.next() {
			n++
		}
		if err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("a byte changed at %d: %d records, err %v", damage, n, err)
		}
		s.close()
	}
}

func TestMemoryNeedsACodec(t *testing.T) {
	job := Job[string, string, map[string]int, int]{
		Map:     func(string, *Out[string, map[string]int]) error { return nil },
		Combine: func(*map[string]int, map[string]int) {},
		Reduce:  func(_ string, v map[string]int) int { return len(v) },
		Memory:  1 << 20,
	}
	_, err := job.Run(context.Background(), Slice([]string{"x"})).Collect()
	if err == nil || !strings.Contains(err.Error(), "spilling needs a Codec for map[string]int") {
		t.Errorf("err %v", err)
	}
}
