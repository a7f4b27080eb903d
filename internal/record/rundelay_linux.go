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

// watch samples the threads of a process until stopped is closed. It returns how
// long they were ready without running (the second field of schedstat), summed
// over all threads seen; what happens after the last sample is missed, at most
// one period. When none of them has run for idleTime (but for what the runtime
// does once a second while it records), it calls idle, once.
func watch(pid int, stopped <-chan struct{}, idle func()) time.Duration {
	const period = 20 * time.Millisecond
	tick := time.NewTicker(period)
	defer tick.Stop()
	threads := map[string][2]int64{} // running and ready, ns
	var ran, ranBefore int64
	began := time.Now()
	for {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, f := range files {
			now, ok := readSchedstat(f)
			if !ok {
				continue // the thread ended
			}
			ran += now[0] - threads[f][0]
			threads[f] = now
		}
		if time.Since(began) > idleTime {
			if idle != nil && float64(ran-ranBefore) < idleShare*float64(idleTime) {
				idle()
				idle = nil
			}
			began, ranBefore = time.Now(), ran
		}
		select {
		case <-tick.C:
		case <-stopped:
			var delay int64
			for _, t := range threads {
				delay += t[1]
			}
			return time.Duration(delay)
		}
	}
}

// idleShare is how much of a core an idle process may use.
const idleShare = 0.005

func readSchedstat(file string) (runAndDelay [2]int64, ok bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return runAndDelay, false
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return runAndDelay, false
	}
	for i := range runAndDelay {
		if runAndDelay[i], err = strconv.ParseInt(string(fields[i]), 10, 64); err != nil {
			return runAndDelay, false
		}
	}
	return runAndDelay, true
}

func involuntarySwitches(ps *os.ProcessState) int64 {
	if ru, ok := ps.SysUsage().(*syscall.Rusage); ok {
		return ru.Nivcsw
	}
	return 0
}
