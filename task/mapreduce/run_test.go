package mapreduce

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/trivet-go/trivet"
	"pgregory.net/rapid"
)

// wordCount is the job of most tests.
var wordCount = Job[*Text, string, int, int]{
	Name: "words",
	Map: func(text *Text, out *Out[string, int]) error {
		for word := range text.Words() {
			*out.At(word)++
		}
		return nil
	},
	Combine: func(sum *int, n int) { *sum += n },
}

// prose is some text with words of all lengths, and lines of some.
func prose(words int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range words {
		n := r.IntN(6)
		if r.IntN(50) == 0 {
			n = r.IntN(60)
		}
		for range n {
			b.WriteByte("abcd\x00\xff"[r.IntN(6)])
		}
		b.WriteString([]string{" ", " ", " ", "\n", "\t\r\n"}[r.IntN(5)])
	}
	return b.String()
}

func plainCount(texts ...string) map[string]int {
	counts := map[string]int{}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' }) {
			counts[word]++
		}
	}
	return counts
}

// withWorkers lets that many run at the same time, whatever the machine has.
func withWorkers(t interface{ Cleanup(func()) }, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func wantCounts(t failer, r *Results[string, int], want map[string]int) {
	t.Helper()
	got, err := r.Collect()
	if err != nil {
		t.Errorf("err %v", err)
		return
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d counts are not the %d wanted: %s", len(got), len(want), difference(got, want))
	}
}

// failer is a test, of testing or of rapid.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

func difference(got, want map[string]int) string {
	for k, n := range want {
		if got[k] != n {
			return fmt.Sprintf("%q has %d, want %d", k, got[k], n)
		}
	}
	for k, n := range got {
		if want[k] != n {
			return fmt.Sprintf("%q has %d, want %d", k, n, want[k])
		}
	}
	return "none"
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

// The answer does not depend on where the text comes from, on how it is cut, and on
// how many look at it.
func TestSameWhereverFrom(t *testing.T) {
	one, two := prose(3000, 1), prose(500, 2)
	want := plainCount(one, two)
	dir := t.TempDir()
	files := map[string][]byte{"a.txt": []byte(one), "b.txt": []byte(two), "none.txt": nil, "a.gz": gzipped(one), "b.up": []byte(strings.ToUpper(two))}
	memory := fstest.MapFS{}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		memory[name] = &fstest.MapFile{Data: data}
	}
	lower := map[string]func(io.Reader) (io.Reader, error){".up": func(r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(r)
		return bytes.NewReader(bytes.ToLower(b)), err
	}}
	inputs := map[string]func() Input{
		"files":   func() Input { return Files(filepath.Join(dir, "*.txt")) },
		"mapped":  func() Input { return Input{Files: []string{filepath.Join(dir, "*.txt")}, Mapped: true} },
		"fs":      func() Input { return Input{Files: []string{"?.txt"}, FS: memory} },
		"dir fs":  func() Input { return Input{Files: []string{"?.txt"}, FS: os.DirFS(dir)} },
		"streams": func() Input { return Input{Files: []string{"?.txt"}, FS: readOnly{memory}} },
		"gzip":    func() Input { return Input{Files: []string{"*.gz", "b.txt"}, FS: memory} },
		"format":  func() Input { return Input{Files: []string{"a.txt", "b.up"}, FS: memory, Formats: lower} },
		"readers": func() Input {
			return Input{Readers: []Named{{"1", strings.NewReader(one)}, {"2", iotest.OneByteReader(strings.NewReader(two))}}}
		},
		"data and end": func() Input {
			return Input{Readers: []Named{{"1", iotest.DataErrReader(strings.NewReader(one))}, {"2", strings.NewReader(two)}}}
		},
	}
	for _, workers := range []int{1, 2, 3, 8} {
		withWorkers(t, workers)
		for name, input := range inputs {
			for _, size := range []int{64, 1000, 0} {
				in := input()
				in.piece = size
				if name == "format" {
					in.Longest = 1 << 20
				}
				t.Run(fmt.Sprint(name, " ", workers, " workers, pieces of ", size), func(t *testing.T) {
					want := want
					if name == "format" {
						want = plainCount(one, strings.ToLower(strings.ToUpper(two)))
					}
					wantCounts(t, wordCount.Run(context.Background(), in), want)
				})
			}
		}
	}
}

// The same for any text, any pieces, any number of workers, spilled or not, ordered
// or not, and whatever is read how.
func TestSameAnyway(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		withWorkers(t, rapid.IntRange(1, 8).Draw(t, "workers"))
		texts := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("ab \n\r")), 0, 200, -1), 1, 4).Draw(t, "texts")
		in := Input{piece: rapid.IntRange(1, 100).Draw(t, "piece"), FS: fstest.MapFS{}}
		for i, text := range texts {
			name := fmt.Sprint(i)
			switch rapid.IntRange(0, 3).Draw(t, "from") {
			case 0:
				in.FS.(fstest.MapFS)[name] = &fstest.MapFile{Data: []byte(text)}
				in.Files = append(in.Files, name)
			case 1:
				name += ".gz"
				in.FS.(fstest.MapFS)[name] = &fstest.MapFile{Data: gzipped(text)}
				in.Files = append(in.Files, name)
			default:
				in.Readers = append(in.Readers, Named{name, iotest.HalfReader(strings.NewReader(text))})
			}
		}
		job := wordCount
		job.Temp = dir
		job.Memory = rapid.SampledFrom([]int64{0, 0, 1, 500, 20_000}).Draw(t, "memory")
		job.Ordered = rapid.Bool().Draw(t, "ordered")
		job.Workers = rapid.IntRange(0, 3).Draw(t, "limit")
		wantCounts(t, job.Run(context.Background(), in), plainCount(texts...))
	})
	wantNothingIn(t, dir)
}

// readOnly is a file system of files that can only be read from front to back.
type readOnly struct{ fs.FS }

func (r readOnly) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	return struct{ fs.File }{f}, err
}

func (r readOnly) Glob(pattern string) ([]string, error) { return fs.Glob(r.FS, pattern) }

func TestProgress(t *testing.T) {
	text := prose(3000, 3)
	var mu sync.Mutex
	done := int64(0)
	ctx := trivet.WithHooks(context.Background(), &trivet.Hooks{Progress: func(p trivet.ProgressInfo) {
		mu.Lock()
		defer mu.Unlock()
		if p.Name != "words" || p.Unit != "bytes" || p.Total != int64(len(text)) {
			t.Errorf("%+v", p)
		}
		done = max(done, p.Done)
	}})
	in := Input{Files: []string{"x"}, FS: fstest.MapFS{"x": {Data: []byte(text)}}, piece: 64}
	r := wordCount.Run(ctx, in)
	wantCounts(t, r, plainCount(text))
	if done != int64(len(text)) || r.Stats().Read != done {
		t.Errorf("%d bytes told, %d in the stats, want %d", done, r.Stats().Read, len(text))
	}
}

var errBad = errors.New("bad")

func TestErrorEndsTheRun(t *testing.T) {
	job := wordCount
	job.Map = func(*Text, *Out[string, int]) error { return errBad }
	r := job.Run(context.Background(), Reader("x", strings.NewReader("a b\n")))
	for k := range r.All() {
		t.Errorf("result %q", k)
	}
	if err := r.Err(); !errors.Is(err, errBad) || !strings.Contains(err.Error(), `"words"`) {
		t.Errorf("err %v", err)
	}
}
