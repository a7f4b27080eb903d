package overlay

import (
	"fmt"
	"strings"
	"time"
)

// EnvName is the environment variable that a patched program reads.
const EnvName = "TRIVET"

// A Recording is what a patched program is asked to do. The zero value asks for
// nothing.
type Recording struct {
	// File receives the trace, from before all package initialisers. %p in it
	// becomes the process id: the variable is inherited, so without it a child
	// that is patched too writes over its parent's file. It must be absolute
	// (the program may change directory before it runs; go test does), and
	// cannot hold a comma. A failed write stops the recording, not the program,
	// with one line on stderr.
	File string

	// For ends the recording after so long, in whole milliseconds; the program
	// runs on. 0: to the end of the program.
	For time.Duration

	// Events go into whatever trace the program itself starts, as with
	// go test -trace. With File they go there.
	Events bool

	// Before also logs the attempts, LockBegin and so on.
	Before bool

	// Procs is the number of cores that the program is told: by
	// runtime.GOMAXPROCS, which then changes only what is told, and by
	// runtime.NumCPU. It really runs on the number that the variable GOMAXPROCS
	// says. 0: the truth. Telling fewer than there really are is for programs
	// that keep no table indexed by processor.
	Procs int
}

// Env is the value of the variable [EnvName] for r.
func (r Recording) Env() (string, error) {
	if strings.Contains(r.File, ",") {
		return "", fmt.Errorf("record to %q: the name cannot hold a comma", r.File)
	}
	if r.Procs < 0 || r.Procs > 65535 {
		return "", fmt.Errorf("tell the program of %d cores: not between 0 and 65535", r.Procs)
	}
	var keys []string
	add := func(on bool, key string) {
		if on {
			keys = append(keys, key)
		}
	}
	add(r.File != "", "rec="+r.File)
	add(r.For > 0, fmt.Sprintf("for=%d", max(1, r.For.Milliseconds())))
	add(r.Events, "events")
	add(r.Before, "before")
	add(r.Procs > 0, fmt.Sprintf("procs=%d", r.Procs))
	return strings.Join(keys, ","), nil
}
