package demons

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Rivals is the scoreboard of what others find in the programs of [Recall]: as
// many runs of each kernel as trivet demons makes there, and of each of our own
// programs as many as it leaves undisturbed. No schedule is shaken here, since none
// of them does so.
var Rivals = board.Board{
	Name: "demons-rivals",
	What: "what goleak, go-deadlock and the goroutine leak profile find in the programs of the board demons",
	Make: makeRivals,
}

// A rival is a tool that a test has to call. What it needs is put into copies of
// the programs.
type rival struct {
	name, module string
	main         string                                      // a TestMain, for a test file that imports the module
	test         string                                      // the body of a kernel's test; %s is the kernel
	rewrite      func([]byte) (out []byte, n int, err error) // of a source file; n = 0: there is nothing for the tool in it
	readers      []reader
}

// A reader finds a tool's report in what a run has printed.
type reader struct {
	name    string
	read    func(output string) (reported bool, at []frame)
	kernels bool // there is a report in kernels only
}

var rivals = []rival{
	{
		name: "goleak", module: "go.uber.org/goleak",
		main: "func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }",
		test: "defer goleak.VerifyNone(t); %s()",
		readers: []reader{
			{name: "goleak", read: goleakReport},
			{name: "leak profile", read: profileReport, kernels: true}, // which they print themselves
		},
	}, {
		// A second, not half a minute: what it waits for would not come in a test.
		name: "go-deadlock", module: "github.com/sasha-s/go-deadlock",
		main:    "func TestMain(m *testing.M) { deadlock.Opts.DeadlockTimeout = time.Second; os.Exit(m.Run()) }",
		test:    "%s(); time.Sleep(1500 * time.Millisecond)",
		rewrite: useDeadlock,
		readers: []reader{{name: "go-deadlock", read: deadlockReport}},
	},
}

const (
	kernelRuns  = 11    // as many as ten seeds and an undisturbed run
	programRuns = 3     // of a second each, as many as trivet demons leaves undisturbed
	hangs       = "20s" // as long as is hunted in one
)

// rivalRow is how a program came out with one tool.
type rivalRow struct {
	Tool    string  `json:"tool"`
	Name    string  `json:"name"`
	Class   string  `json:"class"`
	Healthy bool    `json:"healthy,omitempty"`
	Found   bool    `json:"found"` // it reported something
	Site    bool    `json:"right_site"`
	Symptom bool    `json:"symptom,omitempty"` // no report, but a run failed or hung
	Hits    float64 `json:"hits"`
	Runs    int     `json:"runs"`
	Seconds float64 `json:"seconds"` // of all runs; building is apart
	Cannot  string  `json:"cannot,omitempty"`
}

func makeRivals(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-rivals-board-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer o.Progress.Done()
	var rows []rivalRow
	for _, r := range rivals {
		suspects, err := r.prepare(ctx, filepath.Join(dir, r.name), o)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		for i, s := range suspects {
			if !o.Wants(s.name) && !o.Wants(s.kind()) {
				continue
			}
			o.Progress.Sayf("%s %d/%d %s", r.name, i+1, len(suspects), s.name)
			rows = append(rows, r.try(ctx, s)...)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return printRivals(o.Out, rows)
}

// A suspect is a program with a test binary.
type suspect struct {
	target
	bin    string
	test   string // the only one to run
	runs   int
	cannot string // why the tool has no part in it
}

// prepare copies the programs, gives them what the tool needs, and builds them.
func (r rival) prepare(ctx context.Context, dir string, o board.Options) ([]suspect, error) {
	o.Progress.Sayf("building for %s", r.name)
	if err := r.makeModule(dir); err != nil {
		return nil, err
	}
	suspects, err := r.copyKernels(ctx, dir)
	if err != nil {
		return nil, err
	}
	programs, err := loadPrograms(".")
	if err != nil {
		return nil, err
	}
	if err := o.CheckKinds(kindsOf(slices.Concat(programs, kernelTargets(suspects)))); err != nil {
		return nil, err
	}
	for _, t := range programs {
		s, err := r.copyProgram(t, dir)
		if err != nil {
			return nil, err
		}
		suspects = append(suspects, s)
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-o", filepath.Join(dir, "bin")+string(filepath.Separator), "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOEXPERIMENT=goroutineleakprofile", "PWD="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go test -c: %w\n%s", err, tail(string(out)))
	}
	return suspects, nil
}

func kernelTargets(suspects []suspect) (all []target) {
	for _, s := range suspects {
		all = append(all, s.target)
	}
	return all
}

// makeModule makes a module that requires the tool, in the version that this
// module requires.
func (r rival) makeModule(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		return err
	}
	own, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	version := ""
	for line := range strings.Lines(string(own)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == r.module {
			version = words[1]
		}
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	text := fmt.Sprintf("module suspects\n\ngo 1.26.0\n\nrequire %s %s\n", r.module, version)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644),
		os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644))
}

// try runs a program and reads what the tool says of it.
func (r rival) try(ctx context.Context, s suspect) []rivalRow {
	began := time.Now()
	var outputs []output
	if s.cannot == "" {
		outputs = s.run(ctx)
	}
	took := time.Since(began)
	var rows []rivalRow
	for _, read := range r.readers {
		if read.kernels && s.kind() != kernels {
			continue
		}
		row := rivalRow{Tool: read.name, Name: s.name, Class: s.class, Healthy: s.demon == "", Cannot: s.cannot}
		row.read(s, read, outputs)
		if len(outputs) > 0 {
			row.Seconds = took.Seconds()
		}
		rows = append(rows, row)
	}
	return rows
}

// output is what a run printed, and whether it ended well.
type output struct {
	text string
	well bool
}

func (row *rivalRow) read(s suspect, read reader, outputs []output) {
	for _, out := range outputs {
		row.Runs++
		reported, at := read.read(out.text)
		if !reported {
			row.Symptom = row.Symptom || !out.well
			continue
		}
		row.Found = true
		row.Hits++
		row.Site = row.Site || s.right != nil && slices.ContainsFunc(at, s.right)
	}
	row.Hits /= float64(max(row.Runs, 1))
	row.Symptom = row.Symptom && !row.Found
}

// run runs the program, twice as many processes at once as there are cores, as
// trivet demons does, and on as many cores by turns.
func (s suspect) run(ctx context.Context) []output {
	outputs := make([]output, s.runs)
	room := make(chan struct{}, 2*runtime.NumCPU())
	var all sync.WaitGroup
	for i := range outputs {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			cmd := exec.CommandContext(ctx, s.bin, "-test.run=^"+s.test+"$", "-test.timeout="+hangs)
			cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", []int{4, 1, 2, 8}[i%4]))
			var text bytes.Buffer
			cmd.Stdout, cmd.Stderr = &text, &text
			err := cmd.Run()
			outputs[i] = output{text.String(), err == nil}
		})
	}
	all.Wait()
	return outputs
}
