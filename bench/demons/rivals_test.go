package demons

import (
	"strings"
	"testing"

	// The programs of the board require them as this module does.
	_ "github.com/sasha-s/go-deadlock"
	_ "go.uber.org/goleak"
)

func names(at []frame) string {
	var all []string
	for _, f := range at {
		all = append(all, f.name()+"@"+f.place())
	}
	return strings.Join(all, " ")
}

func TestReadReports(t *testing.T) {
	const profile = "goroutine 1 [running]:\nmain.main()\n\t/d/main.go:3 +0x1\n\ngoroutine 9 gp=0xc000 [chan send (leaked)]:\nx/goker.F.func1(...)\n\t/d/f.go:17 +0x2a\ncreated by x/goker.F in goroutine 8\n\t/d/f.go:12 +0x68\n\n"
	for _, c := range []struct {
		what, output string
		read         func(string) (bool, []frame)
		reported     bool
		at           string
	}{
		{"profile", profile, profileReport, true, "F.func1@f.go:17 F@f.go:12"},
		{"a profile without leaks", strings.ReplaceAll(profile, " (leaked)", ""), profileReport, false, ""},
		{"goleak", profile + "--- FAIL: TestF (0.44s)\n    r_test.go:9: found unexpected goroutines:\n        [Goroutine 7 in state chan receive, with x/goker.(*T).g on top of the stack:\n        x/goker.(*T).g(0xc0001)\n        \t/d/g.go:4 +0x2a\n        created by x/goker.G in goroutine 6\n        \t/d/g.go:2 +0x68\n         ]\n",
			goleakReport, true, "(*T).g@g.go:4 G@g.go:2"},
		{"goleak is content", profile + "PASS\n", goleakReport, false, ""},
		{"go-deadlock", "POTENTIAL DEADLOCK:\nPrevious place where the lock was grabbed\ngoroutine 7 lock 0xc0001\ngoker/f.go:40 goker.(*T).a { t.mu.Lock() } <<<<<\ngoker/f.go:44 goker.F.func2 { t.a() }\n\nHave been trying to lock it again for more than 1s\n",
			deadlockReport, true, "(*T).a@f.go:40 F.func2@f.go:44"},
		{"the test timed out", "panic: test timed out after 10s\n\n" + profile, deadlockReport, false, ""},
	} {
		reported, at := c.read(c.output)
		if reported != c.reported || names(at) != c.at {
			t.Errorf("%s: reported %t, %s; want %s", c.what, reported, names(at), c.at)
		}
	}
}

func TestUseDeadlock(t *testing.T) {
	for _, c := range []struct {
		what, src string
		n         int
		want      string
	}{
		{"a field and a variable", "package p\nimport \"sync\"\ntype t struct{ sync.Mutex; rw sync.RWMutex; g sync.WaitGroup }\n", 2,
			"package p; import \"github.com/sasha-s/go-deadlock\"\nimport \"sync\"\ntype t struct{ deadlock.Mutex; rw deadlock.RWMutex; g sync.WaitGroup }\n\nvar _ sync.Locker // sync may not be used any more\n"},
		{"no lock", "package p\nimport \"sync\"\nvar g sync.WaitGroup\n", 0, ""},
		{"another package", "package p\nimport sync \"other\"\nvar m sync.Mutex\n", 0, ""},
	} {
		out, n, err := useDeadlock([]byte(c.src))
		if want := c.want; n != c.n || err != nil || n > 0 && string(out) != want || n == 0 && string(out) != c.src {
			t.Errorf("%s: %d replaced, %v:\n%s", c.what, n, err, out)
		}
	}
}

func TestRivalRow(t *testing.T) {
	s := suspect{target: target{right: func(f frame) bool { return f.name() == "spin" }}}
	read := reader{name: "x", read: func(text string) (bool, []frame) { return text != "", []frame{{Func: "p." + text}} }}
	for _, c := range []struct {
		what                 string
		outputs              []output
		found, site, symptom bool
	}{
		{"right", []output{{"", true}, {"spin", false}}, true, true, false},
		{"elsewhere", []output{{"other", false}}, true, false, false},
		{"hangs", []output{{"", false}, {"", true}}, false, false, true},
		{"nothing", []output{{"", true}}, false, false, false},
	} {
		var r rivalRow
		r.read(s, read, c.outputs)
		if r.Found != c.found || r.Site != c.site || r.Symptom != c.symptom || r.Runs != len(c.outputs) {
			t.Errorf("%s: %+v", c.what, r)
		}
	}
}
