package explain

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/trivet-go/trivet/internal/program"
)

// names gives people's names to lines, locks and channels. It reads the
// program's sources where they are at hand, and does without where not.
type names struct {
	p      *program.Program
	own    string // import path of the explained package when it is of the standard library, else ""
	goroot string // prefix of the standard library's files; "" if paths were trimmed
	lines  map[string][]string
	user   map[uint32]int // stack to the index of its frame to show; -1 = none
}

func newNames(p *program.Program, own string) *names {
	return &names{p: p, own: own, goroot: gorootOf(p), lines: map[string][]string{}, user: map[uint32]int{}}
}

// std tells whether a frame is of the standard library: its file lies in the
// sources of the Go that built the program. Where the path is no whole one (it
// was trimmed, or the overlay gave it), its package must look like one: no dot
// in the first element.
func (n *names) std(f program.Frame) bool {
	pkg := f.Package()
	if pkg == "main" || pkg == n.own {
		return false
	}
	if filepath.IsAbs(f.File) {
		return n.goroot != "" && strings.HasPrefix(f.File, n.goroot)
	}
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".")
}

// library tells whether a frame is of Trivet's own library, which its users do
// not explain either, unless it is what they explain.
func (n *names) library(f program.Frame) bool {
	rest, ours := strings.CutPrefix(f.Package(), "github.com/trivet-go/trivet/")
	if !ours || f.Package() == n.own {
		return false
	}
	layer, _, _ := strings.Cut(rest, "/")
	return layer == "state" || layer == "task" || layer == "flow" || waitsForOthers(f)
}

// waitsForOthers tells whether a frame is of the packages through which
// goroutines start and wait.
func waitsForOthers(f program.Frame) bool {
	switch f.Package() {
	case "runtime", "sync", "internal/sync", "testing", "internal/poll", "syscall", "time", "internal/runtime/syscall",
		"github.com/trivet-go/trivet/internal/park", "github.com/trivet-go/trivet/internal/spawn":
		return true
	}
	return false
}

// gorootOf finds the directory of the standard library's sources, from a frame
// of the runtime.
func gorootOf(p *program.Program) string {
	for _, frames := range p.Stacks {
		for _, f := range frames {
			if i := strings.Index(f.File, "/src/runtime/"); i > 0 && f.Package() == "runtime" {
				return f.File[:i] + "/src/"
			}
		}
	}
	return ""
}

// frame returns the frame of a stack that a reader of the program knows: the
// innermost that is neither of the standard library nor of Trivet's, or else the
// innermost that is not of the packages through which goroutines wait. What only
// the runtime does has none.
func (n *names) frame(stack uint32) (program.Frame, bool) {
	frames := n.p.Stacks[stack]
	i, ok := n.user[stack]
	if !ok {
		i = n.pick(frames)
		n.user[stack] = i
	}
	if i < 0 {
		return program.Frame{}, false
	}
	return frames[i], true
}

func (n *names) pick(frames []program.Frame) int {
	for i, f := range frames {
		if !n.std(f) && !n.library(f) {
			return i
		}
	}
	for i, f := range frames {
		if !waitsForOthers(f) {
			return i
		}
	}
	if n := len(frames); n > 0 && frames[n-1].Package() == "runtime" {
		return -1 // starting up: nobody's
	}
	return len(frames) - 1
}

// where is the short place of a stack: base name and line.
func (n *names) where(stack uint32) string {
	f, ok := n.frame(stack)
	if !ok {
		return ""
	}
	return place(f)
}

func place(f program.Frame) string {
	return fmt.Sprintf("%s:%d", path.Base(filepath.ToSlash(f.File)), f.Line)
}

// source returns a line of a file, trimmed; "" if it cannot be read.
func (n *names) source(f program.Frame) string {
	lines, ok := n.lines[f.File]
	if !ok {
		lines = readLines(f.File)
		n.lines[f.File] = lines
	}
	if f.Line < 1 || f.Line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[f.Line-1])
}

func readLines(file string) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		lines = append(lines, sc.Text())
	}
	return lines
}

var (
	lockCall = regexp.MustCompile(`\.(?:RLock|RUnlock|Lock|Unlock|TryLock|TryRLock)\(`)
	chanSend = regexp.MustCompile(`([\w.\[\]()]+)\s*<-[^-]`)
	chanRecv = regexp.MustCompile(`<-\s*([\w.\[\]()]+)`)
	chanOver = regexp.MustCompile(`range\s+([\w.\[\]()]+)\s*\{`)
	chanMake = regexp.MustCompile(`([\w.\[\]]+)\s*(?::?=|:)\s*make\(`)
	closing  = regexp.MustCompile(`close\(([\w.\[\]()]+)\)`)
)

// object returns the name by which the program's source calls an object, from
// a line at which it was used or made. Without a source it is named by place.
func (n *names) object(id uint32) string {
	o := n.p.Objects[id]
	if o.Name != "" {
		return o.Name
	}
	f, ok := n.frame(o.Site)
	if !ok {
		return "a " + className(o.Class)
	}
	if name := nameIn(n.source(f), o.Class); name != "" {
		return name
	}
	return fmt.Sprintf("the %s of %s", className(o.Class), function(f.Func))
}

func nameIn(line string, class program.Class) string {
	if class == program.Mutex || class == program.RWMutex {
		if at := lockCall.FindStringIndex(line); at != nil {
			return operandBefore(line[:at[0]])
		}
		return ""
	}
	for _, p := range []*regexp.Regexp{chanMake, chanOver, closing, chanSend, chanRecv} {
		if m := p.FindStringSubmatch(line); m != nil {
			return strings.Trim(m[1], "()&*")
		}
	}
	return ""
}

// operandBefore returns the expression at the end of s: names, dots, and
// whatever stands in brackets.
func operandBefore(s string) string {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch c := s[i]; {
		case c == ')' || c == ']':
			depth++
		case c == '(' || c == '[':
			if depth--; depth < 0 {
				return s[i+1:]
			}
		case depth > 0, c == '.', c == '_', c >= 0x80, '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z':
		default:
			return s[i+1:]
		}
	}
	return s
}

func className(c program.Class) string {
	return [...]string{"lock", "read-write lock", "channel", "WaitGroup", "condition", "event"}[c]
}

// function shortens a function's full name to its package's last element and
// the rest.
func function(fn string) string {
	return fn[strings.LastIndexByte(fn, '/')+1:]
}
