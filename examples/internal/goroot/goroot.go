// Package goroot gives the examples real data that is on every machine with Go:
// the installation's own sources and test images.
package goroot

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// File is one file of the Go installation.
type File struct {
	Name string // relative to GOROOT/src, with slashes
	Data []byte
}

// Sources reads the Go files in the given directories of GOROOT/src, and below
// them, in the order of their names. Test data is left out.
func Sources(dirs ...string) ([]File, error) {
	return read(dirs, func(name string) bool { return strings.HasSuffix(name, ".go") })
}

// Images reads the whole pictures of the image package's test data: photographs
// of 150 by 103 pixels in several formats.
func Images() ([]File, error) {
	return read([]string{"image/testdata"}, func(name string) bool {
		return strings.Contains(name, "video-") && !strings.Contains(name, "truncated")
	})
}

func read(dirs []string, wanted func(name string) bool) ([]File, error) {
	src, err := sourceDir()
	if err != nil {
		return nil, err
	}
	var files []File
	for _, dir := range dirs {
		root := filepath.Join(src, filepath.FromSlash(dir))
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata" && path != root:
				return fs.SkipDir
			case entry.IsDir() || !wanted(entry.Name()):
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(src, path)
			files = append(files, File{filepath.ToSlash(name), data})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the Go installation: %w", err)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("nothing to read in %v under %s", dirs, src)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// sourceDir is GOROOT/src. The GOROOT that a binary was built with may be unknown
// to it, or gone, so the go command in PATH leads there: by where it lies, and if
// that is only a script that finds it, by asking. Asking costs a process, and an
// example should spend its time on its own work.
func sourceDir() (string, error) {
	if root := os.Getenv("GOROOT"); root != "" {
		return filepath.Join(root, "src"), nil
	}
	if path, err := exec.LookPath("go"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			src := filepath.Join(filepath.Dir(filepath.Dir(path)), "src")
			if _, err := os.Stat(filepath.Join(src, "runtime")); err == nil {
				return src, nil
			}
		}
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w; set GOROOT in the environment", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src"), nil
}
