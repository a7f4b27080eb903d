package actors

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
)

// programVar makes a process of this test a program: a peer, or one with a fault.
const programVar = "TRIVET_ACTORS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(programVar) {
	case "peer":
		peer.Main(peer.Library{
			Who: "a peer", Role: peer.Rival, Note: "a note", Only: map[string]string{"ask": "no answers"}, Most: 7,
			Tell: func(_, n int) { time.Sleep(time.Duration(n) * time.Millisecond) },
			Ping: func(int) { panic("no pong") },
			Ask:  func(int) { time.Sleep(time.Hour) },
			Idle: func(int) (end func()) { return func() {} },
		})
	case "mute":
		fmt.Fprintln(os.Stderr, "go: downloading much\n# some/package\n\nit cannot\nin any way")
		os.Exit(3)
	default:
		os.Exit(m.Run())
	}
}

// program is this test as one of the programs.
func programOf(t *testing.T, what string) program {
	t.Setenv(programVar, what)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program{command: []string{self}}
}

func TestProgram(t *testing.T) {
	o := programOf(t, "peer")
	p, err := o.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.end()
	if h := fmt.Sprintf("%+v", p.hello); h != "{Who:a peer Role:rival Note:a note Only:map[ask:no answers] Can:[shallow deep tell many ping ask idle] Most:7}" {
		t.Errorf("it says %s", h)
	}
	for range 2 { // one process does one command after the other
		a, err := p.do("tell 3")
		if took := time.Duration(a.NS); err != nil || took < 3*time.Millisecond {
			t.Errorf("three milliseconds took %v, err %v", took, err)
		}
	}
}

// Whatever way a program fails, it is known at once who says what.
func TestProgramFails(t *testing.T) {
	for _, c := range []struct {
		command, says string
		limit         time.Duration
	}{
		{"ping 1", "ping 1: panic: no pong", longest},
		{"ask 1", "ask 1: no answer for 50ms", 50 * time.Millisecond},
		{"dance 1", "dance 1: panic: runtime error: invalid memory address", longest},
	} {
		p, err := programOf(t, "peer").start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.limit = c.limit
		if _, err := p.do(c.command); err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s: err %v, want %s", c.command, err, c.says)
		}
		if _, err := p.do("tell 1"); err == nil || !strings.Contains(err.Error(), "it has ended") {
			t.Errorf("after %s: err %v, want that it has ended", c.command, err)
		}
		p.end()
	}
	if _, err := programOf(t, "mute").start(t.Context()); err == nil || err.Error() != "it cannot" {
		t.Errorf("of one that does not begin: err %v, want what it said", err)
	}
}

// The cases of a program are those that it can do, and it is a reference where it gives
// less.
func TestCases(t *testing.T) {
	o := programOf(t, "peer")
	p, err := o.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.Hello = p.hello
	p.end()
	roles := map[string]string{}
	for _, c := range cases(t.Context(), []program{o}, false) {
		for _, s := range c.Subjects {
			if s.Who == "a peer" {
				roles[c.Name] = fmt.Sprintf("%s, %s", s.Role, s.Note)
			}
		}
	}
	if got := len(roles); got != 6 || roles["tell 1→1"] != "rival, a note" || roles["ask from outside"] != "reference, no answers" {
		t.Errorf("it is in %v", roles)
	}
}

// A folder that does not build is told with the reason and what helps.
func TestNothingBuilds(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("PATH", "") // no go command, and no Erlang
	for _, file := range []string{"some/main.go", "erlang/some.erl"} {
		path := filepath.Join(librariesDir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, _, err = buildAll(t.Context(), dir, board.NewProgress(null))
	if text := fmt.Sprint(err); !strings.Contains(text, "ours is not there: ") ||
		!strings.Contains(text, "erlang: no erlc here; on Debian and Ubuntu: apt-get install erlang-base") ||
		!strings.Contains(text, "some: go build fails, perhaps for want of a network; go -C bench/actors/libraries/some mod download: ") {
		t.Errorf("err %v", err)
	}
}
