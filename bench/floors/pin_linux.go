package floors

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pin keeps the goroutine on a thread, and the thread on a core, until release.
func pin(core int) (release func()) {
	runtime.LockOSThread()
	var allowed, one unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil {
		return runtime.UnlockOSThread
	}
	for cpu, seen := 0, 0; cpu < 64*len(allowed); cpu++ {
		if !allowed.IsSet(cpu) {
			continue
		}
		if seen == core {
			one.Set(cpu)
			break
		}
		seen++
	}
	if one.Count() == 0 || unix.SchedSetaffinity(0, &one) != nil {
		return runtime.UnlockOSThread
	}
	return func() {
		if unix.SchedSetaffinity(0, &allowed) == nil {
			runtime.UnlockOSThread()
		} // else the thread ends with its goroutine
	}
}
