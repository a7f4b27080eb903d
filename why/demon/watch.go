package demon

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// Watch fails the test if, when it ends, goroutines are left that were started
// since and still wait for another one, or if one of the counters stood still:
// for 400 ms and 100 tries, nothing was done. Goroutines that are about to end
// get some time to do so.
//
// In a build where the collector can prove that nobody can wake a goroutine
// (Go 1.26 with GOEXPERIMENT=goroutineleakprofile), the message says which are
// proven; the others may belong to something that lives on purpose. Watch works
// in any build, and sees less than trivet demons: no lock that is held, and no
// other order of the same steps.
//
// Tests that run in parallel see each other's goroutines: do not call it there.
func Watch(t testing.TB, counters ...*Counter) {
	t.Helper()
	before := map[uint64]bool{}
	for _, g := range ParseStacks(allStacks()) {
		before[g.ID] = true
	}
	t.Cleanup(func() {
		if left := settle(before); len(left) > 0 {
			t.Error(describe(left))
		}
		for _, c := range counters {
			if s := c.worst.Load(); s != nil {
				t.Errorf("%s: %d tries in %v, and nothing was done", c.name, s.tries, s.time.Round(time.Millisecond))
			}
		}
	})
}

// settle waits, at most half a second, for goroutines to end, and returns those
// that still wait for another one then.
func settle(before map[uint64]bool) []Goroutine {
	var left []Goroutine
	for pause := time.Millisecond; pause < 300*time.Millisecond; pause *= 2 {
		lives := 0
		left = nil
		for _, g := range ParseStacks(allStacks()) {
			if before[g.ID] || testFramework(g) {
				continue
			}
			lives++
			if g.Blocked() {
				left = append(left, g)
			}
		}
		if lives == 0 {
			return nil
		}
		time.Sleep(pause)
	}
	return left
}

// testFramework tells that a goroutine runs a test: a later one that waits, or
// this one.
func testFramework(g Goroutine) bool {
	for _, f := range g.Stack {
		if f.Func == "testing.tRunner" || f.Func == "testing.(*T).Run" {
			return true
		}
	}
	return false
}

func describe(left []Goroutine) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d goroutines were left behind:", len(left))
	for _, g := range left {
		proven := ""
		if g.Leaked {
			proven = " for ever (proven)"
		}
		fmt.Fprintf(&b, "\n\twaits in %s%s", g.State, proven)
		for _, f := range g.Stack {
			fmt.Fprintf(&b, "\n\t\t%s %s", f.Place(), f.Func)
		}
		if g.Created != nil {
			fmt.Fprintf(&b, "\n\t\tstarted at %s by %s", g.Created.Place(), g.Created.Func)
		}
	}
	return b.String()
}

// allStacks are the stacks of all goroutines, with those marked that the
// collector has proven to wait for ever, if it can.
func allStacks() string {
	if p := pprof.Lookup("goroutineleak"); p != nil {
		var b bytes.Buffer
		if p.WriteTo(&b, 2) == nil {
			return b.String()
		}
	}
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return string(buf[:n])
		}
		buf = make([]byte, 2*len(buf))
	}
}
