package brood

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A Brood is a running program with all that descends from it.
type Brood struct {
	minder *exec.Cmd
	life   io.WriteCloser // the minder ends the brood when this is closed, or we are dead
	hear   *os.File       // reports of the minder
	told   *gob.Decoder   // the same
	pid    int
	end    sync.Once
}

// order is what the minder is to run.
type order struct {
	Path, Dir string
	Args, Env []string
}

// report is what the minder tells: first the program's number, then how it ended.
type report struct {
	Pid     int
	Exit    int
	Left    []int  // processes that it could not end
	Trouble string // why the program did not start
}

// Start starts the program of cmd. Of cmd it takes Path, Args, Env, Dir, Stdout
// and Stderr; there is nothing to read from standard input. The program leads a
// process group of its own.
func Start(cmd *exec.Cmd) (*Brood, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	hear, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b := &Brood{hear: hear, told: gob.NewDecoder(hear), minder: &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{minderName}, Env: []string{}, // it needs none, and may itself be hunted in
		Stdout: cmd.Stdout, Stderr: cmd.Stderr, ExtraFiles: []*os.File{tell},
		WaitDelay:   2 * time.Second,                     // for a process that holds the output and cannot be ended
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}, // ^C is for us, and we tell the minder
	}}
	err = b.minderFor(order{cmd.Path, cmd.Dir, cmd.Args, cmd.Environ()}, tell)
	if err != nil {
		hear.Close()
		return nil, fmt.Errorf("brood: start %s: %w", cmd.Path, err)
	}
	return b, nil
}

// minderFor starts the minder, hands over its order and waits for its first report.
func (b *Brood) minderFor(o order, tell io.Closer) (err error) {
	b.life, err = b.minder.StdinPipe()
	if err == nil {
		err = b.minder.Start()
	}
	tell.Close() // only the minder has it now, so that its death is the end of the reports
	if err != nil {
		return err
	}
	var r report
	if err = gob.NewEncoder(b.life).Encode(o); err == nil {
		err = b.told.Decode(&r)
	}
	if err == nil && r.Trouble != "" {
		err = errors.New(r.Trouble)
	}
	if err != nil {
		b.End()
		b.minder.Wait()
	}
	b.pid = r.Pid
	return err
}

// Pid is the program's process number, which may be used again after Wait.
func (b *Brood) Pid() int { return b.pid }

// End ends the program and its brood. It does not wait for it.
func (b *Brood) End() { b.end.Do(func() { b.life.Close() }) }

// Wait waits until the program has ended, and its brood with it. The exit status
// is -1 if a signal ended the program. The error is a [LeftError], or says that
// the minder was killed.
func (b *Brood) Wait() (exit int, err error) {
	var r report
	told := b.told.Decode(&r)
	b.minder.Wait() // how the minder ended says nothing
	b.End()
	b.hear.Close()
	switch {
	case told != nil:
		return -1, fmt.Errorf("brood: the minder of process %d was killed: %w", b.pid, told)
	case len(r.Left) > 0:
		return r.Exit, &LeftError{r.Left}
	}
	return r.Exit, nil
}
