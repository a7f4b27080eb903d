package record

import (
	"strconv"
	"strings"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// Categories of the events that flow/actors logs while a trace is recorded: the
// user's code of an actor begins, and ends.
const (
	actorBegins = "trivet.actor"   // message: the address of the system, a blank, the name of the actor
	actorEnds   = "trivet.handled" // message: function, a blank, file, a colon, line; or nothing
)

// actor makes of an actor a lock, which its code holds while it runs: that is as
// it is, for one message is handled after the other, on whatever goroutine.
func (r *reader) actor(ev *trace.Event, l trace.Log) {
	g := r.byID[ev.Goroutine()]
	if g == nil || g.system || r.frozen || g.over || g.index < 0 {
		return
	}
	r.account(g, ev.Time())
	if l.Category == actorBegins {
		g.actor = r.objs.actor(l.Message)
		g.acting = true
		g.add(program.Op{Kind: program.Lock, Obj: g.actor, Stack: r.stacks.id(ev.Stack())})
		g.begun = len(g.ops) - 1
		return
	}
	if !g.acting {
		return
	}
	g.acting = false
	stack := r.stacks.place(l.Message)
	if stack == 0 {
		stack = r.stacks.id(ev.Stack())
	} else {
		g.ops[g.begun].Stack = stack // the event itself stands nowhere in the user's code
		if o := &r.objs.all[g.actor]; o.Site == 0 {
			o.Site = stack
		}
	}
	g.add(program.Op{Kind: program.Unlock, Obj: g.actor, Stack: stack})
}

// actor is the lock of an actor. One that is awake again is the same.
func (o *objects) actor(who string) uint32 {
	s := o.byName[who]
	if s == nil {
		s = &objState{}
		o.byName[who] = s
	}
	id := o.id(s, program.Mutex)
	_, name, _ := strings.Cut(who, " ")
	o.all[id].Name, o.all[id].Actor = "actor "+name, true
	return id
}

// place is a stack of one frame, told as "function file:line"; 0 if it is not.
func (s *stacks) place(text string) uint32 {
	fn, at, ok := strings.Cut(text, " ")
	colon := strings.LastIndexByte(at, ':')
	if !ok || colon < 0 {
		return 0
	}
	line, err := strconv.Atoi(at[colon+1:])
	if err != nil {
		return 0
	}
	key := fn + at
	id, ok := s.ofText[key]
	if !ok {
		id = uint32(len(s.all))
		s.all = append(s.all, []program.Frame{{Func: fn, File: at[:colon], Line: line}})
		s.ofText[key] = id
	}
	return id
}
