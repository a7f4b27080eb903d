package demon

import (
	"regexp"
	"strconv"
	"strings"
)

// A Goroutine is one of those in the text of runtime.Stack.
type Goroutine struct {
	ID      uint64
	State   string // "chan receive", "sync.Mutex.Lock", "running"
	Leaked  bool   // the collector has proven that nobody can wake it
	Bubble  bool   // in a testing/synctest bubble
	Stack   []Frame
	Created *Frame
	Parent  uint64 // who created it; 0: unknown
}

var header = regexp.MustCompile(`^goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]*)\]:$`)

// ParseStacks reads what runtime.Stack or a crash writes. Text before, between
// and after the goroutines is skipped.
func ParseStacks(text string) []Goroutine {
	var all []Goroutine
	var g *Goroutine
	created := false
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := header.FindStringSubmatch(line); m != nil {
			all = append(all, newGoroutine(m))
			g, created, name = &all[len(all)-1], false, ""
			continue
		}
		switch {
		case g == nil:
		case line == "":
			g = nil
		case strings.HasPrefix(line, "\t") && name != "":
			file, number := place(line)
			f := Frame{Func: name, File: file, Line: number}
			if created {
				g.Created = &f
			} else {
				g.Stack = append(g.Stack, f)
			}
			name = ""
		case strings.HasPrefix(line, "created by "):
			created = true
			name = strings.TrimPrefix(line, "created by ")
			if before, after, ok := strings.Cut(name, " in goroutine "); ok {
				name = before
				g.Parent, _ = strconv.ParseUint(after, 10, 64)
			}
		default:
			name = withoutArguments(line)
		}
	}
	return all
}

func newGoroutine(m []string) Goroutine {
	g := Goroutine{}
	g.ID, _ = strconv.ParseUint(m[1], 10, 64)
	state, rest, _ := strings.Cut(m[2], ", ")
	g.Bubble = strings.Contains(rest, "synctest bubble")
	g.Leaked = strings.Contains(state, "(leaked)")
	for _, word := range []string{" (leaked)", " (scan)", " (durable)"} {
		state = strings.ReplaceAll(state, word, "")
	}
	g.State = state
	return g
}

// place reads "	/dir/file.go:12 +0x1d".
func place(line string) (file string, number int) {
	line = strings.TrimSpace(line)
	if i := strings.LastIndex(line, " +0x"); i >= 0 {
		line = line[:i]
	}
	i := strings.LastIndexByte(line, ':')
	if i < 0 {
		return line, 0
	}
	number, _ = strconv.Atoi(line[i+1:])
	return line[:i], number
}

// withoutArguments cuts the arguments off a call: main.(*T).F(0x1, ...).
func withoutArguments(call string) string {
	if !strings.HasSuffix(call, ")") {
		return call
	}
	if i := strings.LastIndexByte(call, '('); i > 0 {
		return call[:i]
	}
	return call
}

// Blocked tells whether it waits for another goroutine: for a channel, a
// select, a lock, a condition or a group. Sleeping, running, input and system
// calls are something else, and so are the semaphores of the runtime, by which
// goroutines wait for the collector or to stop the world.
func (g *Goroutine) Blocked() bool {
	return strings.HasPrefix(g.State, "chan ") || strings.HasPrefix(g.State, "select") || strings.HasPrefix(g.State, "sync.") ||
		g.State == "semacquire" && len(g.Stack) > 0 && strings.HasPrefix(g.Stack[0].Func, "sync.runtime_Semacquire")
}
