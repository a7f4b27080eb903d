package demons

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
)

// Precision is the scoreboard of false alarms: packages that many people use and
// test, in which hardly anything should be found. What is found has to be
// looked at by somebody; docs/reports/demons-alarms.md says what came of that.
var Precision = board.Board{
	Name: "demons-precision",
	What: "what trivet demons reports of packages that are thought to be healthy",
	Make: makePrecision,
}

// A subject is a package whose tests are run. Without a module it is one of the
// Go distribution.
type subject struct {
	module, version string
	pkg             string // as for go test, in the module
	run             string // only these tests: the others want a network, or an hour
}

var subjects = []subject{
	{pkg: "bufio"},
	{pkg: "container/heap"},
	{pkg: "container/list"},
	{pkg: "container/ring"},
	{pkg: "context"},
	{pkg: "database/sql"},
	{pkg: "encoding/json"},
	{pkg: "errors"},
	{pkg: "expvar"},
	{pkg: "io"},
	{pkg: "log"},
	{pkg: "log/slog"},
	{pkg: "net/http", run: "TestTransport(Keep|Idle|Max|Close|Cancel)|TestServer(Shutdown|Close|Timeouts)|TestTimeout"},
	{pkg: "net/rpc"},
	{pkg: "net/textproto"},
	{pkg: "os/exec"},
	{pkg: "os/signal"},
	{pkg: "sync"},
	{pkg: "sync/atomic"},
	{pkg: "text/template"},
	{pkg: "time", run: "Timer|Ticker|After|Sleep"},
	{module: "golang.org/x/sync", version: "v0.25.0", pkg: "./..."},
	{module: "github.com/go-chi/chi/v5", version: "v5.5.0", pkg: "./..."},
	{module: "github.com/puzpuzpuz/xsync/v4", version: "v4.5.0", pkg: ".", run: "TestCounter|TestRBMutex|TestMPMC|TestUMPSC|TestSPSC|TestMap_(Compute|Load|Store|Range)"},
	{module: "go.etcd.io/bbolt", version: "v1.5.0", pkg: ".", run: "TestDB_(Open|Close|Begin|Update|View|Batch)|TestTx_"},
	{module: "github.com/nats-io/nats.go", version: "v1.55.0", pkg: "."},
	{module: "github.com/sourcegraph/conc", version: "v0.3.0", pkg: "./..."},
	{module: "github.com/hashicorp/golang-lru/v2", version: "v2.0.7", pkg: "./..."},
	{module: "github.com/panjf2000/ants/v2", version: "v2.12.1", pkg: ".", run: "TestNonblocking|TestMaxBlocking|TestInfinite|TestRebootDefault|TestReleaseTimeout"},
	{module: "github.com/alitto/pond/v2", version: "v2.7.1", pkg: "."},
}

// name is how the subject is called.
func (s subject) name() string {
	if s.module == "" {
		return s.pkg
	}
	return s.module
}

// alarm is a finding, told in short.
type alarm struct {
	Demon string `json:"demon"`
	Grade string `json:"grade"`
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Place string `json:"place"`
	Test  string `json:"test,omitempty"`
	Runs  int    `json:"runs"`
	Of    int    `json:"of"`
}

// precisionRow is how a subject came out.
type precisionRow struct {
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"`
	Alarms  []alarm  `json:"alarms"` // those that count
	Notes   int      `json:"notes"`
	Runs    int      `json:"runs"`
	Seconds float64  `json:"seconds"`
	Skipped []string `json:"skipped,omitempty"`
	Failure string   `json:"failure,omitempty"`
}

func makePrecision(ctx context.Context, o board.Options) error {
	dir, err := os.MkdirTemp("", "trivet-precision-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer o.Progress.Done()
	var names []string
	for _, s := range subjects {
		names = append(names, s.name())
	}
	if err := o.CheckKinds(names); err != nil {
		return err
	}
	trivet, err := findCommand(ctx, o, dir)
	if err != nil {
		return err
	}
	var rows []precisionRow
	for i, s := range subjects {
		if !o.Wants(s.name()) {
			continue
		}
		o.Progress.Sayf("%d/%d %s", i+1, len(subjects), s.name())
		rows = append(rows, s.try(ctx, trivet, filepath.Join(dir, fmt.Sprint(i))))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	o.Progress.Done()
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(rows)
	}
	return printPrecision(o.Out, rows)
}

func (s subject) try(ctx context.Context, trivet command, dir string) (r precisionRow) {
	r = precisionRow{Name: s.name(), Version: s.version, Alarms: []alarm{}}
	began := time.Now()
	defer func() { r.Seconds = time.Since(began).Seconds() }()
	if err := s.fetch(ctx, dir); err != nil {
		r.Failure = err.Error()
		return r
	}
	args := []string{"-for", "20s"}
	if s.run != "" {
		args = append(args, "-run", s.run)
	}
	report, err := trivet.hunt(ctx, dir, append(args, s.pkg, "--", "-test.short")...)
	if err != nil {
		r.Failure = err.Error()
		return r
	}
	r.Runs, r.Skipped = report.Runs, report.Skipped
	for _, f := range report.Findings {
		if !f.counts() {
			r.Notes++
			continue
		}
		r.Alarms = append(r.Alarms, alarm{f.Demon, f.Grade, f.Rule, f.Title, f.place(), f.Test, f.Runs, f.Of})
	}
	return r
}

// fetch makes dir a module in which the subject's tests can be run: a copy of
// its own module, or an empty one for the Go distribution.
func (s subject) fetch(ctx context.Context, dir string) error {
	if s.module == "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module precision\n\ngo 1.26.0\n"), 0o644)
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", s.module+"@"+s.version)
	cmd.Dir, cmd.Env = os.TempDir(), append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go mod download %s@%s: %w: %s", s.module, s.version, err, tail(string(out)))
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(out, &got); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(got.Dir)); err != nil {
		return err
	}
	// What the module cache holds cannot be written, and so neither could the copy.
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode()|0o200)
	}); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return err
	}
	tidy := exec.CommandContext(ctx, "go", "mod", "download")
	tidy.Dir, tidy.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := tidy.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download in %s: %w: %s", s.module, err, tail(string(out)))
	}
	return nil
}

// printPrecision tells alarms first.
func printPrecision(w io.Writer, rows []precisionRow) error {
	var b strings.Builder
	slices.SortStableFunc(rows, func(x, y precisionRow) int { return len(y.Alarms) - len(x.Alarms) })
	seen, predicted, failed := 0, 0, 0
	for _, r := range rows {
		fmt.Fprintf(&b, "%-36s %-8s %4d runs %6.1f s  %d alarms, %d notes\n", r.Name, r.Version, r.Runs, r.Seconds, len(r.Alarms), r.Notes)
		if r.Failure != "" {
			failed++
			fmt.Fprintf(&b, "    could not run: %s\n", r.Failure)
		}
		for _, a := range r.Alarms {
			if a.Grade == "seen" {
				seen++
			} else {
				predicted++
			}
			fmt.Fprintf(&b, "    %s %s: %s at %s, %s, %d of %d runs\n        %s\n", a.Demon, a.Grade, a.Rule, a.Place, a.Test, a.Runs, a.Of, a.Title)
		}
	}
	fmt.Fprintf(&b, "\n%d packages or modules, %d could not run: %d alarms seen, %d predicted; docs/reports/demons-alarms.md says which are true\n",
		len(rows), failed, seen, predicted)
	_, err := io.WriteString(w, b.String())
	return err
}
