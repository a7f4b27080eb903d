package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
)

// mode is how a suite is run.
type mode int

const (
	plainly mode = iota
	patched
	recording
)

func (m mode) String() string { return [...]string{"plain", "off", "recording"}[m] }

// work is a suite ready to run.
type work struct {
	suite
	temp, dir string
	overlay   *overlay.Overlay
}

func open(ctx context.Context, s suite) (*work, error) {
	temp, err := os.MkdirTemp("", "checksuites-")
	if err != nil {
		return nil, err
	}
	w := &work{suite: s, temp: temp, dir: temp}
	if err := w.prepare(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *work) close() { os.RemoveAll(w.temp) }

func (w *work) prepare(ctx context.Context) error {
	if w.module != "" {
		w.dir = filepath.Join(w.temp, "module")
		if err := fetch(ctx, w.module, w.dir); err != nil {
			return err
		}
	}
	tool, err := overlay.Find(ctx, w.dir, env())
	if err != nil {
		return err
	}
	w.overlay, err = overlay.Generate(ctx, tool, "")
	return err
}

func env() []string { return append(os.Environ(), "GOWORK=off") }

// fetch puts a copy of a module into dir.
func fetch(ctx context.Context, module, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Env = env()
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if err := errors.Join(err, json.Unmarshal(out, &m)); err != nil {
		return fmt.Errorf("fetch %s: %w %s", module, err, m.Error)
	}
	if err := os.CopyFS(dir, os.DirFS(m.Dir)); err != nil {
		return fmt.Errorf("copy %s: %w", module, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return makeWritable(dir)
	}
	path, _, _ := strings.Cut(module, "@")
	return errors.Join(makeWritable(dir), os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+path+"\n\ngo 1.18\n"), 0o644))
}

// makeWritable undoes the module cache's protection, or the copy could not be
// removed.
func makeWritable(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode()|0o200)
	})
}

// outcomes are what became of each test: pass, fail or skip.
type outcomes map[string]string

func (a outcomes) count(outcome string) int {
	n := 0
	for _, o := range a {
		if o == outcome {
			n++
		}
	}
	return n
}

// differ are the tests that have not the same outcome in both.
func (a outcomes) differ(b outcomes) []string {
	var names []string
	for name, outcome := range a {
		if b[name] != outcome {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// test runs the suite, or only these tests of it.
func (w *work) test(ctx context.Context, how mode, only []string) (outcomes, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	traces := filepath.Join(w.temp, "traces")
	if err := os.MkdirAll(traces, 0o755); err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(traces)
	cmd := exec.CommandContext(ctx, w.overlay.Go, w.arguments(how, only)...)
	cmd.Dir, cmd.Env = w.dir, append(env(), w.overlay.Env...)
	if how == recording {
		to := overlay.Recording{File: filepath.Join(traces, "%p.trace")}
		cmd.Env = append(cmd.Env, overlay.EnvName+"="+overlay.Env(to))
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	found := read(out)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, took, fmt.Errorf("not done after %v", limit)
	case err != nil && !errors.As(err, &exit), len(found) == 0:
		return nil, took, fmt.Errorf("%v: %s", err, lastLine(stderr.Bytes(), out))
	case how == recording && !anyFile(traces):
		return nil, took, errors.New("nothing was recorded")
	}
	return found, took, nil
}

func (w *work) arguments(how mode, only []string) []string {
	args := []string{"test", "-json", "-count=1", "-short", "-vet=off"}
	if how != plainly {
		args = append(args, "-overlay", w.overlay.File)
	}
	if only != nil {
		args = append(args, "-run", pattern(only))
	}
	return append(args, w.packages...)
}

// pattern matches the top-level tests that these names belong to.
func pattern(names []string) string {
	var top []string
	for _, name := range names {
		_, name, _ = strings.Cut(name, " ")
		name, _, _ = strings.Cut(name, "/")
		top = append(top, regexp.QuoteMeta(name))
	}
	slices.Sort(top)
	return "^(" + strings.Join(slices.Compact(top), "|") + ")$"
}

// read takes the outcomes of all tests out of go test -json.
func read(out []byte) outcomes {
	found := outcomes{}
	s := bufio.NewScanner(bytes.NewReader(out))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var ev struct{ Action, Package, Test string }
		if json.Unmarshal(s.Bytes(), &ev) != nil || ev.Test == "" {
			continue
		}
		switch ev.Action {
		case "pass", "fail", "skip":
			found.add(ev.Package+" "+address.ReplaceAllString(ev.Test, "0x"), ev.Action)
		}
	}
	return found
}

// address in a test's name is another one in each run.
var address = regexp.MustCompile(`0x[0-9a-f]+`)

// add notes an outcome. Of tests with the same name a failure counts.
func (a outcomes) add(name, outcome string) {
	if a[name] != "fail" {
		a[name] = outcome
	}
}

func anyFile(dir string) bool {
	names, err := os.ReadDir(dir)
	return err == nil && len(names) > 0
}

func lastLine(texts ...[]byte) string {
	for _, text := range texts {
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if last := lines[len(lines)-1]; last != "" {
			return last
		}
	}
	return ""
}
