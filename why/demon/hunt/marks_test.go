package hunt

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The user's files are those of the main module and of modules in directories
// that stand in for others, and not those of the standard library.
func TestOwnFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"m/go.mod":    "module m\n\ngo 1.25\n\nrequire n v0.0.0\n\nreplace n => ../n\n",
		"m/m.go":      "package m\n\nimport _ \"n\"\n",
		"m/m_test.go": "package m\n\nimport _ \"errors\"\n",
		"n/go.mod":    "module n\n\ngo 1.25\n",
		"n/n.go":      "package n\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOWORK", "off")
	h := &hunt{Options: Options{Dir: filepath.Join(dir, "m")}}
	files, err := h.ownFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(rel))
	}
	if want := []string{"m/m.go", "m/m_test.go", "n/n.go"}; !slices.Equal(got, want) {
		t.Errorf("own files %q, want %q", got, want)
	}
}
