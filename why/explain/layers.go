package explain

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why/inventory"
	"github.com/trivet-go/trivet/why/review"
)

// Source is what was read of the program's source beside its recording.
type Source struct {
	Missing  string              // why there is none, in plain words; "" if there is
	Patterns []inventory.Pattern // what it is built from
	Answers  []review.Answer     // what a review of the source says to the three questions
	Unread   string              // why the source was not reviewed, or not all of it; "" if it was
}

// Review takes over the answers of a review.
func (s *Source) Review(r *review.Result) {
	s.Answers = r.Questions
	if n := len(r.Failed); n > 0 {
		s.Unread = fmt.Sprintf("%s could not be reviewed: %s", plural(n, "package"), r.Failed[0].Package)
	}
}

// Standing is one pattern of the program: where it stands, and what the
// recording saw of it.
type Standing struct {
	Layer   int    `json:"layer"` // 3 architecture, 2 tasks, 1 state
	Pattern string `json:"pattern"`
	Origin  string `json:"origin"` // trivet, library, hand-made
	By      string `json:"by"`
	Name    string `json:"name,omitempty"`
	Where   string `json:"where"`
	File    string `json:"file"`
	Func    string `json:"func,omitempty"`
	Seen    Seen   `json:"seen"`

	Goroutines int     `json:"goroutines,omitempty"` // that were started there
	Run        float64 `json:"run_s,omitempty"`      // their running time, added up
	Share      float64 `json:"share,omitempty"`      // of all running time
	Busy       float64 `json:"busy,omitempty"`       // running time over running and waiting for others, time, files, network
	Ops        int64   `json:"ops,omitempty"`        // sends and receives, or locks taken
	Wait       float64 `json:"wait_s,omitempty"`     // for its channels or locks, at ChainAt cores
}

// Seen tells what a recording says of a place in the source.
type Seen string

const (
	Ran         Seen = "ran"
	NeverRan    Seen = "never ran"    // in this recording
	NotRecorded Seen = "not recorded" // recordings do not show such things
)

// layers joins the patterns of the source with the recording.
func (a *analysis) layers() {
	src := a.o.Source
	if src == nil {
		src = &Source{Missing: "no source: name the package instead of its recording"}
		a.o.Source = src
	}
	a.r.LayersMissing = src.Missing
	a.joined = make([]joined, len(src.Patterns))
	a.joinGoroutines()
	a.joinObjects()
	a.joinLocks()
	for i, p := range src.Patterns {
		a.r.Layers = append(a.r.Layers, a.standing(p, &a.joined[i]))
	}
}

// joined is what of the recording belongs to a pattern.
type joined struct {
	goroutines []int    // indices in Program.Goroutines
	objects    []uint32 // channels and locks
	ops        int64    // at them, or locks taken
}

// spanIndex finds the patterns that a stack belongs to.
type spanIndex struct {
	spans map[string][]indexed // by base name of the file
	known map[uint32][]int     // patterns by stack
}

type indexed struct {
	span    inventory.Span
	pattern int
}

func newSpanIndex() *spanIndex {
	return &spanIndex{spans: map[string][]indexed{}, known: map[uint32][]int{}}
}

func (x *spanIndex) add(pattern int, spans []inventory.Span) {
	for _, s := range spans {
		base := filepath.Base(s.File)
		x.spans[base] = append(x.spans[base], indexed{s, pattern})
	}
}

// of gives the patterns that lie at the innermost frame of a stack at which any
// lies.
func (x *spanIndex) of(p *program.Program, stack uint32) []int {
	patterns, ok := x.known[stack]
	if !ok {
		patterns = x.find(p.Stacks[stack])
		x.known[stack] = patterns
	}
	return patterns
}

func (x *spanIndex) find(frames []program.Frame) (patterns []int) {
	for _, f := range frames {
		for _, i := range x.spans[path.Base(filepath.ToSlash(f.File))] {
			if i.span.From <= f.Line && f.Line <= i.span.To && sameFile(i.span.File, f.File) && !slices.Contains(patterns, i.pattern) {
				patterns = append(patterns, i.pattern)
			}
		}
		if len(patterns) > 0 {
			break
		}
	}
	return patterns
}

