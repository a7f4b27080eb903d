package demons

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// report is what the scoreboards need of the report of trivet demons -json. It
// is declared here, not imported, as a user's script would have to.
type report struct {
	Findings []finding     `json:"findings"`
	Packages []struct{}    `json:"packages"`
	Skipped  []string      `json:"skipped"`
	Runs     int           `json:"runs"`
	Built    time.Duration `json:"built_ns"`
	Hunted   time.Duration `json:"hunted_ns"`
	Stopped  string        `json:"stopped"`
}

type finding struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Demon string `json:"demon"`
	Grade string `json:"grade"`
	Sides []side `json:"sides"`
	Test  string `json:"test"`
	Runs  int    `json:"runs"`
	Of    int    `json:"of"`
}

type side struct {
	Does    string  `json:"does"`
	Stack   []frame `json:"stack"`
	Created *frame  `json:"created"`
}

type frame struct {
	Func string `json:"func"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// counts tells that the command fails because of the finding.
func (f finding) counts() bool { return f.Grade == "seen" || f.Grade == "predicted" }

// name is the frame's function without its package.
func (f frame) name() string {
	_, name, _ := strings.Cut(path.Base(f.Func), ".")
	return name
}

func (f frame) place() string {
	return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
}

// frames are those of all sides, innermost first.
func (f finding) frames() (all []frame) {
	for _, s := range f.Sides {
		all = append(all, s.Stack...)
		if s.Created != nil {
			all = append(all, *s.Created)
		}
	}
	return all
}

// place is where it is, in a few words.
func (f finding) place() string {
	for _, s := range f.Sides {
		if len(s.Stack) > 0 {
			return s.Stack[0].place()
		}
	}
	return "nowhere"
}

// command is a trivet command.
type command struct{ path string }

func findCommand(ctx context.Context, o board.Options, dir string) (command, error) {
	if o.Trivet != "" {
		path, err := filepath.Abs(o.Trivet) // it runs in other directories
		return command{path}, err
	}
	o.Progress.Sayf("building trivet")
	path, err := board.Build(ctx, dir, "trivet", "../cmd/trivet")
	return command{path}, err
}

// hunt runs trivet demons -json in dir. Finding something is no error.
func (c command) hunt(ctx context.Context, dir string, args ...string) (report, error) {
	cmd := exec.CommandContext(ctx, c.path, append([]string{"demons", "-json"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOEXPERIMENT=goroutineleakprofile", "PWD="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return report{}, fmt.Errorf("trivet demons %s: %w: %s", strings.Join(args, " "), err, tail(stderr.String()))
	}
	return parse(stdout.Bytes())
}

// parse reads a report; anything around the one JSON object is an error.
func parse(data []byte) (report, error) {
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return report{}, fmt.Errorf("read trivet's JSON: %w", err)
	}
	if r.Packages == nil || r.Stopped == "" {
		return report{}, errors.New("read trivet's JSON: packages or the reason for the end is missing")
	}
	return r, nil
}

// tail is the last part of what a command said.
func tail(s string) string {
	s = strings.TrimSpace(s)
	const most = 400
	if len(s) > most {
		s = "…" + s[len(s)-most:]
	}
	return s
}
