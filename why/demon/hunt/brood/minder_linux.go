package brood

import (
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// minderName is by what a process knows that it is a minder. It is no flag and
// no variable, so that a program which is run does not take itself for one.
const minderName = "trivet-minder"

// init is where a minder takes another way than main. It is here and not in a
// function for main to call, since a hunt is also made by tests and benchmarks,
// whose main is not ours.
func init() {
	if len(os.Args) == 1 && os.Args[0] == minderName {
		tell := os.NewFile(3, "reports")
		syscall.CloseOnExec(3)
		mind(gob.NewEncoder(tell))
		syscall.Exit(0) // at once: os.Exit of a build with the race detector waits a second
	}
}

// mind runs a program and its brood to their end.
func mind(tell *gob.Encoder) {
	// The kernel ends the program when the thread that started it ends.
	runtime.LockOSThread()
	// They end what we mind, not us: then nobody would.
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)

	var o order
	if err := gob.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return // whoever started us is gone
	}
	program, err := start(o)
	if err != nil {
		tell.Encode(report{Trouble: err.Error()})
		return
	}
	tell.Encode(report{Pid: program})
	orphaned := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(orphaned)
	}()

	m := &minder{program: program, exit: -1}
	for !m.ended {
		select {
		case <-died:
			m.reap()
		case <-over:
			m.ended = true
		case <-orphaned:
			m.ended = true
		}
	}
	left := m.endAll()
	tell.Encode(report{Exit: m.exit, Left: left})
}

// minder is what is known of a brood.
type minder struct {
	program int
	exit    int  // of the program; -1 after a signal
	ended   bool // the program has, or has to
	alone   bool // no child is left, and so nobody of the brood
}

// start starts the program, with this process as the one that orphans of its
// brood are given to.
func start(o order) (pid int, err error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("ask for orphans: %w", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	return syscall.ForkExec(o.Path, o.Args, &syscall.ProcAttr{
		Dir: o.Dir, Env: o.Env, Files: []uintptr{null.Fd(), 1, 2},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
}

// reap takes in all children that have ended, as init would.
func (m *minder) reap() {
	for {
		var s syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &s, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err == syscall.ECHILD:
			m.alone, m.ended = true, true
			return
		case pid <= 0:
			return
		case pid == m.program:
			m.exit, m.ended = s.ExitStatus(), true
		}
	}
}

// endAll kills the children until there is none. What these leave behind become
// children by that, one generation after the other. It returns those that do
// not die.
func (m *minder) endAll() (left []int) {
	for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if m.reap(); m.alone {
			return nil
		}
		left = children()
		for _, pid := range left {
			// It is our child and not reaped: the number is still its own.
			syscall.Kill(pid, syscall.SIGKILL)
		}
		if time.Now().After(until) {
			return left
		}
	}
}

// children are those of this process, looked for among all processes: the
// kernel's own list of them is an option that some kernels lack.
func children() (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		// number (name) state parent …, and the name may hold anything
		behind := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(behind) < 2 || behind[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
