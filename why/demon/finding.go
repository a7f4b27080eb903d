package demon

import (
	"fmt"
	"path"
	"strings"

	"github.com/trivet-go/trivet/why"
)

// Kind is one of the four demons.
type Kind string

// The four demons.
const (
	Race       Kind = "race"
	Deadlock   Kind = "deadlock" // of all goroutines or of some: whoever waits for what cannot come
	Livelock   Kind = "livelock"
	Starvation Kind = "starvation"
)

// Grade is how a finding is known.
type Grade string

// The grades. Only what is seen or predicted makes trivet demons fail.
const (
	Seen      Grade = "seen"      // it happened in a run
	Predicted Grade = "predicted" // a run showed that another order of its steps would be it
	Note      Grade = "note"      // worth a look; it may be meant so
)

// A Finding is a demon that was found, with all that is needed to see it again.
type Finding struct {
	why.Finding
	Demon   Kind   `json:"demon"`
	Grade   Grade  `json:"grade"`
	Sides   []Side `json:"sides"`
	Package string `json:"package,omitempty"`
	Test    string `json:"test,omitempty"` // in which it was found; "" when nobody knows
	Seed    int    `json:"seed"`
	Procs   int    `json:"gomaxprocs"`
	Lane    string `json:"lane"`
	Runs    int    `json:"runs"` // that showed it
	Of      int    `json:"of"`   // runs of that lane
	Replay  string `json:"replay,omitempty"`
	Known   string `json:"known,omitempty"` // why it does not count

	// Group is the same for races about the same memory, if there are several.
	Group int `json:"group,omitempty"`
}

// A Side is one goroutine's part in it.
type Side struct {
	Does    string  `json:"does"`              // "waits in chan send", "holds a.mu"
	Stack   []Frame `json:"stack"`             // user code only, innermost first
	Created *Frame  `json:"created,omitempty"` // the go statement; nil: main, or unknown
	Count   int     `json:"count,omitempty"`   // goroutines at the same place, if more than one
	Waits   bool    `json:"waits,omitempty"`   // it is blocked here, or would be
}

// A Frame is a place in a program.
type Frame struct {
	Func string `json:"func"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// Place is the frame as file:line, with the file's last element only.
func (f Frame) Place() string {
	return fmt.Sprintf("%s:%d", path.Base(strings.ReplaceAll(f.File, `\`, "/")), f.Line)
}

// Package is the import path of the frame's function.
func (f Frame) Package() string {
	slash := strings.LastIndexByte(f.Func, '/')
	dot := strings.IndexByte(f.Func[slash+1:], '.')
	if dot < 0 {
		return f.Func
	}
	return strings.ReplaceAll(f.Func[:slash+1+dot], "%2e", ".")
}

// Name is the function without its package.
func (f Frame) Name() string {
	name := f.Func[strings.LastIndexByte(f.Func, '/')+1:]
	if _, after, ok := strings.Cut(name, "."); ok {
		return after
	}
	return name
}

// Key is the same for the same demon found again: what it is, and where each
// side stands.
func (f *Finding) Key() string {
	key := f.Rule + " " + f.Package
	for _, s := range f.Sides {
		key += " " + s.Site()
	}
	return key
}

// Site is the innermost place of a side in user code.
func (s Side) Site() string {
	if len(s.Stack) == 0 {
		return s.Does
	}
	return s.Stack[0].Func + " " + s.Stack[0].Place()
}
