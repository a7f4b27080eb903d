package explain

import (
	"testing"

	"github.com/trivet-go/trivet/internal/program"
)

func TestNameFromTheSourceLine(t *testing.T) {
	for _, c := range []struct {
		line  string
		class program.Class
		want  string
	}{
		{"mu.Lock()", program.Mutex, "mu"},
		{"defer c.mu.Unlock()", program.Mutex, "c.mu"},
		{"mus[(i*7+w)%64].Lock()", program.Mutex, "mus[(i*7+w)%64]"},
		{"if s.shards[h(k)].mu.TryLock() {", program.Mutex, "s.shards[h(k)].mu"},
		{"(&x.rw).RLock()", program.RWMutex, "(&x.rw)"},
		{"jobs := make(chan int, 4)", program.Channel, "jobs"},
		{"for j := range p.jobs {", program.Channel, "p.jobs"},
		{"case v, ok := <-in:", program.Channel, "in"},
		{"out <- v", program.Channel, "out"},
		{"close(done)", program.Channel, "done"},
		{"f()", program.Mutex, ""},
	} {
		if got := nameIn(c.line, c.class); got != c.want {
			t.Errorf("%q names %q, want %q", c.line, got, c.want)
		}
	}
}

func TestDeclaredFunctionOfAFullName(t *testing.T) {
	for full, want := range map[string]string{
		"main.worker":             "worker",
		"main.main.func1":         "main",
		"a.b/c.(*T).F.func1.2":    "F",
		"a/b.T.F":                 "F",
		"a/b.Map[...].func1":      "Map",
		"main.main.gowrap1":       "main",
		"x/y.(*T[...]).F.gowrap2": "F",
	} {
		if got := declared(full); got != want {
			t.Errorf("declared(%s) = %s, want %s", full, got, want)
		}
	}
}

// Trivet's library is no more what a user looks for than the standard library.
func TestFrameSkipsTheLibrary(t *testing.T) {
	const library = "github.com/trivet-go/trivet/"
	frame := func(fn string) program.Frame { return program.Frame{Func: fn, File: fn + ".go", Line: 1} }
	park, work := frame(library+"internal/park.Spot.Park"), frame(library+"flow/pipeline.work[...]")
	user, explained := frame("example.com/app.parse"), frame(library+"examples/pages.read")
	for _, test := range []struct {
		frames []program.Frame
		want   program.Frame
	}{
		{[]program.Frame{park, work, user}, user},
		{[]program.Frame{park, work}, work},
		{[]program.Frame{park, explained}, explained},
		{[]program.Frame{park}, park},
	} {
		n := newNames(&program.Program{Stacks: [][]program.Frame{test.frames}}, "")
		if got, ok := n.frame(0); !ok || got != test.want {
			t.Errorf("%v: got %v", test.frames, got)
		}
	}
}
