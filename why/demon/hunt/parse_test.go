package hunt

import (
	"strings"
	"testing"
)

const raceText = `some output
==================
WARNING: DATA RACE
Read at 0x00c0000143a8 by goroutine 10:
  m/bad.TestRace.func2()
      /home/u/bad/bad_test.go:10 +0x2c
  sync.(*WaitGroup).Go.func1()
      /go/src/sync/waitgroup.go:239 +0x5d

Previous write at 0x00c0000143a8 by main goroutine:
  m/bad.(*T[...]).Set()
      /home/u/bad/bad.go:9 +0x4c

Goroutine 10 (running) created at:
  sync.(*WaitGroup).Go()
      /go/src/sync/waitgroup.go:237 +0x73

==================
==================
WARNING: DATA RACE
Write at 0x1 by goroutine 7:
  [failed to restore the stack]

Previous read at 0x1 by goroutine 8:
  main.f()
      /x/main.go:1 +0x1

Location is global 'main.hits' of size 8 at 0x1 (x+0x1)
==================
--- FAIL: TestRace (0.00s)
`

func TestParseRaces(t *testing.T) {
	got := parseRaces(raceText)
	if len(got) != 2 {
		t.Fatalf("%d reports", len(got))
	}
	a, b := got[0].accesses[0], got[0].accesses[1]
	if a.does != "read" || b.does != "write" || len(a.stack) != 2 || a.stack[0].Func != "m/bad.TestRace.func2" ||
		a.stack[0].Place() != "bad_test.go:10" || len(a.created) != 1 || a.created[0].Line != 237 || len(b.created) > 0 ||
		b.stack[0].Func != "m/bad.(*T[...]).Set" || b.stack[0].File != "/home/u/bad/bad.go" {
		t.Errorf("%+v\n%+v", a, b)
	}
	if got[0].failed != "TestRace" || got[0].memory != "0x00c0000143a8" || got[1].memory != "0x1" {
		t.Errorf("%+v", got)
	}
	if got[1].object != "global 'main.hits'" || got[1].accesses[1].stack[0].Name() != "f" {
		t.Errorf("%+v", got[1])
	}
}

func TestParseCase(t *testing.T) {
	for _, c := range []Case{{Lane: Watched, Seed: 17, Procs: 4}, {Lane: Raced, Procs: 1}, {Raced, 3, 8, 200}} {
		if got, err := ParseCase(c.String()); err != nil || got != c {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
	for _, bad := range []string{"", "17", "C1@2", "A1", "A-1@2", "A1@0", "A1@2x", "A1@2/", "A1@2/2000", "A1@2000", "A99999999999@2"} {
		if c, err := ParseCase(bad); err == nil {
			t.Errorf("%q is read as %v", bad, c)
		}
	}
}

func FuzzParseRaces(f *testing.F) {
	f.Add(raceText)
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range parseRaces(text) {
			if len(r.accesses) != 2 {
				t.Error(r)
			}
		}
	})
}

func TestFrames(t *testing.T) {
	got := frames("a/b.F\t/x/y.go:12\nno place\nsync.(*Mutex).Lock\tmutex.go:67\n")
	if len(got) != 2 || got[0].Line != 12 || got[0].Package() != "a/b" || got[1].Package() != "sync" {
		t.Errorf("%+v", got)
	}
}

func TestEveryMisuseSaysWhatToTry(t *testing.T) {
	for _, m := range misuses {
		if m.try == "" && m.rule != "run-hangs" || strings.HasSuffix(m.title, ".") {
			t.Errorf("%+v", m)
		}
	}
}
