//go:build unix

package read

import (
	"context"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// open opens a file, or standard input, so that waiting for a pipe ends with ctx.
// The caller calls the function at the end.
func open(ctx context.Context, name string) (*os.File, func(), error) {
	if name == "-" {
		f, restore := standardInput()
		cancel := endWith(ctx, f)
		return f, func() { cancel(); restore() }, nil
	}
	// A named pipe would otherwise wait here until it is opened for writing.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	cancel := endWith(ctx, f)
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		awaitWriter(f)
	}
	return f, func() { cancel(); f.Close() }, nil
}

// endWith ends reading f with ctx, where that can be, which is for pipes.
func endWith(ctx context.Context, f *os.File) (cancel func() bool) {
	return context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
}

// standardInput returns standard input, pollable if it is a pipe.
func standardInput() (f *os.File, restore func()) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 || syscall.SetNonblock(0, true) != nil {
		return os.Stdin, func() {}
	}
	return os.NewFile(0, "standard input"), func() { syscall.SetNonblock(0, false) }
}

// awaitWriter waits until there is something to read, or was a writer: a pipe that
// nobody writes to yet looks like one that has ended.
func awaitWriter(pipe *os.File) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	conn.Read(func(fd uintptr) (done bool) { // its error is also one of the first read
		n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n != 0
	})
}
