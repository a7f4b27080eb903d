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
	// that is patched too writes over its parent's file. It should be absolute,
	// because go test runs a binary in its package's directory. A failed write
	// stops the recording, not the program, with one line on stderr.
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
	// says. 0: the truth; at most 65535. Tell fewer than there really are only
	// to programs that keep no table indexed by processor.
	Procs int
}

// Env is the value of the variable [EnvName] that asks for r.
func Env(r Recording) string {
	var keys []string
	add := func(on bool, key string) {
		if on {
			keys = append(keys, key)
		}
	}
	add(r.File != "", "rec="+strings.ReplaceAll(r.File, ",", "%c"))
	add(r.For > 0, fmt.Sprintf("for=%d", max(1, r.For.Milliseconds())))
	add(r.Events, "events")
	add(r.Before, "before")
	add(r.Procs > 0, fmt.Sprintf("procs=%d", min(r.Procs, 65535)))
	return strings.Join(keys, ",")
}
