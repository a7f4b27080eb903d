package hunt

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/why/demon"
)

// trimmer knows which frames are the user's.
type trimmer struct {
	goroot string
	p      *Package
}

// maxFrames is how much of a stack a side shows.
const maxFrames = 6

// user tells that a frame is code that the user could change: no standard
// library, unless that is what is looked at.
func (t trimmer) user(f demon.Frame) bool {
	pkg := f.Package()
	if t.p.standard {
		own := strings.TrimSuffix(pkg, "_test")
		return own == t.p.Path || strings.HasPrefix(own, t.p.Path+"/")
	}
	return !t.std(f)
}

// firstUser is the innermost frame that is the user's, or nil.
func (t trimmer) firstUser(frames []demon.Frame) *demon.Frame {
	for _, f := range frames {
		if t.user(f) {
			return &f
		}
	}
	return nil
}

func (t trimmer) std(f demon.Frame) bool {
	file := filepath.ToSlash(f.File)
	return !strings.Contains(file, "/") || strings.HasPrefix(file, filepath.ToSlash(t.goroot)+"/src/") ||
		strings.HasSuffix(file, "/src/runtime/"+filepath.Base(file)) && f.Package() == "runtime"
}

// stack keeps the user's frames. Where there is none, it keeps what comes first
// behind the runtime, so that the place has a name.
func (t trimmer) stack(frames []demon.Frame) []demon.Frame {
	var user, other []demon.Frame
	for _, f := range frames {
		switch {
		case hook(f):
		case t.user(f):
			user = append(user, f)
		case f.Package() != "runtime" && f.Package() != "internal/sync" && f.Package() != "sync":
			other = append(other, f)
		}
	}
	if len(user) == 0 {
		user = other
	}
	return user[:min(len(user), maxFrames)]
}

// hook tells that a frame belongs to the overlay.
func hook(f demon.Frame) bool {
	name := f.Func[strings.LastIndexByte(f.Func, '.')+1:]
	return strings.HasPrefix(name, "trivet") || strings.HasPrefix(name, "Trivet")
}

// ours tells that a goroutine runs user code, or was started by it.
func (t trimmer) ours(g *demon.Goroutine) bool {
	for _, f := range g.Stack {
		if t.user(f) {
			return true
		}
	}
	return g.Created != nil && t.user(*g.Created)
}

// frames reads a stack of the book.
func frames(text string) []demon.Frame {
	var all []demon.Frame
	for line := range strings.Lines(text) {
		name, at, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		colon := strings.LastIndexByte(at, ':')
		if !ok || colon < 0 {
			continue
		}
		n, _ := strconv.Atoi(at[colon+1:])
		if f := (demon.Frame{Func: name}); hook(f) {
			continue
		}
		all = append(all, demon.Frame{Func: name, File: at[:colon], Line: n})
	}
	return all
}

// site is the innermost place in user code, and whether only the runtime and
// package sync stand between it and what was done.
func (t trimmer) site(frames []demon.Frame) (site string, direct bool) {
	direct = true
	for _, f := range frames {
		if t.user(f) {
			return f.Func + " " + f.Place(), direct
		}
		switch f.Package() {
		case "runtime", "sync", "internal/sync":
		default:
			direct = false
		}
	}
	return "", false
}
