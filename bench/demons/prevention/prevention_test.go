package prevention

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// docs is the table for readers; it must tell what the cases are labelled with.
const docs = "../../../docs/prevention.md"

func TestDocumentTellsTheCases(t *testing.T) {
	cases, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 30 {
		t.Errorf("%d cases; the board needs 30", len(cases))
	}
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if line := tableLine(c); !strings.Contains(string(text), line) {
			t.Errorf("docs/prevention.md lacks the line\n%s", line)
		}
	}
}

func tableLine(c Case) string {
	return fmt.Sprintf("| [%s](../bench/%s/%[1]s) | %[3]s | %[4]s | **%[5]s**: %[6]s |", c.Name, dir, c.Demon, c.What, c.Verdict, c.Why)
}

// Verdicts are checked by the board; here only some that do not take long. Each
// is also given a wrong label, which must be noticed.
func TestWrongLabelsAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	cases, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]string{
		"early-return":   NoCompile, // compiles
		"bypassed":       NoCompile,
		"too-heavy":      NoCompile,
		"released-twice": NoPlace, // panics
	}
	for _, c := range cases {
		label, ok := wrong[c.Name]
		if !ok {
			continue
		}
		if err := c.Check(t.Context(), "../..", t.TempDir()); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		c.Verdict = label
		if err := c.Check(t.Context(), "../..", t.TempDir()); err == nil {
			t.Errorf("%s: labelled %q, and nobody noticed", c.Name, label)
		}
	}
}
