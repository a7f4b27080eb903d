package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/trivet-go/trivet/systems/logs/generate"
)

// TestMain lets the test binary be the command.
func TestMain(m *testing.M) {
	if os.Getenv("TRIVET_LOGS") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TRIVET_LOGS=1", "TMPDIR="+cmd.Dir)
	return cmd
}

// do runs the command to its end.
func do(t *testing.T, stdin string, args ...string) (out, errs string, code int, dir string) {
	t.Helper()
	cmd := command(t, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), cmd.Dir
}

// sample writes a generated log and returns its name.
func sample(t *testing.T, lines int, rules generate.Rules) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "access.log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for line := range generate.Lines(rules) {
		if lines--; lines < 0 {
			return name
		}
		if _, err := f.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func TestQuery(t *testing.T) {
	name := sample(t, 3000, generate.Rules{Broken: 0.01})
	out, errs, code, dir := do(t, "", "-in", name, "-q", "basket", "-n", "2")
	if code != 0 || strings.Count(out, "basket") < 2 || !regexp.MustCompile(`\d+ lines in .* ms`).MatchString(out) {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it leaves %v behind", left)
	}
}

// The newest line is the last of the log; the best has both words.
func TestWhatComesFirst(t *testing.T) {
	log := "level=info msg=\"red basket\"\nlevel=info msg=\"red candle\"\n"
	for rank, want := range map[string]string{"time": "-:2: ", "score": "-:1: "} {
		out, errs, code, _ := do(t, log, "-in", "-", "-q", "red basket", "-rank", rank)
		if code != 0 || !strings.HasPrefix(out, want) || !strings.Contains(out, "\n2 lines in ") {
			t.Errorf("%s: %d: %s%s", rank, code, out, errs)
		}
	}
}

// Where counting ends, it is said.
func TestCountingEndsAndIsTold(t *testing.T) {
	name := sample(t, 300, generate.Rules{})
	for _, c := range []struct {
		count   string
		atLeast bool
	}{{"10", true}, {"0", false}, {"10000", false}} {
		text, errs, code, _ := do(t, "", "-in", name, "-q", `"GET shop"`, "-n", "2", "-count", c.count)
		told := strings.Contains(text, "\nat least ") && strings.Contains(text, "; -count 0 counts all\n")
		if code != 0 || told != c.atLeast {
			t.Errorf("to %s: %d: %s%s", c.count, code, text, errs)
		}
		out, _, _, _ := do(t, "", "-in", name, "-q", `"GET shop"`, "-n", "2", "-count", c.count, "-json")
		var found struct {
			Total   int
			AtLeast bool `json:"at_least"`
		}
		if err := json.Unmarshal([]byte(out), &found); err != nil || found.AtLeast != c.atLeast || found.Total < 10 {
			t.Errorf("to %s: %s: %v", c.count, out, err)
		}
	}
}

// A query that makes no sense is told before anything is read.
func TestAQueryIsCheckedFirst(t *testing.T) {
	name := sample(t, 10, generate.Rules{})
	_, errs, code, dir := do(t, "", "-in", name, "-max-line", "1", "-q", `"open`)
	if left, _ := os.ReadDir(dir); code != 2 || strings.Count(errs, "\n") != 1 || len(left) > 0 {
		t.Errorf("%d: %s, and it leaves %v", code, errs, left)
	}
}

func TestHelp(t *testing.T) {
	out, errs, code, _ := do(t, "", "-h")
	if code != 0 || errs != "" || !strings.Contains(out, "  -rank time") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}

func TestCountsAddUp(t *testing.T) {
	name := sample(t, 3000, generate.Rules{Broken: 0.1, Format: "json"})
	out, _, code, dir := do(t, "", "-in", name, "-once", "-json", "-max-line", "300")
	var c struct{ Read, Raw, Indexed, Dead int64 }
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != 0 {
		t.Fatal(err, code, out)
	}
	letters, err := os.ReadFile(filepath.Join(dir, "dead-letters.jsonl"))
	if err != nil || int64(bytes.Count(letters, []byte("\n"))) != c.Dead {
		t.Errorf("%d dead, %d letters, %v", c.Dead, bytes.Count(letters, []byte("\n")), err)
	}
	if c.Read != 3000 || c.Indexed+c.Dead != 3000 || c.Raw == 0 || c.Dead == 0 {
		t.Errorf("%+v", c)
	}
}

// Who asks for something is told what the answer cannot have in it.
func TestDeadLettersAreTold(t *testing.T) {
	name := sample(t, 200, generate.Rules{})
	for _, args := range [][]string{{"-q", "status:500"}, {"-q", "status:500", "-json"}, {"-once"}, {"-once", "-json"}} {
		_, errs, code, dir := do(t, "", append(args, "-in", name, "-max-line", "10")...)
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{": 200, in ", filepath.Join(dir, "dead-letters.jsonl"), name + ":", "longer than"} {
			if code != 0 || strings.Count(errs, want) != 1 {
				t.Errorf("%v: %d: %q does not say %q once", args, code, errs, want)
			}
		}
	}
	if _, errs, _, _ := do(t, "", "-in", name, "-q", "status:500"); errs != "" {
		t.Errorf("nothing is dead, and it says %q", errs)
	}
}

