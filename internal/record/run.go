package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Run is one finished run of a target.
type Run struct {
	File     string        // the trace
	Cores    int           // GOMAXPROCS
	Wall     time.Duration // of the process
	CPU      time.Duration // user and system time
	RunDelay time.Duration // threads were ready but the operating system ran others; 0 where it does not tell
	Switches int64         // involuntary context switches
	Status   int           // exit status; -1 when a signal ended it
	Signal   string        // the signal that ended it, "" if none
	Stopped  bool          // it was interrupted, since its time was over or the user asked
	Idle     bool          // it was interrupted, since it did nothing for idleTime
	Output   string        // the end of what it wrote, at most 64 kB
	Tail     string        // the last lines of that
}

// Disturbance is the share of the cores' time during which the operating system
// ran something else although a thread of the program was ready.
func (r Run) Disturbance() float64 {
	if r.Wall <= 0 || r.Cores <= 0 {
		return 0
	}
	return float64(r.RunDelay) / float64(r.Wall) / float64(r.Cores)
}

// Stolen is how much core time of a window of this length the operating system
// gave to others, if it did so evenly over the run.
func (r Run) Stolen(window time.Duration) time.Duration {
	return time.Duration(r.Disturbance() * float64(window) * float64(r.Cores))
}

// idleTime is how long a program may do nothing at all. Go's own check for
// deadlock does not work while a trace is recorded.
const idleTime = 20 * time.Second

// tailSize is how much of the target's output is kept.
const tailSize = 64 << 10

// tail keeps the last bytes written to it.
type tail struct{ buf []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

// lines returns the last n lines.
func (t *tail) lines(n int) string {
	all := strings.Split(strings.TrimRight(string(bytes.ToValidUTF8(t.buf, []byte("?"))), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// run executes cmd with extra environment and waits for it. When ctx ends, the
// process gets an interrupt and five seconds to leave.
func run(ctx context.Context, cmd *exec.Cmd, cores int, env []string, out io.Writer) (Run, error) {
	r := Run{Cores: cores}
	var last tail
	var w io.Writer = &last
	if out != nil {
		w = io.MultiWriter(out, &last)
	}
	cmd.Stdout, cmd.Stderr = w, w
	cmd.Env = append(os.Environ(), append(env, fmt.Sprintf("GOMAXPROCS=%d", cores))...)
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	ownGroup(cmd)
	cmd.WaitDelay = 5 * time.Second
	if in := regularStdin(); in != nil {
		defer in.Close()
		cmd.Stdin = in
	}

	// The kernel kills the target when the thread that started it ends: see ownGroup.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return r, fmt.Errorf("cannot start %s: %w", cmd.Path, err)
	}
	stopped, watched := make(chan struct{}), make(chan time.Duration, 1)
	var idle atomic.Bool
	go func() {
		watched <- watch(cmd.Process.Pid, stopped, func() {
			idle.Store(true)
			interrupt(cmd.Process)
		})
	}()
	err := cmd.Wait()
	close(stopped)
	r.RunDelay = <-watched
	r.Idle = idle.Load()
	r.Wall = time.Since(began)
	r.Output, r.Tail = string(last.buf), last.lines(10)
	if ps := cmd.ProcessState; ps != nil {
		r.CPU = ps.UserTime() + ps.SystemTime()
		r.Status = ps.ExitCode()
		r.Switches = involuntarySwitches(ps)
		if ws, ok := ps.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			r.Signal = ws.Signal().String()
		}
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && ctx.Err() == nil && !errors.Is(err, exec.ErrWaitDelay) {
		return r, err
	}
	return r, nil
}

// interrupt asks a process to end in the way that leaves a whole recording.
func interrupt(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(os.Interrupt)
}

// regularStdin opens the standard input anew when it is a regular file, so that
// each run reads all of it. Pipes and terminals can be read once only and are
// not passed on.
func regularStdin() *os.File {
	st, err := os.Stdin.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(os.Stdin.Name())
	if err != nil {
		return nil
	}
	return f
}