// sameFile compares the path of a source with that of a frame, which a build
// with -trimpath begins with the import path.
func sameFile(source, frame string) bool {
	if source == frame {
		return true
	}
	frame = filepath.ToSlash(frame)
	return !filepath.IsAbs(frame) && path.Base(path.Dir(filepath.ToSlash(source))) == path.Base(path.Dir(frame))
}

func (a *analysis) joinGoroutines() {
	x := newSpanIndex()
	for i, p := range a.o.Source.Patterns {
		x.add(i, p.Starts)
	}
	for i, g := range a.p.Goroutines {
		for _, n := range x.of(a.p, g.Site) {
			a.joined[n].goroutines = append(a.joined[n].goroutines, i)
		}
	}
}

func (a *analysis) joinObjects() {
	x := newSpanIndex()
	for i, p := range a.o.Source.Patterns {
		x.add(i, p.Channels)
		if p.Origin != inventory.HandMade {
			x.add(i, p.Starts) // made inside
		}
	}
	of := map[uint32][]int{}
	for id, o := range a.p.Objects {
		if o.Class != program.Channel {
			continue
		}
		for _, n := range x.of(a.p, o.Site) {
			a.joined[n].objects = append(a.joined[n].objects, uint32(id))
			of[uint32(id)] = append(of[uint32(id)], n)
		}
	}
	for _, g := range a.p.Goroutines {
		for _, op := range g.Ops {
			if op.Kind == program.Send || op.Kind == program.Recv {
				for _, n := range of[op.Obj] {
					a.joined[n].ops++
				}
			}
		}
	}
}

func (a *analysis) joinLocks() {
	x := newSpanIndex()
	for i, p := range a.o.Source.Patterns {
		x.add(i, p.Locks)
	}
	for _, g := range a.p.Goroutines {
		for _, op := range g.Ops {
			if op.Kind != program.Lock && op.Kind != program.RLock {
				continue
			}
			for _, n := range x.of(a.p, op.Stack) {
				j := &a.joined[n]
				j.ops++
				if !slices.Contains(j.objects, op.Obj) {
					j.objects = append(j.objects, op.Obj)
				}
			}
		}
	}
}

func (a *analysis) standing(p inventory.Pattern, j *joined) Standing {
	s := Standing{
		Layer: p.Layer(), Pattern: string(p.Kind), Origin: string(p.Origin), By: p.By, Name: p.Name,
		Where: p.Where.String(), File: p.Where.File, Func: p.Func,
		Goroutines: len(j.goroutines), Ops: j.ops, Seen: a.seen(p, j),
	}
	var run, waited int64
	for _, i := range j.goroutines {
		w := a.p.Goroutines[i].Waited
		run += a.runs()[i]
		waited += w.Lock + w.Chan + w.Join + w.Sleep + w.IO + w.Syscall + w.Other
	}
	s.Run = time.Duration(run).Seconds()
	if a.r.Work > 0 {
		s.Share = s.Run / a.r.Work
	}
	if run > 0 {
		s.Busy = float64(run) / float64(run+waited)
	}
	for _, id := range j.objects {
		if a.objects != nil {
			o := a.objects[id]
			s.Wait += (o.Wait + o.Full + o.Empty).Seconds()
		}
	}
	return s
}

// runs is how long each goroutine ran, without what recording cost.
func (a *analysis) runs() []int64 {
	if a.ran == nil {
		a.ran = make([]int64, len(a.p.Goroutines))
		for i, g := range a.p.Goroutines {
			for _, op := range g.Ops {
				a.ran[i] += int64(op.Run)
			}
		}
	}
	return a.ran
}

// seen tells what it means that the recording has nothing of a pattern: of a
// goroutine and a channel it would, of what a library does inside it may not.
func (a *analysis) seen(p inventory.Pattern, j *joined) Seen {
	switch {
	case len(j.goroutines) > 0 || len(j.objects) > 0:
		return Ran
	case p.Kind == inventory.Atomics, len(p.Starts)+len(p.Channels)+len(p.Locks) == 0:
		return NotRecorded
	case p.Origin != inventory.HandMade && p.Layer() == 1 && p.Kind != inventory.Guarded, p.Kind == inventory.Semaphore && p.Origin != inventory.HandMade:
		return NotRecorded
	case p.Kind == inventory.Guarded && (p.Origin == inventory.Ours || p.By == "sync.Map" || a.r.Tier == string(record.Stock)):
		return NotRecorded
	}
	return NeverRan
}
