package hunt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon"
)

// play makes a history of a script. An event is "goroutine kind object stack",
// where the object is a letter (upper case: a global) or the number of a child,
// and "gc" is a cycle of the collector. "1 lock a 3" stands for the attempt and
// the success of goroutine 1 at stack 3; likewise rlock and wlock.
func play(t testing.TB, script string) *history {
	t.Helper()
	h := newHistory()
	cycle := uint16(0)
	now := int64(0)
	put := func(g uint64, kind string, obj uint64, arg uint16, stack int) {
		now += 1000
		h.add(overlay.BookEvent{Goroutine: g, Kind: kind, Address: obj, Argument: arg, Stack: stack, Cycle: cycle, Time: now}, "")
	}
	both := map[string][2]string{
		"lock": {overlay.LockBegin, overlay.Lock}, "rlock": {overlay.RLockBegin, overlay.RLock}, "wlock": {overlay.WLockBegin, overlay.WLock},
	}
	for _, line := range strings.FieldsFunc(script, func(r rune) bool { return r == ';' || r == '\n' }) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if f[0] == "gc" {
			cycle++
			continue
		}
		if len(f) < 2 {
			t.Fatalf("cannot play %q", line)
		}
		g, _ := strconv.ParseUint(f[0], 10, 64)
		obj, arg, stack := uint64(0), uint16(0), 1
		if len(f) > 2 {
			obj = object(f[2])
		}
		if len(f) > 3 {
			n, _ := strconv.Atoi(f[3])
			stack = n
			arg = uint16(n + 32768) // of Add
		}
		if kinds, ok := both[f[1]]; ok {
			put(g, kinds[0], obj, 0, stack)
			put(g, kinds[1], obj, 0, stack)
			continue
		}
		put(g, f[1], obj, arg, stack)
	}
	return h
}

func object(name string) uint64 {
	if n, err := strconv.ParseUint(name, 10, 64); err == nil {
		return n
	}
	c := uint64(name[0])
	if c < 'a' {
		return 0x500000 + c*16 // a global
	}
	return firstHeap + c*16
}

