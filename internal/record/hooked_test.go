package record

import (
	"slices"
	"testing"

	"golang.org/x/exp/trace"

	"github.com/trivet-go/trivet/internal/program"
)

// script feeds a reader with the events of an instrumented program, ten
// nanoseconds apart.
type script struct {
	t   *testing.T
	r   *reader
	now trace.Time
}

func newScript(t *testing.T) *script {
	s := &script{t: t, r: newReader()}
	s.transition(trace.NoGoroutine, 1, trace.GoUndetermined, trace.GoRunning, "", "main.main")
	return s
}

func event[T trace.EventDetails](s *script, kind trace.EventKind, g trace.GoID, details T, stack ...string) {
	s.t.Helper()
	s.now += 10
	ev, err := trace.MakeEvent(trace.EventConfig[T]{
		Time: s.now, Kind: kind, Goroutine: g, Proc: 0, Thread: 1, Stack: stackOf(stack), Details: details,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.r.event(&ev)
}

func stackOf(funcs []string) trace.Stack {
	if len(funcs) == 0 {
		return trace.NoStack
	}
	var frames []trace.StackFrame
	for i, f := range funcs {
		frames = append(frames, trace.StackFrame{PC: uint64(100 + i), Func: f, File: "main.go", Line: uint64(10 + i)})
	}
	return trace.MakeStack(frames)
}

func (s *script) transition(by, g trace.GoID, from, to trace.GoState, reason, start string) {
	st := trace.MakeGoStateTransition(g, from, to)
	st.Reason = reason
	if start != "" {
		st.Stack = stackOf([]string{start})
	}
	event(s, trace.EventStateTransition, by, st)
}

func (s *script) spawn(by, g trace.GoID, start string) {
	s.transition(by, g, trace.GoNotExist, trace.GoRunnable, "", start)
}
func (s *script) run(g trace.GoID) {
	s.transition(trace.NoGoroutine, g, trace.GoRunnable, trace.GoRunning, "", "")
}
func (s *script) stop(g trace.GoID) {
	s.transition(g, g, trace.GoRunning, trace.GoRunnable, "preempted", "")
}
func (s *script) block(g trace.GoID, reason string) {
	s.transition(g, g, trace.GoRunning, trace.GoWaiting, reason, "")
}
func (s *script) wake(by, g trace.GoID) {
	s.transition(by, g, trace.GoWaiting, trace.GoRunnable, "", "")
}
func (s *script) end(g trace.GoID) {
	s.transition(g, g, trace.GoRunning, trace.GoNotExist, "", "")
}

// do logs hooked operations of one goroutine.
func (s *script) do(g trace.GoID, kind string, addr uint64, arg uint16, stack ...string) {
	if stack == nil {
		stack = []string{"main.f"}
	}
	event(s, trace.EventLog, g, trace.Log{Task: trace.TaskID(addr | uint64(arg)<<48), Category: kind, Message: "tv"}, stack...)
}

func (s *script) finish() *program.Program {
	s.t.Helper()
	rec, err := s.r.finish()
	if err != nil {
		s.t.Fatal(err)
	}
	if rec.Tier != Full {
		s.t.Fatalf("tier %s, want full", rec.Tier)
	}
	return rec.Program
}

func kinds(p *program.Program, g int) []program.Kind {
	var ks []program.Kind
	for _, op := range p.Goroutines[g].Ops {
		ks = append(ks, op.Kind)
	}
	return ks
}

func want(t *testing.T, p *program.Program, g int, ks ...program.Kind) {
	t.Helper()
	if got := kinds(p, g); !slices.Equal(got, ks) {
		t.Errorf("goroutine %d does %v, want %v", g, got, ks)
	}
}

const one = 32768 // what makes an Add of zero

func TestRunningTimeGoesBeforeTheOperation(t *testing.T) {
	s := newScript(t)
	s.do(1, "L", 0xc000, 0)
	s.now += 500
	s.do(1, "U", 0xc000, 0)
	p := s.finish()
	want(t, p, 0, program.Lock, program.Unlock, program.End)
	if run := p.Goroutines[0].Ops[1].Run; run != 510 {
		t.Errorf("ran %d ns under the lock, want 510", run)
	}
}

func TestWorkersTakeItemsInRecordedOrder(t *testing.T) {
	s := newScript(t)
	const ch = 0xc100
	s.do(1, "M", ch, 4)
	for g := trace.GoID(2); g <= 4; g++ {
		s.spawn(1, g, "main.worker")
	}
	for range 3 {
		s.do(1, "S", ch, 4)
	}
	s.do(1, "C", ch, 4)
	s.stop(1)
	s.run(2)
	s.do(2, "R", ch, 4)
	s.stop(2)
	s.run(3)
	s.do(3, "R", ch, 4)
	s.stop(3)
	s.run(2)
	s.do(2, "R", ch, 4)
	for _, g := range []trace.GoID{2, 3, 4} {
		if g != 2 {
			s.run(g)
		}
		s.do(g, "RC", ch, 4)
		s.end(g)
	}
	s.run(1)
	p := s.finish()
	if len(p.Dealt) != 1 {
		t.Fatalf("dealt channels %v, want one", p.Dealt)
	}
	if order := p.DealtOrder[p.Dealt[0]]; !slices.Equal(order, []int32{1, 2, 1}) {
		t.Errorf("items went to %v, want [1 2 1]", order)
	}
	if f := p.Goroutines[1].Ops[0].Flags; f&program.Item == 0 {
		t.Error("the first receive begins no item")
	}
	if p.Objects[p.Dealt[0]].Cap != 4 {
		t.Error("the capacity was lost")
	}
}

func TestReceiverThatKeptGoingSpoilsTheDeal(t *testing.T) {
	s := newScript(t)
	const ch = 0xc100
	s.do(1, "M", ch, 4)
	s.spawn(1, 2, "main.worker")
	s.spawn(1, 3, "main.worker")
	s.do(1, "S", ch, 4)
	s.do(1, "S", ch, 4)
	s.do(1, "C", ch, 4)
	s.stop(1)
	s.run(2)
	s.do(2, "R", ch, 4)
	s.end(2) // took one and left: no loop over the channel
	s.run(3)
	s.do(3, "R", ch, 4)
	s.do(3, "RC", ch, 4)
	s.end(3)
	s.run(1)
	if p := s.finish(); len(p.Dealt) != 0 {
		t.Errorf("dealt %v, want none", p.Dealt)
	}
}

func TestWaitGroupUsedTwiceIsTwoObjects(t *testing.T) {
	s := newScript(t)
	const wg = 0xc200
	for range 2 {
		s.do(1, "WA", wg, one+1)
		s.do(1, "WA", wg, one-1)
		s.do(1, "WW", wg, 0)
	}
	p := s.finish()
	ops := p.Goroutines[0].Ops
	if ops[0].Obj == ops[3].Obj {
		t.Error("two rounds share an object: a replay would force them to follow each other")
	}
	if ops[0].Obj != ops[2].Obj || ops[0].Delta() != 1 || ops[1].Delta() != -1 {
		t.Errorf("the first round fell apart: %v", ops[:3])
	}
}

func TestChannelAtAReusedAddressIsANewOne(t *testing.T) {
	s := newScript(t)
	for range 2 {
		s.do(1, "M", 0xc300, 1)
		s.do(1, "S", 0xc300, 1)
	}
	p := s.finish()
	if a, b := p.Goroutines[0].Ops[0].Obj, p.Goroutines[0].Ops[1].Obj; a == b {
		t.Error("two channels were taken for one")
	}
}

func TestRequestedSleepCountsOnce(t *testing.T) {
	s := newScript(t)
	s.do(1, "SL", 5000, 0)
	s.block(1, "sleep")
	s.now += 90000 // it woke late, since another had the core
	s.wake(trace.NoGoroutine, 1)
	s.run(1)
	p := s.finish()
	want(t, p, 0, program.Sleep, program.End)
	if d := p.Goroutines[0].Ops[0].Delay(); d != 5000 {
		t.Errorf("sleeps %d ns, want the 5000 asked for", d)
	}
}

func TestTimersReceiveIsTheDelayItself(t *testing.T) {
	s := newScript(t)
	s.do(1, "M", 0xc400, 1)
	s.block(1, "chan receive")
	s.now += 7000
	s.wake(trace.NoGoroutine, 1)
	s.run(1)
	s.do(1, "R", 0xc400, 1)
	want(t, s.finish(), 0, program.Sleep, program.End)
}

func TestBlockedReceiveIsExplainedByItsEvent(t *testing.T) {
	s := newScript(t)
	s.do(1, "M", 0xc500, 0)
	s.spawn(1, 2, "main.sender")
	s.block(1, "chan receive")
	s.run(2)
	s.wake(2, 1)
	s.do(2, "S", 0xc500, 0)
	s.end(2)
	s.run(1)
	s.do(1, "R", 0xc500, 0)
	p := s.finish()
	want(t, p, 0, program.Spawn, program.Recv, program.End)
	want(t, p, 1, program.Send, program.End)
}

// A goroutine of the runtime has received, which is no part of the program.
func TestSendToTheRuntimeIsNoOperation(t *testing.T) {
	s := newScript(t)
	s.do(1, "M", 0xc550, 0)
	s.do(1, "S", 0xc550, 0)
	s.do(1, "M", 0xc560, 1)
	s.do(1, "S", 0xc560, 1) // stays in its buffer
	want(t, s.finish(), 0, program.Nop, program.Send, program.End)
}

func TestUnhookedWakeUpKeepsItsOrder(t *testing.T) {
	s := newScript(t)
	s.do(1, "CW", 0xc600, 0) // makes the tier known
	s.spawn(1, 2, "main.signaller")
	s.block(1, "sync.(*Cond).Wait")
	s.run(2)
	s.wake(2, 1)
	s.end(2)
	s.run(1)
	p := s.finish()
	want(t, p, 0, program.Spawn, program.Wait, program.End)
	want(t, p, 1, program.Signal, program.End)
	if p.Goroutines[0].Ops[1].Obj != p.Goroutines[1].Ops[0].Obj {
		t.Error("the wait is for another event")
	}
}

func TestLockTakenBeforeTheWindow(t *testing.T) {
	s := newScript(t)
	s.do(1, "U", 0xc700, 0)
	want(t, s.finish(), 0, program.Lock, program.Unlock, program.End)
}

func TestWindowIsTheLastBenchmarkCall(t *testing.T) {
	s := newScript(t)
	for g := trace.GoID(2); g <= 3; g++ {
		s.spawn(1, g, "testing.(*B).launch")
		s.stop(1)
		s.run(g)
		s.do(g, "BS", 0xd000, 0, "testing.(*B).StartTimer", "testing.(*B).runN")
		s.do(g, "L", 0xc800, 0)
		s.do(g, "BR", 0xd000, 0, "testing.(*B).ResetTimer", "main.BenchmarkX")
		s.do(g, "L", 0xc900, 0)
		s.do(g, "U", 0xc900, 0)
		s.do(g, "BE", 0xd000, 0, "testing.(*B).StopTimer", "testing.(*B).runN")
		s.do(g, "L", 0xca00, 0)
		s.end(g)
		s.run(1)
	}
	p := s.finish()
	if p.Goroutines[p.Main].Start != "testing.(*B).launch" {
		t.Errorf("main is %q", p.Goroutines[p.Main].Start)
	}
	want(t, p, p.Main, program.Lock, program.Unlock, program.End)
	if !s.r.rec.Bench || !s.r.rec.Ended {
		t.Error("not called the ended window of a benchmark")
	}
}

// What the runtime does to complete the file is not the program's doing.
// A pool that was filled before the window: each value goes out and back.
func TestWindowBeginsWithValuesInAChannel(t *testing.T) {
	s := newScript(t)
	const pool = 0xcb00
	s.do(1, "M", pool, 2)
	s.do(1, "S", pool, 2)
	s.do(1, "S", pool, 2)
	s.do(1, "BS", 0xd000, 0, "testing.(*B).StartTimer", "testing.(*B).runN")
	s.do(1, "R", pool, 2)
	s.do(1, "S", pool, 2)
	p := s.finish()
	if len(p.Objects) != 1 || p.Objects[0].Init != 2 || p.Objects[0].Cap != 2 {
		t.Errorf("objects %+v, want one channel that holds 2 of 2", p.Objects)
	}
}

func TestWindowEndsWhereTheFileIsCompleted(t *testing.T) {
	for _, c := range []struct {
		ended bool
		stack []string
	}{
		{true, []string{"runtime.traceAdvance", "runtime.trivetStop", "internal/runtime/exithook.Run", "os.Exit", "main.main"}},
		{false, []string{"runtime.traceAdvance", "runtime.trivetStop", "runtime.preprintpanics", "main.main"}},
	} {
		s := newScript(t)
		s.do(1, "L", 0xca00, 0)
		st := trace.MakeGoStateTransition(1, trace.GoRunning, trace.GoWaiting)
		st.Reason, st.Stack = "sync", stackOf(c.stack)
		event(s, trace.EventStateTransition, 1, st, c.stack...)
		s.now += 1e9
		s.wake(trace.NoGoroutine, 1)
		rec, err := s.r.finish()
		if err != nil {
			t.Fatal(err)
		}
		if rec.Ended != c.ended || rec.Wall > 1e6 {
			t.Errorf("%s: ended %v after %v, want %v at once", c.stack[2], rec.Ended, rec.Wall, c.ended)
		}
	}
}

func TestHookFramesAreNotShown(t *testing.T) {
	for f, hook := range map[string]bool{
		"runtime.trivetHook": true, "sync.trivetHook": true, "internal/sync.(*Mutex).TrivetLock": true,
		"runtime.chansend1": false, "main.trivetHook": false, "sync.(*Mutex).Lock": false,
	} {
		if isHook(f) != hook {
			t.Errorf("isHook(%s) = %v", f, !hook)
		}
	}
}

// An actor is a lock, which goroutines hold from one of its events to the next.
func TestActorIsALock(t *testing.T) {
	s := newScript(t)
	s.do(1, "L", 0xc000, 0)
	s.do(1, "U", 0xc000, 0)
	turn := func(g trace.GoID, who, method string) {
		event(s, trace.EventLog, g, trace.Log{Category: actorBegins, Message: who}, "flow/actors.(*turn).does")
		s.now += 500
		event(s, trace.EventLog, g, trace.Log{Category: actorEnds, Message: method}, "flow/actors.(*turn).returned")
	}
	for g := trace.GoID(2); g <= 3; g++ {
		s.spawn(1, g, "flow/actors.turn")
	}
	s.stop(1)
	s.run(2)
	turn(2, "0x1 cashier:main", "") // it begins
	turn(2, "0x1 cashier:main", "main.Cashier.Pay /my dir/shop.go:41")
	s.end(2)
	s.run(3)
	turn(3, "0x1 cashier:main", "main.Cashier.Pay /my dir/shop.go:41")
	turn(3, "0x2 cashier:main", "main.Cashier.Pay /my dir/shop.go:41") // of another system
	event(s, trace.EventLog, 3, trace.Log{Category: actorEnds, Message: "begun before the trace"}, "flow/actors.(*turn).returned")
	p := s.finish()
	want(t, p, 1, program.Lock, program.Unlock, program.Lock, program.Unlock, program.End)
	want(t, p, 2, program.Lock, program.Unlock, program.Lock, program.Unlock, program.End)
	first, last := p.Goroutines[1].Ops[3], p.Goroutines[2].Ops
	o := p.Objects[first.Obj]
	if !o.Actor || o.Name != "actor cashier:main" {
		t.Errorf("%+v", o)
	}
	if first.Run != 510 || last[0].Obj != first.Obj || last[2].Obj == first.Obj {
		t.Errorf("%+v, then %+v", first, last)
	}
	pay := program.Frame{Func: "main.Cashier.Pay", File: "/my dir/shop.go", Line: 41}
	for _, stack := range []uint32{o.Site, first.Stack, last[0].Stack} {
		if frames := p.Stacks[stack]; len(frames) != 1 || frames[0] != pay {
			t.Errorf("%+v, want %+v", frames, pay)
		}
	}
}

// The trace may tell only when a goroutine runs that it is one of the runtime's.
func TestGoroutineOfTheRuntimeIsNoneOfTheProgram(t *testing.T) {
	s := newScript(t)
	s.do(1, "L", 0xc000, 0)
	s.transition(trace.NoGoroutine, 2, trace.GoUndetermined, trace.GoWaiting, "", "")
	s.wake(1, 2)
	s.run(2)
	s.r.named(s.r.byID[2], stackOf([]string{"runtime.bgscavenge"})) // MakeEvent makes no transition with a stack
	s.block(2, "scavenge wait")
	want(t, s.finish(), 1, program.Cut)
}
