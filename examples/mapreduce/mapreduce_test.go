// Package mapreduce holds small programs over large texts; each directory is one.
package mapreduce

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.txt": "the cat\nand the dog\n",
		"b.txt": "the bird",
		"rows":  "Oslo;-3.5\nRome;12.0\nOslo;8.0\n",
		"log": `1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 100
1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] "GET /b HTTP/1.1" 200 10
nonsense
1.2.3.4 - - [10/Oct/2026:13:55:37 +0000] "GET /a HTTP/1.1" 304 -
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte("a packed cat\n"))
	w.Close()
	if err := os.WriteFile(filepath.Join(dir, "c.gz"), packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		program string
		args    []string
		want    string
	}{
		{"words", []string{"-top=2", "*.txt", "c.gz"}, "3 the\n2 cat\n"},
		{"index", []string{"-memory=1000", "*.txt"}, "and a.txt:1\nbird b.txt:1\ncat a.txt:1\ndog a.txt:1\nthe a.txt:2 b.txt:1\n"},
		{"billion", []string{"rows"}, "Oslo=-3.5/2.2/8.0\nRome=12.0/12.0/12.0\n"},
		{"grep", []string{"cat|bird", "*.txt", "c.gz"}, "a.txt:0:the cat\nb.txt:0:the bird\nc.gz:0:a packed cat\n"},
		{"urls", []string{"-top=1", "log"}, "        2 requests          100 bytes  /a\n"},
	} {
		t.Run(c.program, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), c.program+".exe")
			if out, err := exec.Command("go", "build", "-o", binary, "./"+c.program).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			cmd := exec.Command(binary, c.args...)
			cmd.Dir = dir
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil || string(out) != c.want {
				t.Errorf("prints %q, want %q; err %v\n%s", out, c.want, err, &stderr)
			}
		})
	}
}
