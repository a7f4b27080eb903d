package prevention

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Verdicts of a mistake that is made again with Trivet.
const (
	NoCompile = "does not compile"
	Named     = "named error"
	NoPlace   = "no place for it"
	Possible  = "still possible"
)

// dir is where the cases are, below the bench directory.
const dir = "demons/prevention/testdata"

// patience bounds a run. Programs end by themselves: those that hang, because
// the runtime sees that all of their goroutines sleep.
const patience = 30 * time.Second

// A Case is a mistake: a program that makes it, and one that makes it again with
// Trivet. What each shows is a pattern that its output must match.
type Case struct {
	Name    string `json:"name"`
	Demon   string `json:"demon"`
	What    string `json:"what"`
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
	shows   [2]*regexp.Regexp
}

var variants = [2]string{"flawed", "trivet"}

// Prevented tells that the mistake is not possible any more, or is told.
func (c Case) Prevented() bool { return c.Verdict != Possible }

// Load reads the cases below root, the bench directory.
func Load(root string) ([]Case, error) {
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, e := range entries {
		c, err := load(filepath.Join(root, dir, e.Name()), e.Name())
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", e.Name(), err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func load(dir, name string) (c Case, err error) {
	flawed, err := readHeader(filepath.Join(dir, variants[0], "main.go"))
	if err != nil {
		return c, err
	}
	ours, err := readHeader(filepath.Join(dir, variants[1], "main.go"))
	if err != nil {
		return c, err
	}
	c = Case{Name: name, Demon: flawed.fields["Demon"], What: flawed.text, Verdict: ours.fields["Verdict"], Why: ours.text}
	switch c.Demon {
	case "race", "deadlock", "leak", "livelock", "starvation":
	default:
		return c, fmt.Errorf("unknown demon %q", c.Demon)
	}
	switch c.Verdict {
	case NoCompile, Named, NoPlace, Possible:
	default:
		return c, fmt.Errorf("unknown verdict %q", c.Verdict)
	}
	for i, h := range []header{flawed, ours} {
		if h.fields["Shows"] == "" {
			return c, fmt.Errorf("%s does not say what it shows", variants[i])
		}
		if c.shows[i], err = regexp.Compile(h.fields["Shows"]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// header is the comment at the top of a program: text, then fields.
type header struct {
	text   string
	fields map[string]string
}

func readHeader(file string) (header, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return header{}, err
	}
	h := header{fields: map[string]string{}}
	var text []string
	for line := range strings.Lines(string(data)) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
		if !ok {
			break
		}
		line = strings.TrimSpace(line)
		key, value, isField := strings.Cut(line, ": ")
		switch {
		case isField && (key == "Demon" || key == "Verdict" || key == "Shows"):
			h.fields[key] = value
		case line != "":
			text = append(text, line)
		}
	}
	h.text = strings.Join(text, " ")
	return h, nil
}

// Check builds and runs both programs, and says what is not as labelled.
func (c Case) Check(ctx context.Context, root, tmp string) error {
	flawed, err := c.try(ctx, root, tmp, 0)
	if err != nil {
		return err
	}
	if !flawed.built {
		return fmt.Errorf("the flawed program does not compile:\n%s", flawed.output)
	}
	ours, err := c.try(ctx, root, tmp, 1)
	if err != nil {
		return err
	}
	if ours.built == (c.Verdict == NoCompile) {
		return fmt.Errorf("the verdict is %q, but the program compiles: %v\n%s", c.Verdict, ours.built, ours.output)
	}
	if c.Verdict == NoPlace && ours.failed {
		return fmt.Errorf("the verdict is %q, but the program fails:\n%s", c.Verdict, ours.output)
	}
	return nil
}

type outcome struct {
	built, failed bool
	output        string
}

// try builds and runs one variant until it shows what it should. A mistake that
// needs an unlucky schedule gets a few tries; what never may happen has one.
func (c Case) try(ctx context.Context, root, tmp string, variant int) (outcome, error) {
	exe := filepath.Join(tmp, c.Name+"-"+variants[variant])
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	args := []string{"build", "-o", exe}
	if c.Demon == "race" {
		args = append(args, "-race")
	}
	build := exec.CommandContext(ctx, "go", append(args, "./"+path.Join(dir, c.Name, variants[variant]))...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return outcome{output: string(out)}, c.expect(variant, out)
	}
	tries := 1
	if variant == 0 || c.Verdict == Possible {
		tries = 5
	}
	var last outcome
	for range tries {
		out, failed, err := run(ctx, exe)
		if err != nil {
			return outcome{}, err
		}
		last = outcome{built: true, failed: failed, output: string(out)}
		if err = c.expect(variant, out); err == nil {
			return last, nil
		}
	}
	return last, c.expect(variant, []byte(last.output))
}

func (c Case) expect(variant int, out []byte) error {
	if !c.shows[variant].Match(out) {
		return fmt.Errorf("%s does not show %q:\n%s", variants[variant], c.shows[variant], out)
	}
	return nil
}

func run(ctx context.Context, exe string) (out []byte, failed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var b bytes.Buffer
	cmd := exec.CommandContext(ctx, exe)
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return b.Bytes(), true, fmt.Errorf("%s: it did not end in %v", filepath.Base(exe), patience)
	case err != nil && !errors.As(err, &exit):
		return nil, true, err
	}
	return b.Bytes(), err != nil, nil
}
