package record

import (
	"strconv"
	"strings"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// stacks numbers the distinct stacks of a recording. A trace numbers them anew
// in each generation, so there are two maps: the trace's own numbers of this
// generation, and the text of a stack for all time.
type stacks struct {
	all    [][]program.Frame
	ofGen  map[trace.Stack]uint32
	ofText map[string]uint32
	ends   map[uint32]ending
	text   strings.Builder
}

func newStacks() *stacks {
	return &stacks{
		all:    [][]program.Frame{nil}, // number 0: no stack
		ofGen:  map[trace.Stack]uint32{},
		ofText: map[string]uint32{},
		ends:   map[uint32]ending{},
	}
}

// ending is how a recording came to its end, as told by the stack of the
// goroutine that completes the file.
type ending string

const (
	byExit  ending = "exit"  // the program ended
	byOther ending = "other" // a panic, a signal, or the time was over
)

// endingOf tells whether a stack is that of the overlay completing the file.
func endingOf(st trace.Stack) ending {
	end := ending("")
	for f := range st.Frames() {
		switch f.Func {
		case "runtime.trivetStop":
			end = byOther
		case "internal/runtime/exithook.Run":
			if end != "" {
				return byExit
			}
		}
	}
	return end
}

// generation forgets the trace's numbers; they are about to be reused, and the
// tables behind them would stay in memory.
func (s *stacks) generation() { clear(s.ofGen) }

// id returns the number of a stack of the current generation.
func (s *stacks) id(st trace.Stack) uint32 {
	if st == trace.NoStack {
		return 0
	}
	if id, ok := s.ofGen[st]; ok {
		return id
	}
	var frames []program.Frame
	s.text.Reset()
	for f := range st.Frames() {
		if isHook(f.Func) {
			continue
		}
		frames = append(frames, program.Frame{Func: f.Func, File: f.File, Line: int(f.Line)})
		s.text.WriteString(f.Func)
		s.text.WriteByte(':')
		s.text.WriteString(strconv.FormatUint(f.Line, 10))
		s.text.WriteByte('\n')
	}
	id, ok := s.ofText[s.text.String()]
	if !ok {
		id = uint32(len(s.all))
		s.all = append(s.all, frames)
		s.ofText[s.text.String()] = id
		if end := endingOf(st); end != "" {
			s.ends[id] = end
		}
	}
	s.ofGen[st] = id
	return id
}

// isHook tells whether a frame belongs to the overlay, not to the program. The
// overlay's functions are called trivetX, or TrivetX where another package must
// reach them, and live in packages that no user can add to.
func isHook(fn string) bool {
	if !strings.HasPrefix(fn, "runtime.") && !strings.HasPrefix(fn, "sync.") &&
		!strings.HasPrefix(fn, "internal/sync.") && !strings.HasPrefix(fn, "testing.") {
		return false
	}
	name := fn[strings.LastIndexByte(fn, '.')+1:]
	return strings.HasPrefix(name, "trivet") || strings.HasPrefix(name, "Trivet")
}
