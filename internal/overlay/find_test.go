//go:build linux

package overlay_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/trivet-go/trivet/internal/overlay"
)

func TestFindReadsGOFLAGS(t *testing.T) {
	env := append(os.Environ(), "GOFLAGS=-buildvcs=false -tags=one,two -race", "CGO_ENABLED=1")
	tool, err := overlay.Find(t.Context(), ".", env)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"one", "two", "race"}; !slices.Equal(tool.Tags, want) || !tool.CGO {
		t.Errorf("tags %q, cgo %v; want %q with cgo", tool.Tags, tool.CGO, want)
	}
	if !filepath.IsAbs(tool.GOROOT) || tool.Version == "" || tool.GOOS != "linux" {
		t.Errorf("%+v", tool)
	}
}

// The Go that counts is the one of the target's go.mod, and the command that
// Generate names builds with it.
func TestFindHonoursTheToolchainLine(t *testing.T) {
	use(t, "go1.27.0") // skips where it cannot be had
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module newer\n\ngo 1.24\n\ntoolchain go1.27.0\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport \"runtime\"\n\nfunc main() { println(runtime.Version()) }\n")
	r := release{env: append(os.Environ(), "GOTOOLCHAIN=auto", "GOWORK=off", "GOFLAGS=-buildvcs=false")}
	var err error
	if r.tool, err = overlay.Find(t.Context(), dir, r.env); err != nil {
		t.Fatal(err)
	}
	if r.tool.Version != "go1.27.0" {
		t.Fatalf("found %s", r.tool.Version)
	}
	if r.made, err = overlay.Generate(t.Context(), r.tool, ""); err != nil {
		t.Fatal(err)
	}
	if !*all {
		t.Skip("builds only with -all")
	}
	if got := record(t, r.build(t, dir), overlay.Recording{}); got.stderr != "go1.27.0\n" {
		t.Errorf("built with %s", got.stderr)
	}
}

func TestFindSaysWhatIsWrong(t *testing.T) {
	if _, err := overlay.Find(t.Context(), "/no/such/folder", nil); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	t.Setenv("PATH", "")
	if _, err := overlay.Find(t.Context(), ".", nil); err == nil {
		t.Error("no error without a go command")
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
