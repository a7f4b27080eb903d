package peer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Hello is the first line that a program prints: what it is, and what it can do.
type Hello struct {
	Who, Role, Note string
	Only            map[string]string
	Can             []string // keys of commands
	Most            int
}

// Answer is what a program says of one command.
type Answer struct {
	NS, Allocs float64 // of all operations together
	Held       Held
	Took       []time.Duration
}

// Main is a library as a program of its own. It says [Hello], then does what standard
// input asks for, a line each, and prints an [Answer], a line of JSON each:
//
//	tell 50000     fifty thousand operations of the case with that key
//	waits 10 200   asks 200 idle actors while 10 block
//	idle 100000    so many idle actors
//	shallow, deep  from now on, goroutines wait beside the actors
//
// It times what it does itself, so that the pipe is in no figure. If something has
// not the effect it should have, it panics; the one who asked sees that.
func Main(l Library) {
	out := json.NewEncoder(os.Stdout)
	Check(out.Encode(hello(l)))
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var key string
		var n, more int
		fmt.Sscan(in.Text(), &key, &n, &more) // what is not there stays 0
		Check(out.Encode(do(l, key, n, more)))
	}
}

func hello(l Library) Hello {
	can := []string{"shallow", "deep"}
	for _, key := range []string{"tell", "many", "ring", "ping", "ask", "life", "cycle"} {
		if l.Run(key) != nil {
			can = append(can, key)
		}
	}
	if l.Block != nil && l.Asks != nil {
		can = append(can, "waits")
	}
	if l.Spawn != nil {
		can = append(can, "spawn")
	}
	if l.Idle != nil {
		can = append(can, "idle")
	}
	return Hello{l.Who, l.Role, l.Note, l.Only, can, l.Most}
}

func do(l Library, key string, n, more int) (a Answer) {
	switch key {
	case "shallow":
		Shallow()
	case "deep":
		Deep()
	case "spawn":
		var end func()
		a.NS, a.Allocs = once(func(n int) { end = l.Spawn(n) }, n)
		end()
	case "waits":
		a.Took = l.Waits(n, more)
	case "idle":
		a.Held = l.Hold(n)
	default:
		a.NS, a.Allocs = once(l.Run(key), n)
	}
	return a
}

// once runs n operations on a heap without garbage.
func once(run func(n int), n int) (ns, allocs float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	run(n)
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	return float64(took), float64(after.Mallocs - before.Mallocs)
}

// Version is the version of a module that is linked into the program; of one that has
// none, the date.
func Version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module })
	if i < 0 {
		return "unknown"
	}
	m := info.Deps[i]
	if m.Replace != nil {
		m = m.Replace
	}
	if parts := strings.Split(m.Version, "-"); len(parts) == 3 && len(parts[1]) == len("20060102150405") {
		return fmt.Sprintf("version of %s-%s-%s", parts[1][:4], parts[1][4:6], parts[1][6:8])
	}
	return m.Version
}
