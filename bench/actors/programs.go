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
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
)

// librariesDir has a folder for each library: a program of Go, with its own go.mod, or
// one of Erlang. There is no list of them; peer.Main is what they say and are told.
const librariesDir = "actors/libraries"

// program is one of them, built.
type program struct {
	peer.Hello
	command []string
}

// can tells whether it has that command.
func (p program) can(key string) bool { return key == "" || slices.Contains(p.Can, key) }

// buildAll builds all programs into dir, and says of those that it cannot build or
// start why. Without ours there is nothing to compare.
func buildAll(ctx context.Context, dir string, progress *board.Progress) (all []program, leftOut []string, err error) {
	folders, _ := filepath.Glob(filepath.Join(librariesDir, "*"))
	for _, folder := range folders {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		progress.Sayf("%s: building %s", name, filepath.Base(folder))
		p, err := build(ctx, dir, folder)
		if err != nil {
			leftOut = append(leftOut, fmt.Sprintf("%s: %v", filepath.Base(folder), err))
			continue
		}
		all = append(all, p)
	}
	rank := map[string]int{peer.Ours: 0, peer.Rival: 1, peer.Reference: 2}
	slices.SortStableFunc(all, func(p, q program) int { return cmp.Compare(rank[p.Role], rank[q.Role]) })
	if len(all) == 0 || all[0].Role != peer.Ours {
		return nil, nil, fmt.Errorf("ours is not there: %s", strings.Join(leftOut, "; "))
	}
	return all, leftOut, nil
}

func build(ctx context.Context, dir, folder string) (p program, err error) {
	if erlang, _ := filepath.Glob(filepath.Join(folder, "*.erl")); len(erlang) > 0 {
		p.command, err = buildErlang(ctx, dir, erlang[0])
	} else {
		p.command, err = buildGo(ctx, dir, folder)
	}
	if err != nil {
		return p, err
	}
	first, err := p.start(ctx)
	if err != nil {
		return p, err
	}
	defer first.end()
	p.Hello = first.hello
	return p, nil
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
		return nil, fmt.Errorf("go build fails, perhaps for want of a network; go -C bench/%s mod download: %s", folder, cmp.Or(complaint(out), err.Error()))
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
		return nil, fmt.Errorf("erlc: %s", cmp.Or(complaint(out), err.Error()))
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

func (p program) start(ctx context.Context) (*process, error) {
	r := &process{cmd: exec.CommandContext(ctx, p.command[0], p.command[1:]...), limit: longest}
	r.cmd.Stderr = &r.stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.out = json.NewDecoder(out)
	if err := r.read(&r.hello); err != nil {
		return nil, err
	}
	return r, nil
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
	return errors.New(cmp.Or(complaint(p.stderr.Bytes()), fmt.Sprint(ended)))
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

// crew is the processes of one part of the board: fresh ones, begun when they are
// first needed.
type crew struct {
	ctx     context.Context
	beside  string // a command that each is given first, if it is not empty
	running map[string]*process
}

func newCrew(ctx context.Context, beside string) *crew {
	return &crew{ctx: ctx, beside: beside, running: map[string]*process{}}
}

// do has the process of p do one command.
func (c *crew) do(p program, command string) (peer.Answer, error) {
	running := c.running[p.Who]
	if running == nil {
		var err error
		if running, err = p.start(c.ctx); err != nil {
			return peer.Answer{}, err
		}
		c.running[p.Who] = running
		if c.beside != "" {
			if a, err := running.do(c.beside); err != nil {
				return a, err
			}
		}
	}
	return running.do(command)
}

func (c *crew) end() {
	for _, p := range c.running {
		p.end()
	}
	clear(c.running)
}

// complaint is the first line that says what is wrong, and not only what is done.
func complaint(text []byte) string {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "go: downloading ") && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}
