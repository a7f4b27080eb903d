//go:build unix

package read

import (
	"context"
	"io"
	"os"
	"syscall"
	"time"
)

// standardInput returns standard input so that reading it ends with ctx, which
// is possible for a pipe. The caller calls stop at the end.
func standardInput(ctx context.Context) (in io.Reader, stop func()) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 || syscall.SetNonblock(0, true) != nil {
		return os.Stdin, func() {}
	}
	f := os.NewFile(0, "standard input") // pollable, now that it does not block
	cancel := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	return f, func() {
		cancel()
		syscall.SetNonblock(0, false)
	}
}
