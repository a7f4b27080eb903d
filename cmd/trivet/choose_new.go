package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/why/choose"
)

const modulePath = "github.com/trivet-go/trivet"

// newModule is a program to be written.
type newModule struct {
	Dir    string `json:"dir"`
	Module string `json:"module"`
	Trivet string `json:"trivet"` // a directory, or a version

	files map[string]string // beside those of the program
}

// planModule finds out all that can go wrong before anything is asked or written.
func planModule(dir, trivet string) (*newModule, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := mustBeNew(dir); err != nil {
		return nil, withHint(err, "name a directory that does not exist yet")
	}
	m := &newModule{Dir: dir, Module: "example.com/" + moduleName(dir), files: map[string]string{}}
	requirement := ""
	m.Trivet, requirement, err = requireTrivet(trivet, builtOf())
	if err != nil {
		return nil, err
	}
	m.files["go.mod"] = fmt.Sprintf("module %s\n\ngo %s\n\n%s", m.Module, goVersion, requirement)
	if workspaceAbove(dir) {
		m.files["go.work"] = fmt.Sprintf("// A workspace of its own: without it the go command would use the one above.\ngo %s\n\nuse .\n", goVersion)
	}
	return m, nil
}

// goVersion is the language that the programs are written in, as in Trivet's own
// go.mod.
const goVersion = "1.26.0"

func mustBeNew(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty", dir)
	}
	return nil
}

var notInModule = regexp.MustCompile(`[^a-z0-9_-]+`)

// moduleName makes the last element of a module path out of a directory's name.
func moduleName(dir string) string {
	name := strings.Trim(notInModule.ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-"), "-")
	if name == "" {
		return "program"
	}
	return name
}

// requireTrivet says in words of go.mod where the module finds Trivet: in the
// checkout that was named, or that this command was built from, and else at the
// version of this command.
func requireTrivet(checkout string, built debug.Module) (where, requirement string, err error) {
	if checkout == "" && built.Sum != "" { // a checkout has no checksum
		return built.Version, fmt.Sprintf("require %s %s\n", modulePath, built.Version), nil
	}
	if checkout == "" {
		if checkout = builtFrom(); !filepath.IsAbs(checkout) { // built with -trimpath
			return "", "", withHint(errors.New("this trivet does not know the checkout that it was built from"), "name it with -trivet DIR")
		}
	}
	if !isTrivet(checkout) {
		return "", "", withHint(fmt.Errorf("no checkout of Trivet at %q", checkout), "name one with -trivet DIR")
	}
	checkout, err = filepath.Abs(checkout)
	return checkout, fmt.Sprintf("require %s v0.0.0\n\nreplace %[1]s => %s\n", modulePath, strconv.Quote(filepath.ToSlash(checkout))), err
}

// builtOf is the module that this command was built of.
func builtOf() debug.Module {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return debug.Module{}
	}
	return info.Main
}

// builtFrom is the checkout in which the compiler saw this file.
func builtFrom() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

func isTrivet(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	first, _, _ := strings.Cut(string(text), "\n")
	return err == nil && strings.TrimSpace(first) == "module "+modulePath
}

// workspaceAbove tells whether the go command would find a go.work above dir.
func workspaceAbove(dir string) bool {
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if _, err := os.Stat(filepath.Join(parent, "go.work")); err == nil {
			return true
		}
	}
	return false
}

// write writes the program into a scratch directory and moves it from there, so
// that there is all of it or nothing.
func (m *newModule) write(a *choose.Answer) error {
	files, err := a.Program(m.Module)
	if err != nil {
		return err
	}
	for name, text := range m.files {
		files[name] = []byte(text)
	}
	if err := mustBeNew(m.Dir); err != nil {
		return err
	}
	beside := filepath.Dir(m.Dir)
	if err := os.MkdirAll(beside, 0o777); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(beside, ".trivet-new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	made := filepath.Join(scratch, "program") // not scratch itself, which nobody else may read
	for name, text := range files {
		path := filepath.Join(made, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
	}
	return place(made, m.Dir)
}

// place moves the directory made to dir. If dir is there it stays, since it may
// be where the user is, and what is in made moves.
func place(made, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(made, dir)
	}
	entries, err := os.ReadDir(made)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		if err := os.Rename(filepath.Join(made, entry.Name()), filepath.Join(dir, entry.Name())); err != nil {
			for _, moved := range entries[:i] {
				os.RemoveAll(filepath.Join(dir, moved.Name()))
			}
			return err
		}
	}
	return nil
}
