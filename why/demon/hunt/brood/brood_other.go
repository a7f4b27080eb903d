//go:build !linux

package brood

import (
	"errors"
	"os/exec"
)

// A Brood is a running program; what it starts is not known here.
type Brood struct{ cmd *exec.Cmd }

// Start starts the program.
func Start(cmd *exec.Cmd) (*Brood, error) { return &Brood{cmd}, cmd.Start() }

// Pid is the program's process number.
func (b *Brood) Pid() int { return b.cmd.Process.Pid }

// End ends the program.
func (b *Brood) End() { b.cmd.Process.Kill() }

// Wait waits until the program has ended.
func (b *Brood) Wait() (exit int, err error) {
	var bad *exec.ExitError
	if err = b.cmd.Wait(); errors.As(err, &bad) {
		err = nil
	}
	return b.cmd.ProcessState.ExitCode(), err
}
