//go:build unix

package mapreduce

import (
	"io/fs"
	"os"
	"syscall"
)

// mapFile maps a file of the operating system into memory, if that is possible.
func mapFile(file fs.File, size int64) []byte {
	f, ok := file.(*os.File)
	if !ok || size != int64(int(size)) {
		return nil
	}
	m, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	return m
}

func unmapFile(m []byte) { _ = syscall.Munmap(m) }
