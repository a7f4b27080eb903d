//go:build !linux

package hunt

import (
	"os/exec"
	"time"
)

// The overlay is for Linux, so that a hunt ends before it runs anything.

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		cmd.Process.Kill()
	}
}

func cpuTime(int) time.Duration { return 0 }
