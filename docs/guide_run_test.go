package docs

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Every command of the guide runs, and prints what the guide shows.
func TestCommandsPrintWhatIsShown(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command of the guide, some of which are compiled first")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("the commands of the guide are for a shell, and there is none")
	}
	environment := withTrivet(t)
	for _, s := range readGuide(t) {
		for _, c := range s.commands() {
			t.Run(c.shell, func(t *testing.T) {
				if strings.HasPrefix(c.shell, "trivet explain ") && runtime.GOOS != "linux" {
					t.Skip("explain does not see everything here")
				}
				c.run(t, shell, environment)
			})
		}
	}
}

// run compares standard output only: the go command tells on the other what it
// downloads. What a recording says depends on what else the machine does
// meanwhile, so it may be repeated.
func (c command) run(t *testing.T, shell string, environment []string) {
	tries := 1
	if strings.HasPrefix(c.shell, "trivet explain ") {
		tries = 3
	}
	var got, problems string
	for range tries {
		got, problems = output(t, c, shell, environment)
		if matches(c.want, got, c.loose) {
			return
		}
	}
	t.Errorf("GUIDE.md:%d: it shows\n%sand the command prints\n%s%s", c.line, c.want, got, problems)
}

func output(t *testing.T, c command, shell string, environment []string) (out, problems string) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell, "-c", c.shell)
	cmd.Dir, cmd.Env = "..", environment
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("GUIDE.md:%d: %v\n%s%s", c.line, err, stdout.String(), stderr.String())
	}
	return strings.ReplaceAll(stdout.String(), "\r\n", "\n"), stderr.String()
}

// withTrivet builds the command from this checkout, and returns an environment
// that finds it first, and the workspace.
func withTrivet(t *testing.T) []string {
	t.Helper()
	bin := t.TempDir()
	name := filepath.Join(bin, "trivet")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", name, "../cmd/trivet").CombinedOutput(); err != nil {
		t.Fatalf("go build ../cmd/trivet: %v\n%s", err, out)
	}
	path := bin + string(filepath.ListSeparator) + os.Getenv("PATH")
	return append(os.Environ(), "PATH="+path, "GOWORK=")
}
