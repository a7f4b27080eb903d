//go:build !linux

package record

import (
	"os"
	"time"
)

// Other systems do not tell how long a thread was ready without running.
func watchRunDelay(_ int, stopped <-chan struct{}) time.Duration {
	<-stopped
	return 0
}

func involuntarySwitches(*os.ProcessState) int64 { return 0 }
