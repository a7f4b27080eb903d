package bolt_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/trivet-go/trivet/engine/bolt"
)

var powerLosses = flag.Int("powerloss", 0, "how often to take the power from a file system; needs root, loop devices and ext4")

// When the power fails, what was told is there. A file system of its own is shut
// down while a process works on it, so that everything which the disk did not
// have by then is gone. The control, without syncing, must lose something, or the
// test shows nothing. It models the loss of the page cache, not a disk that lies.
func TestPowerLoss(t *testing.T) {
	if *powerLosses == 0 {
		t.Skip("takes root, loop devices and ext4: -powerloss 10")
	}
	for range *powerLosses {
		h := newHistory()
		results, effects, err := h.losePower(t, bolt.PowerLoss)
		if err != nil {
			t.Fatal(err)
		}
		h.check(t, results, effects)
	}
	lost := 0
	for range *powerLosses {
		h := newHistory()
		results, _, err := h.losePower(t, bolt.ProcessCrash)
		if err != nil {
			t.Log("control: ", err)
			lost++
		} else if n := h.lost(results); n > 0 {
			t.Logf("control: %d of %d jobs lost", n, len(h.accepted))
			lost++
		}
	}
	if lost == 0 {
		t.Error("nothing was lost without syncing: the test shows nothing")
	}
}

// losePower has a child work, takes the power away, and lets another one look at
// what is left.
func (h *history) losePower(t *testing.T, survives bolt.Survival) (results map[int]string, effects string, err error) {
	dir := t.TempDir()
	image, disk, effects := filepath.Join(dir, "image"), filepath.Join(dir, "disk"), filepath.Join(dir, "effects")
	do := func(name string, args ...string) {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	do("truncate", "-s", "256M", image)
	do("mkfs.ext4", "-q", "-F", image)
	do("mkdir", disk)
	do("mount", "-o", "loop", image, disk)
	mounted := true
	defer func() {
		if mounted {
			do("umount", disk)
		}
	}()
	args := func(what string, round int) []string {
		return []string{what, filepath.Join(disk, "jobs.db"), effects, strconv.Itoa(int(survives)), strconv.Itoa(round), strconv.Itoa(h.asked)}
	}
	_, err = h.run(t, 0, 200+rand.N(800), func(cmd *exec.Cmd) {
		if err := stop(cmd.Process); err != nil {
			t.Error(err)
		}
		if err := shutDown(disk); err != nil {
			t.Error(err)
		}
		_ = cmd.Process.Kill()
	}, args("work", 0)...)
	if err != nil {
		return nil, effects, err
	}
	do("umount", disk)
	mounted = false
	do("mount", "-o", "loop", image, disk)
	mounted = true
	results, err = h.run(t, 1, 0, nil, args("end", 1)...)
	return results, effects, err
}

// stop stops a process, and returns when all of its threads have stopped: one that
// is inside of fsync comes to the end of that before.
func stop(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for range 1000 {
		stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Pid))
		if err != nil {
			return err
		}
		running := 0
		for _, path := range stats {
			stat, err := os.ReadFile(path)
			if _, state, _ := bytes.Cut(stat, []byte(") ")); err == nil && !bytes.HasPrefix(state, []byte("T")) {
				running++
			}
		}
		if running == 0 {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("process %d does not stop", p.Pid)
}

// shutDown throws away what the file system has not written, journal and all.
func shutDown(dir string) error {
	const (
		ext4Shutdown    = 0x8004587D // EXT4_IOC_SHUTDOWN
		withoutLogFlush = uint32(2)  // EXT4_GOING_FLAGS_NOLOGFLUSH
	)
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := withoutLogFlush
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), ext4Shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		return fmt.Errorf("shutdown of %s: %w", dir, errno)
	}
	return nil
}
