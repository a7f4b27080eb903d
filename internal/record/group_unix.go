//go:build unix && !linux

package record

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the terminal's interrupt from the target. The recorder passes
// it on; twice would kill the target before its recording is complete.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
