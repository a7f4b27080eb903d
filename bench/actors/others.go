package actors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
)

// othersDir has a folder for each rival that is a program of its own: of Go, with its
// own go.mod, or of Erlang. There is no list of them; peer.Main is what they say and
// are told.
const othersDir = "actors/others"

// other is such a program, built.
type other struct {
	peer.Hello
	command []string
}

// buildOthers builds all programs into dir, and says of those that it cannot build or
// start why.
func buildOthers(ctx context.Context, dir string, progress *board.Progress) (others []other, leftOut []string) {
	folders, _ := filepath.Glob(filepath.Join(othersDir, "*"))
	for _, folder := range folders {
		if ctx.Err() != nil {
			return nil, nil
		}
		progress.Sayf("%s: building %s", name, filepath.Base(folder))
		o, err := buildOther(ctx, dir, folder)
		if err != nil {
			leftOut = append(leftOut, fmt.Sprintf("%s: %v", filepath.Base(folder), err))
			continue
		}
		others = append(others, o)
	}
	return others, leftOut
}

func buildOther(ctx context.Context, dir, folder string) (o other, err error) {
	if erlang, _ := filepath.Glob(filepath.Join(folder, "*.erl")); len(erlang) > 0 {
		o.command, err = buildErlang(ctx, dir, erlang[0])
	} else {
		o.command, err = buildGo(ctx, dir, folder)
	}
	if err != nil {
		return o, err
	}
	p, err := o.start(ctx)
	if err != nil {
		return o, err
	}
	defer p.end()
	o.Hello = p.hello
	return o, nil
}

// buildGo builds a program in the module that it is, outside of any workspace.
func buildGo(ctx context.Context, dir, folder string) ([]string, error) {
	path := filepath.Join(dir, filepath.Base(folder))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", path, ".")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build fails, perhaps for want of a network; go -C bench/%s mod download: %s", folder, cmp.Or(firstLine(out), err.Error()))
	}
	return []string{path}, nil
}

// buildErlang compiles a module whose function main is the program.
func buildErlang(ctx context.Context, dir, file string) ([]string, error) {
	for _, tool := range []string{"erlc", "erl"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("no %s here; on Debian and Ubuntu: apt-get install erlang-base", tool)
		}
	}
	if out, err := exec.CommandContext(ctx, "erlc", "-o", dir, file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("erlc: %s", cmp.Or(firstLine(out), err.Error()))
	}
	module := strings.TrimSuffix(filepath.Base(file), ".erl")
	// A million processes need room for their numbers.
	return []string{"erl", "+P", "2000000", "-noshell", "-pa", dir, "-s", module, "main"}, nil
}

// process is a program that runs.
type process struct {
	hello  peer.Hello
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	stderr bytes.Buffer
	limit  time.Duration // for one answer
}

// longest is how long a program may take for one answer.
const longest = 5 * time.Minute

func (o other) start(ctx context.Context) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, o.command[0], o.command[1:]...), limit: longest}
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)
	if err := p.read(&p.hello); err != nil {
		return nil, err
	}
	return p, nil
}

// do has a program do one command.
func (p *process) do(command string) (a peer.Answer, err error) {
	if p.cmd.ProcessState != nil {
		return a, errors.New("it has ended")
	}
	if _, err = fmt.Fprintln(p.in, command); err == nil {
		err = p.read(&a)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", command, err)
	}
	return a, err
}

// read reads one line. If there is none, the process has ended or is ended now, and
// what it complained of is the error.
func (p *process) read(v any) error {
	late := time.AfterFunc(p.limit, func() { _ = p.cmd.Process.Kill() })
	err := p.out.Decode(v)
	if err == nil {
		late.Stop()
		return nil
	}
	_ = p.cmd.Process.Kill()
	ended := p.cmd.Wait()
	if !late.Stop() {
		return fmt.Errorf("no answer for %v", p.limit)
	}
	return errors.New(cmp.Or(firstLine(p.stderr.Bytes()), fmt.Sprint(ended)))
}

// end lets a program end, which it does when there is no more to read.
func (p *process) end() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.in.Close()
	late := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait() // with which state is of no matter any more
}

// crew is the processes of one case: fresh ones, begun when they are first needed.
type crew struct {
	ctx     context.Context
	deep    bool // in which other goroutines wait deep in calls
	running map[string]*process
}

func newCrew(ctx context.Context) *crew { return &crew{ctx: ctx, running: map[string]*process{}} }

// do has the process of o do one command.
func (c *crew) do(o other, command string) (peer.Answer, error) {
	p := c.running[o.Who]
	if p == nil {
		var err error
		if p, err = o.start(c.ctx); err != nil {
			return peer.Answer{}, err
		}
		c.running[o.Who] = p
		if c.deep {
			if a, err := p.do("deep"); err != nil {
				return a, err
			}
		}
	}
	return p.do(command)
}

func (c *crew) end() {
	for _, p := range c.running {
		p.end()
	}
	clear(c.running)
}

// firstLine is the first line that says something.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
