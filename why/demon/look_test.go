package demon

import "testing"

const stacks = `goroutine 1 [chan receive, 2 minutes]:
testing.(*T).Run(0xc000, {0x1, 0x2}, 0x3)
	/go/src/testing/testing.go:2005 +0x485
main.main()
	_testmain.go:48 +0x9b

goroutine 7 [sync.Mutex.Lock (leaked)]:
m/bad.(*Store[...]).Add(...)
	/home/u/bad/bad.go:12
created by m/bad.TestLeft in goroutine 6
	/home/u/bad/bad_test.go:12 +0x7a

goroutine 8 gp=0xc0 m=nil [select (durable), synctest bubble 3]:
main.f()
	/x/main.go:3 +0x1
exit status 2
`

func TestParseStacks(t *testing.T) {
	all := ParseStacks("panic: x\n\n" + stacks)
	if len(all) != 3 {
		t.Fatalf("%d goroutines: %+v", len(all), all)
	}
	a, b, c := all[0], all[1], all[2]
	if a.ID != 1 || a.State != "chan receive" || !a.Blocked() || len(a.Stack) != 2 || a.Stack[0].Func != "testing.(*T).Run" || a.Stack[1].Line != 48 {
		t.Errorf("%+v", a)
	}
	if !b.Leaked || b.State != "sync.Mutex.Lock" || b.Parent != 6 || b.Created == nil || b.Created.Place() != "bad_test.go:12" ||
		b.Stack[0].Name() != "(*Store[...]).Add" || b.Stack[0].Package() != "m/bad" || b.Stack[0].Line != 12 {
		t.Errorf("%+v", b)
	}
	if c.State != "select" || !c.Bubble || len(c.Stack) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestBlocked(t *testing.T) {
	for text, want := range map[string]bool{
		"[chan send]:\nmain.f()\n\t/x.go:1\n":                                           true,
		"[select (no cases)]:\nmain.f()\n\t/x.go:1\n":                                   true,
		"[semacquire]:\nsync.runtime_Semacquire(0x1)\n\t/sema.go:1\nmain.f()\n\t/x:1\n": true,
		// For the collector, and for it while allocating: the frames of the
		// runtime that nobody can call are not shown.
		"[semacquire]:\nruntime.GC()\n\t/mgc.go:1\nmain.f()\n\t/x.go:1\n":           false,
		"[semacquire]:\nmain.f()\n\t/x.go:1\n":                                      false,
		"[semacquire]:\nsync.(*Pool).Put(0x1)\n\t/pool.go:1\nmain.f()\n\t/x.go:1\n": false,
		"[sleep]:\nmain.f()\n\t/x.go:1\n":                                           false,
		"[IO wait]:\nmain.f()\n\t/x.go:1\n":                                         false,
	} {
		all := ParseStacks("goroutine 1 " + text)
		if len(all) != 1 || all[0].Blocked() != want {
			t.Errorf("%q: %+v", text, all)
		}
	}
}

func FuzzParseStacks(f *testing.F) {
	f.Add(stacks)
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range ParseStacks(text) {
			for _, frame := range g.Stack {
				frame.Package()
				frame.Name()
			}
		}
	})
}
