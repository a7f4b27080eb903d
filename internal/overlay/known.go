package overlay

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// The sites of each Go release whose bodies somebody has read. One line a
// site, as [Site.String] has it.
//
//go:embed known/*.txt
var knownFiles embed.FS

// unread names the sites whose body is in no list. It says what to read, and
// refuses nothing: only the calls around a body are patched.
func unread(version string, done []Site) []string {
	known := knownBodies()
	var warnings []string
	for _, s := range done {
		if !known[s.Func+" "+s.Body] {
			warnings = append(warnings, fmt.Sprintf("%s: the body of %s (%s) is one that nobody has read; its events may mean something else", version, s.Func, s.File))
		}
	}
	return warnings
}

func knownBodies() map[string]bool {
	known := map[string]bool{}
	err := fs.WalkDir(knownFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := knownFiles.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 5 {
				known[f[0]+" "+f[3]] = true
			}
		}
		return err
	})
	if err != nil {
		panic("overlay: embedded lists: " + err.Error()) // embedded files are always there
	}
	return known
}
