package overlay

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Toolchain names the Go that will build the program, and how. See [Find].
type Toolchain struct {
	GOROOT  string
	Version string // as "go version" has it: go1.26.8
	GOOS    string
	GOARCH  string
	Tags    []string // build tags, "race" included
	CGO     bool

	ModCache string // GOMODCACHE: a downloaded Go lives in it
}

// An Overlay is a set of changed standard library files, on disk.
type Overlay struct {
	File     string   // overlay.json, for go build -overlay; an absolute path
	Go       string   // the go command to build with
	Env      []string // what its environment must have in addition
	Sites    []Site   // what was patched
	Warnings []string // one sentence each; the overlay works as far as can be told
}

// A Site is a patched function, as the golden lists in known/ have it.
type Site struct {
	Func string // runtime.chansend, sync.(*RWMutex).Lock
	File string // slash-separated, below GOROOT/src
	Sig  string
	Body string // a hash of the body without its comments
	Way  string
}

func (s Site) String() string {
	return strings.Join([]string{s.Func, s.File, s.Sig, s.Body, s.Way}, "\t")
}

// An UnsupportedError tells why a Go cannot be patched. Nothing was written.
type UnsupportedError struct {
	Version  string
	Problems []string // all of them
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s is not supported by the overlay: %s", e.Version, strings.Join(e.Problems, "; "))
}

// Generate writes the overlay for a toolchain below cacheDir, or finds it there
// unchanged, and leaves nothing half-written: several processes may do so at
// once. An empty cacheDir is the user's cache directory. The error is an
// *UnsupportedError when this Go is one that cannot be patched.
func Generate(ctx context.Context, tool Toolchain, cacheDir string) (*Overlay, error) {
	if tool.GOOS != "linux" {
		return nil, &UnsupportedError{tool.Version, []string{"the overlay is written for linux, not for " + tool.GOOS}}
	}
	cacheDir, err := cache(cacheDir)
	if err != nil {
		return nil, fmt.Errorf("no place for the overlay: %w", err)
	}
	o := &Overlay{Go: "go"}
	if beneath(tool.GOROOT, tool.ModCache) {
		if err := o.moveOut(&tool, cacheDir); err != nil {
			return nil, fmt.Errorf("give %s another place: %w", tool.Version, err)
		}
	}
	files, done, err := patchAll(ctx, tool)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cacheDir, directory(tool))
	o.File, o.Sites, o.Warnings = filepath.Join(dir, "overlay.json"), done, unread(tool.Version, done)
	if err := write(dir, files); err != nil {
		return nil, fmt.Errorf("write the overlay: %w", err)
	}
	return o, nil
}

// cache is the directory that overlays are kept below.
func cache(dir string) (string, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "trivet")
	}
	return filepath.Abs(dir)
}

// directory is the name of the overlay of a toolchain. It depends on all that
// decides the contents, so that two versions of trivet, or two Go
// installations, do not write over each other.
func directory(tool Toolchain) string {
	key := sha256.New()
	fmt.Fprintf(key, "%+v %v %v %s %s %v", tool, kinds, sites, runtimeSource, demonSource, weights)
	version := unfitForName.ReplaceAllString(tool.Version, "_")
	return fmt.Sprintf("overlay-%s-%x", version, key.Sum(nil)[:8])
}

var unfitForName = regexp.MustCompile(`[^\w.-]+`)

func beneath(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return dir != "" && err == nil && filepath.IsLocal(rel)
}

// moveOut gives a Go that was downloaded by GOTOOLCHAIN another path, by a
// symbolic link. From Go 1.25 on go build refuses to replace files in the
// module cache, where such a Go lives, and it looks only at the path.
func (o *Overlay) moveOut(tool *Toolchain, cacheDir string) error {
	link := filepath.Join(cacheDir, "goroot", filepath.Base(tool.GOROOT))
	if err := linkTo(link, tool.GOROOT); err != nil {
		return err
	}
	tool.GOROOT = link
	o.Go = filepath.Join(link, "bin", "go")
	o.Env = []string{"GOROOT=" + link, "GOTOOLCHAIN=local"}
	return nil
}

func linkTo(link, target string) error {
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(link), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "link")
	if err := os.Symlink(target, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, link)
}

// file is one file of the overlay.
type file struct {
	std  string // the absolute path that it replaces
	name string // below the overlay's directory
	text []byte
}

// patchAll patches all packages of the table, and collects all that is wrong.
func patchAll(ctx context.Context, tool Toolchain) ([]file, []Site, error) {
	var files []file
	var done []Site
	var problems []string
	for _, path := range packages {
		if err := ctx.Err(); err != nil {
			return nil, nil, context.Cause(ctx)
		}
		p, err := load(tool, path)
		if err != nil {
			return nil, nil, err
		}
		p.patch()
		files = append(files, p.files()...)
		done = append(done, p.done...)
		problems = append(problems, p.problems...)
	}
	if len(problems) > 0 {
		return nil, nil, &UnsupportedError{tool.Version, problems}
	}
	return files, done, nil
}

// write puts files and overlay.json, the latter last, into dir.
func write(dir string, files []file) error {
	replace := map[string]string{}
	for _, f := range files {
		generated := filepath.Join(dir, f.name)
		replace[f.std] = generated
		if err := writeFile(generated, f.text); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "overlay.json"), append(text, '\n'))
}

// writeFile replaces a file in one step, and only if its contents differ.
func writeFile(name string, text []byte) error {
	if old, err := os.ReadFile(name); err == nil && slices.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
