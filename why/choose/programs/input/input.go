// Package input finds the files that a program is to work on.
package input

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Files are the files named by args, and those below the directories named by
// args that have one of the suffixes, each in the order of its name. Without
// args they come from dir, a directory of the Go installation.
func Files(args []string, dir string, suffixes ...string) ([]string, error) {
	if len(args) == 0 {
		root, err := goroot()
		if err != nil {
			return nil, err
		}
		args = []string{filepath.Join(root, "src", filepath.FromSlash(dir))}
	}
	var files []string
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if path == arg || slices.Contains(suffixes, filepath.Ext(path)) {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no %s files in %s", strings.Join(suffixes, ", "), strings.Join(args, ", "))
	}
	return files, nil
}

// goroot is the Go installation that the go command in PATH belongs to. It asks
// only if that is a script that finds another one: a process more would show in
// every recording of the program.
func goroot() (string, error) {
	if root := os.Getenv("GOROOT"); root != "" {
		return root, nil
	}
	if path, err := exec.LookPath("go"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			root := filepath.Dir(filepath.Dir(path))
			if _, err := os.Stat(filepath.Join(root, "src", "runtime")); err == nil {
				return root, nil
			}
		}
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w; name files instead", err)
	}
	return strings.TrimSpace(string(out)), nil
}
