package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// process is a bank as its clients see it.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	asks    *json.Encoder
	answers *json.Decoder
	stderr  bytes.Buffer
	killed  *time.Timer // not nil: it is, or will be
}

// startProcess starts a bank, which is killed too when ctx is done.
func startProcess(ctx context.Context, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Stderr = &p.stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.asks, p.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	return p, p.cmd.Start()
}

// ask asks it. If it is dead, hear tells.
func (p *process) ask(r request) { _ = p.asks.Encode(r) }

// hear returns the next answer, if there is one: also of a bank that is dead, if it gave
// that before. The last one may be half of one.
func (p *process) hear() (a answer, ok bool) { return a, p.answers.Decode(&a) == nil }

// killIn kills it after some time: by SIGKILL, which it cannot catch.
func (p *process) killIn(d time.Duration) {
	p.killed = time.AfterFunc(d, func() { _ = p.cmd.Process.Kill() }) // an error: it has ended by itself, and end tells why
}

// end waits for its end, which comes when it has nothing more to do. The error is that of
// a bank which was not killed.
func (p *process) end() error {
	p.in.Close()
	err := p.cmd.Wait()
	killed := p.killed != nil
	if killed {
		p.killed.Stop()
	}
	if err != nil && (!killed || p.stderr.Len() > 0) {
		return fmt.Errorf("the bank has ended: %w: %s", err, bytes.TrimSpace(p.stderr.Bytes()))
	}
	return nil
}
