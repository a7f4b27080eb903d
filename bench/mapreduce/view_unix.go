//go:build unix

package mapreduce

import (
	"os"
	"syscall"
)

// view is a file in memory.
func view(name string) (data []byte, done func()) {
	f, err := os.Open(name)
	must(err)
	defer f.Close()
	info, err := f.Stat()
	must(err)
	data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	must(err)
	return data, func() { must(syscall.Munmap(data)) }
}
