package record

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// watchRunDelay samples how long the threads of a process have been ready
// without running (the second field of schedstat) until stopped is closed, and
// returns the sum over all threads seen. What happens after the last sample is
// missed: at most one period.
func watchRunDelay(pid int, stopped <-chan struct{}) time.Duration {
	const period = 20 * time.Millisecond
	tick := time.NewTicker(period)
	defer tick.Stop()
	delay := map[string]int64{}
	for {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				continue // the thread ended
			}
			if fields := bytes.Fields(b); len(fields) >= 2 {
				if ns, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
					delay[f] = ns
				}
			}
		}
		select {
		case <-tick.C:
		case <-stopped:
			var sum int64
			for _, ns := range delay {
				sum += ns
			}
			return time.Duration(sum)
		}
	}
}

func involuntarySwitches(ps *os.ProcessState) int64 {
	if ru, ok := ps.SysUsage().(*syscall.Rusage); ok {
		return ru.Nivcsw
	}
	return 0
}
