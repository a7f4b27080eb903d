//go:build !linux

package hunt

import "time"

// The overlay is for Linux, so that a hunt ends before it runs anything.

func cpuTime(int) time.Duration { return 0 }