func TestCycles(t *testing.T) {
	const ab = "1 lock a 11; 1 lock b 12; 1 U b; 1 U a;"
	const ba = "2 lock b 21; 2 lock a 22; 2 U a; 2 U b;"
	for _, tt := range []struct {
		name, script string
		want         string // stacks of each cycle
	}{
		{"two orders", "0 G 1; 0 G 2;" + ab + ba, "11-12 21-22"},
		{"one order", "0 G 1; 0 G 2;" + ab + strings.ReplaceAll(ab, "1 ", "2 "), ""},
		{"one goroutine", "0 G 1;" + ab + strings.ReplaceAll(ba, "2 ", "1 "), ""},
		{"a common gate", "0 G 1; 0 G 2; 1 lock g 1;" + ab + "1 U g; 2 lock g 1;" + ba + "2 U g", ""},
		{"gates of one side", "0 G 1; 0 G 2; 1 lock g 1;" + ab + "1 U g;" + ba, "11-12 21-22"},
		{"a gate that both read", "0 G 1; 0 G 2; 1 rlock g 1;" + ab + "1 RU g; 2 rlock g 1;" + ba + "2 RU g", "11-12 21-22"},
		{"spawned after the first phase", "0 G 1;" + ab + "1 G 2;" + ba, ""},
		{"spawned before", "0 G 1; 1 G 2;" + ab + ba, "11-12 21-22"},
		{"joined by a group", "0 G 1; 0 WA w 1;" + ab + "1 WA w -1; 0 WWB w; 0 WW w; 0 G 2;" + ba, ""},
		{"a group that does not join", "0 G 1; 0 G 2; 0 WA w 1; 1 WA w -1; 0 WWB w; 0 WW w;" + ab + ba, "11-12 21-22"},
		{"handed over by a channel", "0 G 1; 0 G 2; 0 M c;" + ab + "1 SB c; 2 RB c; 1 S c; 2 R c;" + ba, ""},
		{"a receive kept before its send", "0 G 1; 0 G 2; 0 M c; 2 RB c;" + ab + "1 SB c; 2 R c; 1 S c;" + ba, ""},
		{"another message", "0 G 1; 0 G 2; 0 G 3; 0 M c; 3 SB c; 3 S c; 2 RB c; 2 R c;" + ab + "1 SB c;" + ba, "11-12 21-22"},
		{"closed channel", "0 G 1; 0 G 2; 0 M c;" + ab + "1 C c; 2 RB c; 2 RC c;" + ba, ""},
		{"signalled by a condition", "0 G 1; 0 G 2; 2 CW c;" + ab + "1 CB c; 2 CE c;" + ba, ""},
		{"both read where they meet", "0 G 1; 0 G 2; 1 rlock a 11; 1 rlock b 12; 2 rlock b 21; 2 rlock a 22", ""},
		{"one writes on each side", "0 G 1; 0 G 2; 1 rlock a 11; 1 wlock b 12; 1 WU b; 1 RU a; 2 rlock b 21; 2 wlock a 22", "11-12 21-22"},
		{"the collector between", "0 G 1; 0 G 2;" + ab + "gc;" + ba, ""},
		{"globals outlive the collector", "0 G 1; 0 G 2; 1 lock A 11; 1 lock B 12; 1 U B; 1 U A; gc; 2 lock B 21; 2 lock A 22", "11-12 21-22"},
		{"tried, not waited for", "0 G 1; 0 G 2;" + ab + "2 lock b 21; 2 L a 22", ""},
		{"failed attempt", "0 G 1; 0 G 2; 1 lock a 11; 1 LB b 12; 2 lock b 21; 2 LB a 22", "11-12 21-22"},
		{"of three", "0 G 1; 0 G 2; 0 G 3; 1 lock a 11; 1 lock b 12; 1 U b; 1 U a; 2 lock b 21; 2 lock c 22; 2 U c; 2 U b; 3 lock c 31; 3 lock a 32", "11-12 21-22 31-32"},
		{"unlocked by another", "0 G 1; 0 G 2; 1 lock a 11; 0 U a; 1 lock b 12; 1 U b;" + ba, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range play(t, tt.script).cycles() {
				for _, e := range c {
					got = append(got, fmt.Sprintf("%d-%d", e.from.stack, e.to.stack))
				}
			}
			slices.Sort(got)
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got %q, want %q", g, tt.want)
			}
		})
	}
}

func TestTwiceAndNested(t *testing.T) {
	for _, tt := range []struct {
		name, script  string
		twice, nested int
	}{
		{"twice", "1 lock a 1; 1 LB a 2", 1, 0},
		{"handed over", "1 lock a 1; 1 LB a 2; 2 U a; 1 L a 2", 0, 0},
		{"unlocked between", "1 lock a 1; 1 U a; 1 lock a 2", 0, 0},
		{"read, then write", "1 rlock a 1; 1 WLB a 2", 1, 0},
		{"write, then read", "1 wlock a 1; 1 RLB a 2", 1, 0},
		{"nested reads", "1 rlock a 1; 1 rlock a 2", 0, 0},
		{"nested reads and a writer", "1 rlock a 1; 1 rlock a 2; 1 RU a; 1 RU a; 2 wlock a 3", 0, 1},
		{"the same again", "1 rlock a 1; 1 rlock a 2; 1 RU a; 1 rlock a 2; 2 WLB a 3", 0, 1},
		{"reads one after the other", "1 rlock a 1; 1 RU a; 1 rlock a 2; 2 WLB a 3", 0, 0},
	} {
		h := play(t, tt.script)
		if twice, nested := len(h.hangsTwice()), len(h.nestedReads()); twice != tt.twice || nested != tt.nested {
			t.Errorf("%s: %d twice, %d nested, want %d, %d", tt.name, twice, nested, tt.twice, tt.nested)
		}
	}
}