// That nothing is found may be for a name that is misspelt.
func TestFieldsThatNoLineHas(t *testing.T) {
	name := sample(t, 200, generate.Rules{})
	for query, want := range map[string]string{
		"stauts:500":      "no line has a field stauts with a value of up to 80 bytes; did you mean status?",
		"-Status:500":     "did you mean status?",
		"bites:>100":      "did you mean bytes?",
		"pth:/shop* curl": "did you mean path?",
		"colour:blue":     "no line has a field colour with a value of up to 80 bytes; there are agent, ",
	} {
		if _, errs, code, _ := do(t, "", "-in", name, "-q", query); code != 0 || strings.Count(errs, want) != 1 {
			t.Errorf("%s: %d: %q does not say %q once", query, code, errs, want)
		}
	}
	for _, query := range []string{"status:999", "line:nothing", "format:raw", `other:"a=b"`, "nothing", "at:1", "*"} {
		if _, errs, code, _ := do(t, "", "-in", name, "-q", query); code != 0 || errs != "" {
			t.Errorf("%s: %d: %q", query, code, errs)
		}
	}
}

func TestFoldersAreTold(t *testing.T) {
	name := sample(t, 10, generate.Rules{})
	folder := filepath.Join(filepath.Dir(name), "apt")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	glob := filepath.Join(filepath.Dir(name), "*")
	if _, errs, code, _ := do(t, "", "-in", glob, "-in", glob, "-q", "*"); code != 0 || errs != "logs: folders are not read: "+folder+"\n" {
		t.Errorf("%d: %q", code, errs)
	}
	if _, errs, _, _ := do(t, "", "-in", name, "-q", "*"); errs != "" {
		t.Errorf("there is no folder, and it says %q", errs)
	}
}

func TestStandardInput(t *testing.T) {
	out, errs, code, _ := do(t, "level=info msg=\"it works\"\nlevel=warn msg=\"it does not\"\n", "-in", "-", "-q", "level:warn")
	if code != 0 || !strings.Contains(out, `-:2: level=warn msg="it does not"`) {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}

func TestMistakes(t *testing.T) {
	name := sample(t, 10, generate.Rules{})
	for want, args := range map[string][]string{
		"nothing to read":      {},
		"no file is named":     {"-in", "/nowhere/*.log"},
		"there is no format":   {"-in", name, "-format", "xml"},
		"-shards 0":            {"-in", name, "-shards", "0"},
		"is not empty":         {"-in", name, "-dir", "/"},
		"put what is not":      {"-in", name, "-q", `"open`},
		"not defined":          {"-in", name, "-nonsense"},
		"takes any port that":  {"-in", name, "-addr", "256.0.0.1:1"},
		"the grok pattern":     {"-in", name, "-grok", "("},
		"it must be time, for": {"-in", name, "-rank", "colour"},
		"-count -1":            {"-in", name, "-count", "-1"},
	} {
		t.Run(want, func(t *testing.T) {
			out, errs, code, _ := do(t, "", args...)
			if code == 0 || out != "" || strings.Contains(errs, "goroutine ") {
				t.Errorf("%d %s %s", code, out, errs)
			}
			if !strings.Contains(errs, want) {
				t.Errorf("%q does not say %q", errs, want)
			}
		})
	}
}

// What can be read is searched, and what cannot is told.
func TestAFileThatCannotBeRead(t *testing.T) {
	good := sample(t, 1000, generate.Rules{})
	bad := filepath.Join(filepath.Dir(good), "access.log.1")
	if err := os.Symlink("nowhere", bad); err != nil {
		t.Skip(err)
	}
	out, errs, code, _ := do(t, "", "-in", good+"*", "-q", "basket")
	if code != 1 || !strings.Contains(errs, bad) || !strings.Contains(out, "basket") {
		t.Errorf("%d %s%s", code, out, errs)
	}
}

// The page is there while the log is read, and SIGINT ends it all.
func TestServe(t *testing.T) {
	in, feed := io.Pipe()
	cmd := command(t, "-in", "-", "-addr", "127.0.0.1:0")
	cmd.Stdin = in
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, _ := stderr.Read(buffer)
	address := regexp.MustCompile(`http://[0-9.:]+`).FindString(string(buffer[:n]))
	if address == "" {
		t.Fatalf("no address in %q", buffer[:n])
	}
	fmt.Fprintln(feed, "level=info msg=hello")
	for found := false; !found; {
		r, err := http.Get(address + "/api/search?q=hello")
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Total int }
		json.NewDecoder(r.Body).Decode(&answer)
		r.Body.Close()
		found = answer.Total == 1
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(stderr)
	feed.Close()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(rest), "stopped before all was read: 1 lines are indexed") {
		t.Errorf("%v: %s", err, rest)
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Errorf("it leaves %v behind", left)
	}
}
