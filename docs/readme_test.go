package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeProgram builds the program of the README, with what its first
// comments say of names that it does not show.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(readme), "\r\n", "\n"), "```go\n")
	body, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md has no program")
	}
	var given []string
	declaration := regexp.MustCompile(`^// (?:var|func) (\w+)(.*)$`)
	for line := range strings.Lines(body) {
		if d := declaration.FindStringSubmatch(strings.TrimSpace(line)); d != nil {
			name, kind := d[1], d[2]
			if strings.HasPrefix(kind, "(") {
				kind = "func" + kind
			}
			given = append(given, name+" "+kind)
		}
	}
	program := `package thumbnails

import (
	"context"
	"fmt"

	"github.com/trivet-go/trivet/flow/consume"
	"github.com/trivet-go/trivet/state/bounded"
)

func thumbnails(ctx context.Context, ` + strings.Join(given, ", ") + ") {\n" + body + "}\n"
	build(t, program)
}

// build builds a program as a package of this module that is in no folder.
func build(t *testing.T, program string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, list := filepath.Join(dir, "program.go"), filepath.Join(dir, "overlay.json")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "internal", "thumbnails", "program.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{file: program, list: string(overlay)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "./internal/thumbnails")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, program)
	}
}