func TestCircles(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		states       string // goroutine:state, the others have ended
		want         string // goroutines of each circle
	}{
		{"holder waits on a channel of who wants the lock",
			"0 M c; 1 SB c; 1 S c; 2 RB c; 2 R c; 1 lock a; 1 SB c; 2 LB a", "1:chan send 2:sync.Mutex.Lock", "2-1"},
		{"somebody else receives too",
			"0 M c; 1 SB c; 1 S c; 2 RB c; 2 R c; 1 lock a; 1 SB c; 2 LB a; 3 RB c; 3 R c", "1:chan send 2:sync.Mutex.Lock 3:sleep", ""},
		{"somebody else receives, and waits too",
			"0 M c; 2 RB c; 2 R c; 1 lock a; 1 SB c; 2 LB a; 3 RB c; 3 R c; 3 LB a", "1:chan send 2:sync.Mutex.Lock 3:sync.Mutex.Lock", "2-1"},
		{"the holder works", "1 lock a; 2 LB a", "1:running 2:sync.Mutex.Lock", ""},
		{"the holder has ended", "1 lock a; 1 GE; 2 LB a", "2:sync.Mutex.Lock", "2"},
		{"two locks", "1 lock a; 2 lock b; 1 LB b; 2 LB a", "1:sync.Mutex.Lock 2:sync.Mutex.Lock", "1-2"},
		{"a writer waits for all readers", "1 rlock a; 2 rlock a; 1 lock b; 3 lock m; 3 WLB a; 1 LB m", "1:sync.Mutex.Lock 2:sleep 3:sync.RWMutex.Lock", "1-3"},
		{"a reader behind a writer", "1 rlock a; 2 WLB a; 1 RLB a", "1:sync.RWMutex.RLock 2:sync.RWMutex.Lock", "1-2"},
		{"idle workers", "0 M c; 1 SB c; 1 S c; 2 RB c; 2 R c; 2 RB c", "2:chan receive", ""},
		{"a group whose workers want the lock", "1 lock a; 1 WA w 1; 1 G 2; 2 LB a; 1 WWB w", "1:sync.WaitGroup.Wait 2:sync.Mutex.Lock", "2-1"},
		{"a select with a way out", "0 M c; 0 M d; 2 RB c; 2 R c; 3 SB d; 3 S d; 1 lock a; 1 XS c; 1 XR d; 1 X; 2 LB a", "1:select 2:sync.Mutex.Lock 3:IO wait", ""},
		{"a select without", "0 M c; 0 M d; 2 RB c; 2 R c; 2 SB d; 2 S d; 1 lock a; 1 XS c; 1 XR d; 1 X; 2 LB a", "1:select 2:sync.Mutex.Lock", "2-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range newWaitGraph(play(t, tt.script), looked(tt.states)).circles() {
				var ids []string
				for _, n := range c {
					ids = append(ids, fmt.Sprint(n.g.ID))
				}
				got = append(got, strings.Join(ids, "-"))
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got %q, want %q", g, tt.want)
			}
		})
	}
}

// looked makes goroutines of "1:chan send 2:select".
func looked(states string) []demon.Goroutine {
	var all []demon.Goroutine
	for _, word := range strings.Fields(states) {
		id, state, ok := strings.Cut(word, ":")
		if !ok {
			all[len(all)-1].State += " " + word
			continue
		}
		n, _ := strconv.ParseUint(id, 10, 64)
		all = append(all, demon.Goroutine{ID: n, State: state})
	}
	return all
}

// The order must be the transitive closure of its arrows and of the order in
// each goroutine.
func TestOrderIsTheClosure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const goroutines, length = 4, 6
		o := newOrder()
		reach := map[[2]place]bool{}
		var all []place
		pos := 0
		for range length {
			for g := range goroutines {
				pos++
				all = append(all, place{uint64(g), pos})
			}
		}
		for _, a := range all {
			for _, b := range all {
				reach[[2]place{a, b}] = a.g == b.g && a.pos <= b.pos
			}
		}
		for range rapid.IntRange(0, 8).Draw(t, "arrows") {
			i := rapid.IntRange(0, len(all)-2).Draw(t, "from")
			j := rapid.IntRange(i+1, len(all)-1).Draw(t, "to")
			o.add(all[i], all[j])
			reach[[2]place{all[i], all[j]}] = true
		}
		for _, k := range all {
			for _, i := range all {
				for _, j := range all {
					if reach[[2]place{i, k}] && reach[[2]place{k, j}] {
						reach[[2]place{i, j}] = true
					}
				}
			}
		}
		o.sort()
		for _, a := range all {
			for _, b := range all {
				if got, want := o.before(a, b), reach[[2]place{a, b}]; got != want {
					t.Fatalf("before(%v, %v) = %v, want %v", a, b, got, want)
				}
			}
		}
	})
}
