package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"testing/synctest"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/task/forkjoin"
	"pgregory.net/rapid"
)

var lineCount = Job[*Text, string, int, int]{
	Map: func(text *Text, out *Out[string, int]) error {
		for line := range text.Lines() {
			*out.Of(fmt.Sprint(line.Len()))++
		}
		return nil
	},
	Combine: func(sum *int, n int) { *sum += n },
}

// Every line is seen once, by one piece, wherever pieces begin.
func TestPiecesHaveWholeLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[ab\r]{0,9}`), 0, 40).Draw(t, "lines")
		text := strings.Join(lines, "\n")
		size := rapid.IntRange(1, 30).Draw(t, "piece")
		in := Input{Files: []string{"x"}, FS: fstest.MapFS{"x": {Data: []byte(text)}}, piece: size}
		if rapid.Bool().Draw(t, "stream") {
			in = Input{Readers: []Named{{"x", iotest.HalfReader(strings.NewReader(text))}}, piece: size}
		}
		want := map[string]int{}
		for _, line := range strings.SplitAfter(text, "\n") {
			if line != "" {
				want[fmt.Sprint(len(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")))]++
			}
		}
		got, err := lineCount.Run(context.Background(), in).Collect()
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q in pieces of %d: %v, want %v, err %v", text, size, got, want, err)
		}
	})
}

// A line that is longer than lines may be is an error that says where, or is skipped
// as a whole; it does not matter in which pieces it lies.
func TestLongLine(t *testing.T) {
	const longest = 200
	for _, length := range []int{longest - 1, longest, longest + 1, 3000} {
		for _, end := range []string{"", "\n", "\nlast"} {
			text := "first\nsecond\n" + strings.Repeat("x", length) + end
			for _, size := range []int{1, 7, 64, 190, 200} {
				for _, stream := range []bool{false, true} {
					in := Input{Files: []string{"x"}, FS: fstest.MapFS{"x": {Data: []byte(text)}}, piece: size, Longest: longest}
					if stream {
						in.FS = readOnly{in.FS}
					}
					name := fmt.Sprintf("%d bytes, end %q, pieces of %d, stream %t", length, end, size, stream)
					_, err := lineCount.Run(context.Background(), in).Collect()
					var where *RecordError
					if length > longest != errors.As(err, &where) || where != nil && (where.Offset != 13 || where.File != "x") {
						t.Errorf("%s: err %v", name, err)
					}
					in.SkipMalformed = true
					r := lineCount.Run(context.Background(), in)
					got, err := r.Collect()
					want := map[string]int{"5": 1, "6": 1}
					if end == "\nlast" {
						want["4"] = 1
					}
					skipped := int64(1)
					if length <= longest {
						want[fmt.Sprint(length)]++
						skipped = 0
					}
					if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || r.Stats().Skipped != skipped {
						t.Errorf("%s, skipped: %v, want %v, %+v, err %v", name, got, want, r.Stats(), err)
					}
				}
			}
		}
	}
}

func TestFileIsTruncatedMeanwhile(t *testing.T) {
	for _, mapped := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(name, []byte(strings.Repeat("a b c\n", 100_000)), 0o600); err != nil {
			t.Fatal(err)
		}
		job := wordCount
		job.Workers = 1
		job.Map = func(text *Text, out *Out[string, int]) error {
			if text.Offset() == 0 {
				if err := os.Truncate(name, 10); err != nil {
					return err
				}
			}
			return wordCount.Map(text, out)
		}
		_, err := job.Run(context.Background(), Input{Files: []string{name}, Mapped: mapped, piece: 8192}).Collect()
		if err == nil || !mapped && !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), name) {
			t.Errorf("mapped %t: err %v", mapped, err)
		}
	}
}

func TestInputErrors(t *testing.T) {
	dir := t.TempDir()
	broken := gzipped(prose(1000, 1))
	memory := fstest.MapFS{
		"half.gz": {Data: broken[:len(broken)/2]},
		"no.gz":   {Data: []byte("this is not compressed\n")},
		"x":       {Data: []byte("x")},
	}
	for what, c := range map[string]struct {
		in   Input
		is   error
		says string
	}{
		"no such file":    {in: Files(filepath.Join(dir, "none")), is: fs.ErrNotExist, says: "none"},
		"no match":        {in: Files(filepath.Join(dir, "*.none")), is: fs.ErrNotExist, says: "*.none"},
		"bad pattern":     {in: Input{Files: []string{"[x"}, FS: memory}, is: path.ErrBadPattern, says: "[x"},
		"folder":          {in: Files(dir), says: "is a directory"},
		"half of a gzip":  {in: Input{Files: []string{"half.gz"}, FS: memory}, is: io.ErrUnexpectedEOF, says: "half.gz"},
		"not a gzip":      {in: Input{Files: []string{"no.gz"}, FS: memory}, says: "no.gz"},
		"reader fails":    {in: Reader("r", iotest.ErrReader(errBad)), is: errBad, says: "r: at byte 0"},
		"reader is stuck": {in: Reader("r", stuck{}), is: io.ErrNoProgress, says: "r: at byte 0"},
	} {
		_, err := wordCount.Run(context.Background(), c.in).Collect()
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: err %v", what, err)
		}
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestNothing(t *testing.T) {
	for what, in := range map[string]Source[*Text]{
		"no input":     Input{},
		"empty reader": Reader("x", strings.NewReader("")),
		"empty file":   Input{Files: []string{"x"}, FS: fstest.MapFS{"x": {}}},
	} {
		for _, ordered := range []bool{false, true} {
			job := wordCount
			job.Ordered = ordered
			if got, err := job.Run(context.Background(), in).Collect(); err != nil || len(got) > 0 {
				t.Errorf("%s: %v, err %v", what, got, err)
			}
		}
	}
}

// A job that is not one says why.
func TestJobErrors(t *testing.T) {
	_, err := Job[int, int, int, int]{}.Run(context.Background(), Slice([]int{1})).Collect()
	if err == nil || !strings.Contains(err.Error(), "needs Map and Combine") {
		t.Errorf("err %v", err)
	}
	_, err = Job[int, int, int, string]{Map: func(int, *Out[int, int]) error { return nil }, Combine: func(*int, int) {}}.Run(context.Background(), Slice([]int{1})).Collect()
	if err == nil || !strings.Contains(err.Error(), "Reduce to make a string of a int") {
		t.Errorf("err %v", err)
	}
	_, err = Job[int, *int, int, int]{Map: func(int, *Out[*int, int]) error { return nil }, Combine: func(*int, int) {}}.Run(context.Background(), Slice([]int{1})).Collect()
	if err == nil || !strings.Contains(err.Error(), "keys need a Codec for *int") {
		t.Errorf("err %v", err)
	}
}

func TestTokenIsNoNumber(t *testing.T) {
	job := Job[*Text, int, int, int]{
		Map:     func(text *Text, out *Out[int, int]) error { out.At(text.words()[0].token(text.base)); return nil },
		Combine: func(*int, int) {},
	}
	defer func() {
		if p, ok := recover().(*trivet.PanicError); !ok || !strings.Contains(p.Error(), "keys are strings, not int") {
			t.Errorf("panic %v", p)
		}
	}()
	job.Run(context.Background(), Reader("x", strings.NewReader("x"))).Collect()
}

func TestPanicIsRaisedAgain(t *testing.T) {
	job := wordCount
	job.Memory, job.Temp = 1000, t.TempDir()
	job.Map = func(text *Text, out *Out[string, int]) error {
		wordCount.Map(text, out)
		panic("boom")
	}
	defer func() {
		if p, ok := recover().(*trivet.PanicError); !ok || p.Value != "boom" {
			t.Errorf("panic %v", p)
		}
		wantNothingIn(t, job.Temp)
	}()
	job.Run(context.Background(), Reader("x", strings.NewReader(prose(1000, 1)))).Collect()
}

// Once the context is done nothing begins, and its cause is the error.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		var calls atomic.Int32
		job := Job[int, int, int, int]{
			Map: func(i int, out *Out[int, int]) error {
				if calls.Add(1) == 5 {
					cancel(errBad)
				}
				return nil
			},
			Combine: func(*int, int) {},
		}
		endless := func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		}
		r := job.Run(ctx, Seq(endless))
		if _, err := r.Collect(); !errors.Is(err, errBad) {
			t.Errorf("err %v", err)
		}
		if n := calls.Load(); n > 100 {
			t.Errorf("%d calls", n)
		}
		if _, err := job.Run(ctx, Seq(endless)).Collect(); !errors.Is(err, errBad) {
			t.Errorf("err %v of a context that was done before", err)
		}
	})
}

// After a break nothing is left, and that is no error.
func TestBreak(t *testing.T) {
	for _, sorted := range []bool{false, true} {
		for _, memory := range []int64{0, 2000} {
			synctest.Test(t, func(t *testing.T) {
				job := wordCount
				job.Memory, job.Temp = memory, t.TempDir()
				r := job.Run(context.Background(), Reader("x", strings.NewReader(prose(1000, 1))))
				all := r.All()
				if sorted {
					all = r.Sorted()
				}
				for range all {
					break
				}
				if r.Err() != nil {
					t.Errorf("err %v", r.Err())
				}
				wantNothingIn(t, job.Temp)
				for range r.All() {
					t.Error("a second loop gets results")
				}
				if r.Err() == nil {
					t.Error("no error of a second loop")
				}
			})
		}
	}
}

func TestItems(t *testing.T) {
	job := Job[int, int, []int, int]{
		Map:     func(i int, out *Out[int, []int]) error { out.Emit(i%7-3, []int{i}); return nil },
		Combine: func(into *[]int, v []int) { *into = append(*into, v...) },
		Reduce: func(k int, v []int) int {
			for i := 1; i < len(v); i++ {
				if v[i] < v[i-1] {
					return -1
				}
			}
			return len(v)
		},
		Ordered: true,
	}
	items := make([]int, 5000)
	for i := range items {
		items[i] = i
	}
	withWorkers(t, 4)
	for _, memory := range []int64{0, 20_000} {
		job.Memory, job.Temp = memory, t.TempDir()
		for what, in := range map[string]Source[int]{"slice": Slice(items), "seq": Seq(func(yield func(int) bool) {
			for _, i := range items {
				if !yield(i) {
					return
				}
			}
		})} {
			var keys []int
			n := 0
			r := job.Run(context.Background(), in)
			for k, length := range r.Sorted() {
				keys = append(keys, k)
				if length < 0 {
					t.Errorf("%s: key %d has its items not in order", what, k)
				}
				n += length
			}
			if fmt.Sprint(keys) != "[-3 -2 -1 0 1 2 3]" || n != len(items) || r.Err() != nil || (r.Stats().Runs == 0) != (memory == 0) {
				t.Errorf("%s: keys %v, %d items, %+v, err %v", what, keys, n, r.Stats(), r.Err())
			}
		}
	}
}

// A job is a step, and can be a part of a larger run.
func TestStepInsideARun(t *testing.T) {
	counts, err := forkjoin.Run(context.Background(), func(c *forkjoin.Ctx) map[string]int {
		got, err := wordCount.Step()(c, Reader("x", strings.NewReader("a b a")))
		if err != nil {
			t.Errorf("err %v", err)
		}
		return got
	})
	if err != nil || counts["a"] != 2 || counts["b"] != 1 {
		t.Errorf("%v, err %v", counts, err)
	}
}
