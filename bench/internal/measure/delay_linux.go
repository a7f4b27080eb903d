package measure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// watchDelay looks every 20 ms how long the threads of a process have been ready
// without running, the second field of schedstat, and returns the sum over its
// threads when ended is closed. It misses what happens after its last look.
func watchDelay(pid int, ended <-chan struct{}) time.Duration {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	threads := map[string]int64{}
	for {
		select {
		case <-tick.C:
			look(pid, threads)
		case <-ended:
			var sum int64
			for _, ns := range threads {
				sum += ns
			}
			return time.Duration(sum)
		}
	}
}

// look updates the delay of each thread that lives.
func look(pid int, threads map[string]int64) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is valid
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // it ended in between
		}
		if fields := bytes.Fields(data); len(fields) > 1 {
			if ns, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
				threads[f] = ns
			}
		}
	}
}
