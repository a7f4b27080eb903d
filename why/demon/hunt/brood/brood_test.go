//go:build linux

package brood

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// part is the environment variable that has this test binary play another one.
const part = "BROOD_TEST_PART"

func TestMain(m *testing.M) {
	if play, ok := parts[os.Getenv(part)]; ok {
		play()
		syscall.Exit(0) // at once, as a minder does
	}
	os.Exit(m.Run())
}

// parts are the programs that the tests start. Those that stay tell their
// process numbers, one a line, and then sleep for good.
var parts = map[string]func(){
	// forks twice, each time into a session of its own, and ends, as a daemon
	// does when it starts.
	"daemon": func() { again("middle").Wait() },
	"middle": func() { again("sleeper") },
	// forks so too, and stays.
	"parent": func() { again("middle").Wait(); stay() },
	// a session that ends by no signal but SIGKILL.
	"sleeper": func() { stay() },
	"seven":   func() { syscall.Exit(7) },
	"killed":  func() { syscall.Kill(os.Getpid(), syscall.SIGTERM); stay() },
	"odd":     func() { fmt.Printf("%q %q\n", os.Args, os.Getenv("ODD")) },
	// what a hunt does: it minds a program and waits.
	"hunter": func() {
		b, err := Start(self("parent", os.Stdout))
		if err != nil {
			panic(err)
		}
		b.Wait()
	},
}

func self(what string, out io.Writer) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), part+"="+what)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd
}

// again starts another part in a session of its own and with an environment
// that tells nothing of where it comes from.
func again(what string) *exec.Cmd {
	cmd := self(what, os.Stdout)
	cmd.Env = []string{part + "=" + what}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	return cmd
}

func stay() {
	fmt.Println(os.Getpid())
	time.Sleep(time.Minute) // for good, as far as the tests go
}

// lines starts a program under a minder and returns what it and its brood say.
func lines(t *testing.T, what string) (*Brood, *os.File, *bufio.Scanner) {
	t.Helper()
	hear, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hear.Close() })
	b, err := Start(self(what, say))
	say.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.End)
	return b, hear, bufio.NewScanner(hear)
}

func hearPids(t *testing.T, from *bufio.Scanner, n int) []string {
	t.Helper()
	var pids []string
	for range n {
		if !from.Scan() {
			t.Fatalf("the brood said only %q", pids)
		}
		pids = append(pids, from.Text())
	}
	return pids
}

// silent waits until all who hold the pipe have ended, and so can say nothing any
// more.
func silent(t *testing.T, hear *os.File, from *bufio.Scanner) {
	t.Helper()
	hear.SetReadDeadline(time.Now().Add(20 * time.Second)) // whoever stays does so for longer
	for from.Scan() {
	}
	if err := from.Err(); err != nil {
		t.Errorf("somebody is left: %v", err)
	}
}

// alive tells that a process exists that has not ended.
func alive(pid string) bool {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	_, behind, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(behind, "Z")
}

// A program ends and leaves a daemon behind, which it told its number.
func TestNoDaemonIsLeft(t *testing.T) {
	b, _, said := lines(t, "parent")
	pids := hearPids(t, said, 2) // of the sleeper and of its grandparent
	for _, pid := range pids {
		if !alive(pid) {
			t.Errorf("process %s did not stay: there is nothing to see here", pid)
		}
	}
	b.End()
	if exit, err := b.Wait(); exit != -1 || err != nil {
		t.Errorf("the end: exit status %d, %v", exit, err)
	}
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %s is left", pid)
		}
	}
}

// The program ends by itself, and what it left in another session ends with it:
// all of them hold the pipe, which therefore ends.
func TestEndingAloneIsEnough(t *testing.T) {
	b, hear, said := lines(t, "daemon")
	if exit, err := b.Wait(); exit != 0 || err != nil {
		t.Errorf("the end: exit status %d, %v", exit, err)
	}
	silent(t, hear, said)
}

// Who starts broods is killed, and cannot do anything any more.
func TestHunterIsKilled(t *testing.T) {
	hear, say, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hear.Close()
	hunter := self("hunter", say)
	if err := hunter.Start(); err != nil {
		t.Fatal(err)
	}
	say.Close()
	said := bufio.NewScanner(hear)
	hearPids(t, said, 2)
	hunter.Process.Kill()
	hunter.Wait()
	silent(t, hear, said)
}

func TestExitStatus(t *testing.T) {
	for what, want := range map[string]int{"seven": 7, "killed": -1} {
		b, _, _ := lines(t, what)
		if exit, err := b.Wait(); exit != want || err != nil {
			t.Errorf("%s: exit status %d, %v", what, exit, err)
		}
	}
}

// Arguments and environment arrive as they are, also what is no text.
func TestOddWords(t *testing.T) {
	var said strings.Builder
	cmd := self("odd", &said)
	cmd.Args = []string{"a\xff", ""}
	cmd.Env = append(cmd.Env, "ODD=\xfe\n")
	b, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if exit, err := b.Wait(); exit != 0 || err != nil {
		t.Errorf("the end: exit status %d, %v", exit, err)
	}
	if want := `["a\xff" ""] "\xfe\n"` + "\n"; said.String() != want {
		t.Errorf("arrived: %s want: %s", said.String(), want)
	}
}

// Whoever ends the minder by a signal it can hear ends the brood, in order.
func TestMinderIsTerminated(t *testing.T) {
	b, hear, said := lines(t, "parent")
	hearPids(t, said, 2)
	b.minder.Process.Signal(syscall.SIGTERM)
	if exit, err := b.Wait(); exit != -1 || err != nil {
		t.Errorf("the end: exit status %d, %v", exit, err)
	}
	silent(t, hear, said)
}

// By SIGKILL it cannot do anything, and that is told. Only the program itself
// ends with it.
func TestMinderIsKilled(t *testing.T) {
	b, hear, said := lines(t, "sleeper")
	hearPids(t, said, 1)
	b.minder.Process.Kill()
	if _, err := b.Wait(); err == nil {
		t.Error("no error")
	}
	silent(t, hear, said)
}

// A process that is not of the brood is let alone, even when it is ours.
func TestOthersLive(t *testing.T) {
	other := self("sleeper", io.Discard)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { other.Process.Kill(); other.Wait() }()
	b, _, said := lines(t, "parent")
	hearPids(t, said, 2)
	b.End()
	b.Wait()
	if !alive(fmt.Sprint(other.Process.Pid)) {
		t.Error("a process that is not of the brood has ended")
	}
}

func TestNoProgram(t *testing.T) {
	none := exec.Command(filepath.Join(t.TempDir(), "none"))
	if _, err := Start(none); !errors.Is(err, os.ErrNotExist) && (err == nil || !strings.Contains(err.Error(), "no such file")) {
		t.Errorf("start of nothing: %v", err)
	}
}

// The number of processes that a test has started comes back to what it was.
func TestNoMinderIsLeft(t *testing.T) {
	before := len(children())
	for range 5 {
		b, _, said := lines(t, "parent")
		hearPids(t, said, 2)
		b.End()
		b.Wait()
	}
	for until := time.Now().Add(10 * time.Second); len(children()) > before; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d children, %d before", len(children()), before)
		}
	}
}
