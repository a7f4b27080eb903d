package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// withMarks are the overlays to build the watched lane with: with marks in the
// program's own loops, and without, should that not build.
func (h *hunt) withMarks(ctx context.Context, made *overlay.Overlay) []*overlay.Overlay {
	marked, err := h.markLoops(ctx, made)
	if err != nil || marked == made {
		return []*overlay.Overlay{made}
	}
	return []*overlay.Overlay{marked, made}
}

// markLoops makes copies of the module's own files in which the loops that try
// for something are marked, and an overlay that has them in addition. Files of
// modules that were downloaded are left alone: what goes wrong there is not for
// the user to mend, and go build refuses to replace them.
func (h *hunt) markLoops(ctx context.Context, made *overlay.Overlay) (*overlay.Overlay, error) {
	files, err := h.ownFiles(ctx)
	if err != nil || len(files) == 0 {
		return made, err
	}
	replace, err := readOverlay(made.File)
	if err != nil {
		return made, err
	}
	h.loops = &attempts.Table{}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // made by go generate, perhaps, and gone again
		}
		marked, err := h.loops.Mark(name, text)
		if err != nil || marked == nil {
			continue // what does not parse does not build either, which is told then
		}
		copied := filepath.Join(h.dir, fmt.Sprintf("marked%d-%s", i, filepath.Base(name)))
		if err := os.WriteFile(copied, marked, 0o600); err != nil {
			return made, err
		}
		replace[name] = copied
	}
	if h.loops.Len() == 0 {
		return made, nil
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return made, err
	}
	marked := *made
	marked.File = filepath.Join(h.dir, "marked.json")
	return &marked, os.WriteFile(marked.File, text, 0o600)
}

func readOverlay(name string) (map[string]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, err
	}
	return o.Replace, nil
}

// ownFiles are the Go files of the main module that the packages are built of,
// and of modules that a replace directive takes from a directory, without the
// main functions that are made for tests.
func (h *hunt) ownFiles(ctx context.Context) ([]string, error) {
	args := []string{"list", "-e", "-deps", "-test", "-json=ImportPath,Dir,Standard,Module,GoFiles,TestGoFiles,XTestGoFiles"}
	if h.Tags != "" {
		args = append(args, "-tags="+h.Tags)
	}
	out, err := h.goCommand(ctx, "go", nil, append(append(args, "--"), h.Packages...)...)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var l struct {
			ImportPath, Dir                    string
			Standard                           bool
			Module                             *module
			GoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := dec.Decode(&l); err != nil {
			return nil, err
		}
		if l.Standard || l.Module == nil || !l.Module.own() || strings.HasSuffix(l.ImportPath, ".test") {
			continue
		}
		for _, name := range slices.Concat(l.GoFiles, l.TestGoFiles, l.XTestGoFiles) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(l.Dir, name)
			}
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// module is what the go command tells of a package's module.
type module struct {
	Main    bool
	Replace *struct{ Version string }
}

// own tells that its files are the user's: they were not downloaded.
func (m *module) own() bool { return m.Main || m.Replace != nil && m.Replace.Version == "" }
