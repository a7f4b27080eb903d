package read

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/task/scoped"
)

// write makes files in a new folder.
func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// all reads everything, as "source:line:text".
func all(t *testing.T, r *Reader) (lines []string, long []Long, err error) {
	t.Helper()
	err = r.Chunks(t.Context(), func(c Chunk) bool {
		for i, line := range c.Lines {
			lines = append(lines, fmt.Sprintf("%d:%d:%s", c.ID(i).Source, c.ID(i).Line, line))
		}
		long = append(long, c.Long...)
		return true
	})
	return lines, long, err
}

func TestLines(t *testing.T) {
	big := strings.Repeat("x", bufferSize+5)
	for _, c := range []struct{ name, content, want string }{
		{"plain", "a\nb\n", "0:1:a|0:2:b"},
		{"no newline at the end", "a\nb", "0:1:a|0:2:b"},
		{"empty lines", "\n\na\n\n", "0:1:|0:2:|0:3:a|0:4:"},
		{"empty file", "", ""},
		{"windows", "a\r\nb\r\n", "0:1:a|0:2:b"},
		{"longer than the buffer", big + "\nb\n", "0:1:" + big + "|0:2:b"},
		{"binary", "\x00\xff\n", "0:1:\x00\xff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := write(t, map[string]string{"f": c.content})
			sources, err := Sources(filepath.Join(dir, "f"))
			if err != nil {
				t.Fatal(err)
			}
			r := &Reader{Sources: sources}
			lines, long, err := all(t, r)
			if got := strings.Join(lines, "|"); got != c.want || len(long) > 0 || err != nil {
				t.Errorf("got %.80q, %v, %v", got, long, err)
			}
			if n, count := r.Progress(); n != int64(len(c.content)) || int(count) != len(lines) {
				t.Errorf("progress: %d bytes, %d lines", n, count)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("y", 1<<20)
	dir := write(t, map[string]string{"f": "first\n" + long + "\nten bytes!\neleven byte\nlast"})
	sources, _ := Sources(filepath.Join(dir, "f"))
	lines, longs, err := all(t, &Reader{Sources: sources, MaxLine: 10})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(lines, "|"); got != "0:1:first|0:2:|0:3:ten bytes!|0:4:|0:5:last" {
		t.Error(got)
	}
	if len(longs) != 2 || longs[0].Offset != 6 || longs[0].Length != 1<<20+1 || longs[1].Length != 12 {
		t.Errorf("%+v", longs)
	}
	if len(longs[0].Head) != 10 || len(longs[1].Head) != 10 {
		t.Errorf("%d bytes of the long line are kept", len(longs[0].Head))
	}
}

func TestManyLinesKeepTheirNumbers(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "%d\n", i+1)
	}
	dir := write(t, map[string]string{"f": b.String()})
	sources, _ := Sources(filepath.Join(dir, "f"))
	lines, _, err := all(t, &Reader{Sources: sources})
	if err != nil || len(lines) != 5000 {
		t.Fatal(len(lines), err)
	}
	for i, line := range lines {
		if want := fmt.Sprintf("0:%d:%d", i+1, i+1); line != want {
			t.Fatalf("got %s, want %s", line, want)
		}
	}
}

func TestGzip(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte("a\nb\n"))
	w.Close()
	dir := write(t, map[string]string{"f.gz": z.String(), "g": z.String(), "cut.gz": z.String()[:z.Len()-6], "empty.gz": ""})
	sources, _ := Sources(filepath.Join(dir, "*"))
	lines, _, err := all(t, &Reader{Sources: sources})
	if got := strings.Join(lines, "|"); got != "0:1:a|0:2:b|2:1:a|2:2:b|3:1:a|3:2:b" {
		t.Error(got)
	}
	if err == nil || !strings.Contains(err.Error(), "cut.gz: after line 2") {
		t.Errorf("a file that is cut off must be told: %v", err)
	}
}

func TestSources(t *testing.T) {
	dir := write(t, map[string]string{"a.log": "1\n", "b.log": "22\n", "c[1].txt": "3\n"})
	if err := os.Mkdir(filepath.Join(dir, "folder.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	if sources, err := Sources(filepath.Join(dir, "c[1].txt")); err != nil || len(sources) != 1 {
		t.Errorf("a name that looks like a glob: %v, %v", sources, err)
	}
	sources, err := Sources(filepath.Join(dir, "*.log"), filepath.Join(dir, "a.log"), "-")
	if err != nil || len(sources) != 3 || sources[1].Size != 3 || sources[2].Name != "-" {
		t.Errorf("%+v, %v", sources, err)
	}
	for pattern, want := range map[string]string{
		filepath.Join(dir, "*.zip"): "no file is named",
		filepath.Join(dir, "fold*"): "no file is named",
		dir:                         "is a folder",
		"[":                         "syntax error",
	} {
		if _, err := Sources(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	if _, err := Sources(); err == nil {
		t.Error("nothing to read must be an error")
	}
}

func TestAFileThatIsGoneDoesNotStopTheOthers(t *testing.T) {
	dir := write(t, map[string]string{"a": "1\n", "b": "2\n"})
	sources, _ := Sources(filepath.Join(dir, "*"))
	os.Remove(filepath.Join(dir, "a"))
	lines, _, err := all(t, &Reader{Sources: sources})
	if len(lines) != 1 || !errors.Is(err, os.ErrNotExist) {
		t.Error(lines, err)
	}
}

func TestAFolderInThePlaceOfAFile(t *testing.T) {
	dir := write(t, map[string]string{"a.gz": "1\n", "b": "2\n"})
	sources, _ := Sources(filepath.Join(dir, "*"))
	os.Remove(filepath.Join(dir, "a.gz"))
	os.Mkdir(filepath.Join(dir, "a.gz"), 0o700)
	lines, _, err := all(t, &Reader{Sources: sources})
	if len(lines) != 1 || err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(lines, err)
	}
}

// A line without an end does not keep a reader from ending.
func TestCancelWithinALine(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &Reader{Sources: []Source{{Name: "/dev/zero"}}}
	err := scoped.Run(t.Context(), func(g *scoped.Group) error {
		g.Go(func(context.Context) error {
			if err := r.Chunks(ctx, func(Chunk) bool { return true }); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("it ended with %v", err)
			}
			return nil
		})
		for n := int64(0); n == 0; n, _ = r.Progress() {
			runtime.Gosched()
		}
		cancel()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	dir := write(t, map[string]string{"a": strings.Repeat("x\n", 10_000)})
	sources, _ := Sources(filepath.Join(dir, "a"))
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	chunks := 0
	err := (&Reader{Sources: sources}).Chunks(ctx, func(Chunk) bool {
		chunks++
		cancel(cause)
		return true
	})
	if chunks != 1 || !errors.Is(err, cause) {
		t.Error(chunks, err)
	}
}
