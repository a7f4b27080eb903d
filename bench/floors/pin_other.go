//go:build !linux

package floors

import "runtime"

// pin keeps the goroutine on a thread until release; on which core that runs, the
// system decides.
func pin(int) (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
