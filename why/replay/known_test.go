package replay

import (
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

func TestBufferedPipeline(t *testing.T) {
	b := program.Build()
	c := b.Chan("c", 4)
	done := b.Event("done")
	main := b.Main()
	sink := main.Go("sink")
	for range 20 {
		main.Run(ms).Send(c)
		sink.Recv(c).Run(3 * ms)
	}
	sink.Signal(done)
	main.Wait(done)
	p := b.Program()
	r := wantWall(t, p, free(2), 61*ms)
	// Item k+1 is taken at 1+3k ms. The sender has items 1 to 5 in the buffer or
	// taken at 5 ms, the sixth at 6, and then waits for each receive.
	if r.Objects[0].Full == 0 || r.Objects[0].Empty != ms {
		t.Errorf("sender waited %v, receiver %v", r.Objects[0].Full, r.Objects[0].Empty)
	}
	wide := wantWall(t, p, Options{Cores: 2, Free: true, Changes: Changes{Capacity: map[uint32]int{uint32(c): 20}}}, 61*ms)
	if wide.Objects[0].Full != 0 {
		t.Errorf("sender waited %v for a buffer that holds all", wide.Objects[0].Full)
	}
}

// A buffer makes bursts overlap: 4 items at once, then a long pause.
func TestCapacity(t *testing.T) {
	b := program.Build()
	c := b.Chan("c", 0)
	done := b.Event("done")
	main := b.Main()
	sink := main.Go("sink")
	for range 5 {
		main.Run(4 * ms)
		for range 4 {
			main.Send(c)
			sink.Recv(c).Run(ms)
		}
	}
	sink.Signal(done)
	main.Wait(done)
	p := b.Program()
	// Unbuffered: the fourth item of a burst is handed over 3 ms after the
	// first, and its work overlaps with the next pause.
	wantWall(t, p, free(2), 5*7*ms+ms)
	wantWall(t, p, Options{Cores: 2, Free: true, Changes: Changes{Capacity: map[uint32]int{uint32(c): 4}}}, 24*ms)
}

func TestStraggler(t *testing.T) {
	p := fork(8, func(g *program.G, i int) {
		if i == 0 {
			g.Run(20 * ms).At("long.go:1")
		} else {
			g.Run(2 * ms).At("short.go:1")
		}
	})
	r := wantWall(t, p, free(Unlimited), 20*ms)
	if l := r.Path[0]; l.Where.File != "long.go" || l.Time != 20*ms || l.Kind != Running {
		t.Errorf("path %+v", r.Path)
	}
	if r.Average.Running != 34./20 {
		t.Errorf("running %v on the average", r.Average.Running)
	}
	half := Options{Cores: Unlimited, Free: true}
	half.Speed = []Speed{{Factor: 0.5, File: "long.go", Line: 1}}
	wantWall(t, p, half, 10*ms)
	half.Speed[0].Line = 7
	wantWall(t, p, half, 20*ms)
}

func TestSpeedWhileHolding(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	p := forkOn(b, 4, func(g *program.G, i int) {
		g.Run(ms).At("f.go:1").Lock(mu).Run(2 * ms).Unlock(mu).Run(ms)
	})
	opt := Options{Cores: 4, Free: true}
	wantWall(t, p, opt, 10*ms)
	opt.Speed = []Speed{{Factor: 0.5, Holding: []uint32{uint32(mu)}}}
	wantWall(t, p, opt, 6*ms)
}

func TestReadersShare(t *testing.T) {
	b := program.Build()
	mu := b.RWMutex("mu")
	p := forkOn(b, 8, func(g *program.G, i int) { g.RLock(mu).Run(ms).RUnlock(mu) })
	r := wantWall(t, p, free(8), ms)
	if o := r.Objects[0]; o.Ops != 8 || o.ReadHold != 8*ms || o.Hold != 0 {
		t.Errorf("%+v", o)
	}
}

// A writer that waits keeps out readers that come later, and lets them in
// before the next writer.
func TestWriterPreference(t *testing.T) {
	b := program.Build()
	mu := b.RWMutex("mu")
	wg := b.WaitGroup("wg")
	main := b.Main().Add(wg, 4)
	main.Go("reader").RLock(mu).Run(10 * ms).RUnlock(mu).Done(wg)
	main.Go("writer").Sleep(ms).Lock(mu).Run(10 * ms).Unlock(mu).Done(wg)
	main.Go("writer").Sleep(2 * ms).Lock(mu).Run(10 * ms).Unlock(mu).Done(wg)
	main.Go("reader").Sleep(3 * ms).RLock(mu).Run(5 * ms).RUnlock(mu).Done(wg)
	main.Join(wg)
	// reader 0-10, writer 10-20, reader 20-25, writer 25-35
	r := wantWall(t, b.Program(), free(4), 35*ms)
	o := r.Objects[0]
	if o.Wait != (9+23+17)*ms || o.Hold != 20*ms || o.ReadHold != 15*ms {
		t.Errorf("%+v", o)
	}
}

func TestCond(t *testing.T) {
	b := program.Build()
	mu, c := b.Mutex("mu"), b.Cond("c")
	wg := b.WaitGroup("wg")
	main := b.Main().Add(wg, 3)
	for range 3 {
		main.Go("waiter").Lock(mu).CondWait(c, mu).Unlock(mu).Run(ms).Done(wg)
	}
	main.Run(5 * ms).CondSignal(c)
	main.Run(5 * ms).CondBroadcast(c)
	main.Join(wg)
	r := wantWall(t, b.Program(), free(4), 11*ms)
	for _, o := range r.Objects {
		if o.Obj == uint32(c) && (o.Ops != 3 || o.Wait != 25*ms || o.MaxWaiters != 3) {
			t.Errorf("%+v", o)
		}
	}
}

// A signal that came in the recording after the wait comes before it here.
func TestMissedSignal(t *testing.T) {
	b := program.Build()
	mu, c, wg := b.Mutex("mu"), b.Cond("c"), b.WaitGroup("wg")
	main := b.Main().Add(wg, 1)
	main.Go("waiter").Run(5*ms).Lock(mu).CondWait(c, mu).Unlock(mu).Done(wg)
	main.Run(ms).CondSignal(c).Join(wg)
	r := wantWall(t, b.Program(), free(2), 5*ms)
	if r.Oddities.MissedWake != 1 {
		t.Errorf("%+v", r.Oddities)
	}
}

func TestSemaphoreChannel(t *testing.T) {
	b := program.Build()
	sem := b.Chan("sem", 3)
	p := forkOn(b, 12, func(g *program.G, i int) { g.Send(sem).Run(ms).Recv(sem) })
	wantWall(t, p, free(8), 4*ms)
	wantWall(t, p, free(2), 6*ms)
	wantWall(t, p, Options{Cores: 12, Free: true, Changes: Changes{Capacity: map[uint32]int{uint32(sem): 6}}}, 2*ms)
}

// queueProgram is a producer with n workers, of which the first had all the
// items in the recording.
func queueProgram(workers, items int) *program.Program {
	b := program.Build()
	c, wg := b.Chan("work", 100), b.WaitGroup("wg")
	b.Dealt(c)
	main := b.Main().Add(wg, workers)
	for i := range workers {
		g := main.Go("worker")
		if i == 0 {
			for range items {
				g.Item(c).Run(ms).At("item.go:1")
			}
		}
		g.RecvClosed(c).Done(wg)
	}
	for range items {
		main.Send(c)
	}
	main.Close(c).Join(wg)
	return b.Program()
}

func TestDealt(t *testing.T) {
	p := queueProgram(4, 16)
	wantWall(t, p, free(1), 16*ms)
	r := wantWall(t, p, free(4), 4*ms)
	if r.Left != 0 {
		t.Errorf("%d operations left", r.Left)
	}
	opt := free(8)
	opt.Workers = map[uint32]int{p.Dealt[0]: 4}
	r = wantWall(t, p, opt, 2*ms)
	if r.Left != 0 || r.Work != 16*ms {
		t.Errorf("%d operations left, work %v", r.Left, r.Work)
	}
}

// Whoever joins the workers waits for the additional ones too.
func TestAdditionalWorkerFinishes(t *testing.T) {
	p := queueProgram(1, 3)
	opt := free(4)
	opt.Workers = map[uint32]int{p.Dealt[0]: 1}
	wantWall(t, p, opt, 2*ms)
	opt.Workers[p.Dealt[0]] = 3
	wantWall(t, p, opt, ms)
}

func TestDealtOrder(t *testing.T) {
	b := program.Build()
	c, wg := b.Chan("work", 100), b.WaitGroup("wg")
	b.Dealt(c)
	main := b.Main().Add(wg, 2)
	// Recorded on one core: a took a long item first, then b two short ones.
	main.Go("worker").Item(c).Run(9 * ms).RecvClosed(c).Done(wg)
	main.Go("worker").Item(c).Run(ms).Item(c).Run(ms).RecvClosed(c).Done(wg)
	main.Send(c).Send(c).Send(c).Close(c).Join(wg)
	p := b.Program()
	p.DealtOrder = map[uint32][]int32{uint32(c): {1, 1, 2}}
	wantWall(t, p, free(2), 9*ms)
	p.DealtOrder[uint32(c)] = []int32{2, 2, 1} // short ones first
	wantWall(t, p, free(2), 10*ms)
}

func TestSleepOverlaps(t *testing.T) {
	p := fork(10, func(g *program.G, i int) { g.Run(ms).Sleep(100 * ms).Run(ms) })
	r := wantWall(t, p, free(1), 111*ms)
	if r.Average.Sleep < 8 || r.Average.Running != 20./111 {
		t.Errorf("%+v", r.Average)
	}
	wantWall(t, p, free(Unlimited), 102*ms)
	io := fork(2, func(g *program.G, i int) { g.IO(3 * ms).Syscall(4 * ms) })
	r = wantWall(t, io, free(1), 7*ms)
	if s := r.Starts[0]; r.Starts[1].IO+s.IO != 6*ms || r.Starts[1].Syscall+s.Syscall != 8*ms {
		t.Errorf("%+v", r.Starts)
	}
}

func TestCollections(t *testing.T) {
	b := program.Build()
	b.GC(10*ms, 8*ms, ms)
	p := forkOn(b, 8, func(g *program.G, i int) { g.Run(10 * ms) })
	// One core: everything one after the other.
	r := wantWall(t, p, free(1), (80+8+1)*ms)
	if r.GC.Cycles != 1 || r.GC.Work != 8*ms || r.GC.STW != ms || r.Procs[0].GC != 8*ms {
		t.Errorf("%+v %+v", r.GC, r.Procs)
	}
	opt := free(1)
	opt.NoGC = true
	wantWall(t, p, opt, 80*ms)
	// Eight cores: two of them are taken away for 4 ms, and what they ran then
	// waits for the others to finish.
	r = run(t, p, free(8))
	if r.Wall < 10*ms+ms+4*ms || r.Wall > 10*ms+ms+10*ms {
		t.Errorf("%v", r.Wall)
	}
	// Idle cores help: with one goroutine on four cores the collection of 8 ms
	// is done by four cores, one of them busy with the goroutine.
	b = program.Build()
	b.GC(ms, 9*ms, 0)
	b.Main().Run(10 * ms)
	r = wantWall(t, b.Program(), free(4), 10*ms)
	if r.GC.Work != 9*ms {
		t.Errorf("%+v", r.GC)
	}
}

// On one core a hand-off is a switch: the cost is known exactly.
func TestPingPong(t *testing.T) {
	const rounds = 1000
	b := program.Build()
	ping, pong := b.Chan("ping", 0), b.Chan("pong", 0)
	main := b.Main()
	g := main.Go("echo")
	for range rounds {
		main.Run(100).Send(ping).Recv(pong)
		g.Recv(ping).Run(100).Send(pong)
	}
	p := b.Program()
	one := run(t, p, Options{Cores: 1})
	two := run(t, p, Options{Cores: 2})
	if per := one.Wall / rounds; per < 2*(100+DefaultSwitch) || per > 2*(100+DefaultSwitch)+10 {
		t.Errorf("a round takes %v on one core", per)
	}
	if ratio := float64(two.Wall) / float64(one.Wall); ratio > 2 {
		t.Errorf("two cores are %.2f times slower than one", ratio)
	}
	t.Logf("1 core %v, 2 cores %v, %+v", one.Wall/rounds, two.Wall/rounds, two.Sched)
}

// Two goroutines that would lock out a third one hand over after a
// millisecond.
func TestStarvationMode(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	p := forkOn(b, 2, func(g *program.G, i int) {
		for range 2000 {
			g.Lock(mu).Run(10 * us).Unlock(mu)
		}
	})
	r := run(t, p, Options{Cores: 2})
	if r.Sched.Handoffs == 0 {
		t.Error("no hand-over")
	}
	if r.Wall < 40*ms {
		t.Errorf("%v for 40 ms under one lock", r.Wall)
	}
}

// The cost of waking is paid outside the critical section.
func TestWakeIsOutsideTheLock(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	p := forkOn(b, 2, func(g *program.G, i int) {
		for range 1000 {
			g.Run(10 * us).Lock(mu).Run(us / 2).Unlock(mu)
		}
	})
	one, two := run(t, p, Options{Cores: 1}), run(t, p, Options{Cores: 2})
	if s := float64(one.Wall) / float64(two.Wall); s < 1.8 {
		t.Errorf("a fine-grained lock scales by %.2f on two cores", s)
	}
}

func TestSlice(t *testing.T) {
	b := program.Build()
	wg := b.WaitGroup("wg")
	main := b.Main().Add(wg, 2)
	main.Go("long").Run(100 * ms).Done(wg)
	main.Go("short").Run(ms).Done(wg)
	main.Join(wg)
	p := b.Program()
	r := wantWall(t, p, free(1), 101*ms)
	if r.Sched.Preemptions != 0 { // the short one is started last: it is the next to run
		t.Errorf("%+v", r.Sched)
	}
	p = fork(2, func(g *program.G, i int) { g.Run(100 * ms) })
	r = wantWall(t, p, free(1), 200*ms)
	if r.Sched.Preemptions < 18 || r.Sched.Preemptions > 20 {
		t.Errorf("%+v", r.Sched)
	}
}

func TestQueueOverflow(t *testing.T) {
	p := fork(1000, func(g *program.G, i int) { g.Run(us) })
	r := wantWall(t, p, free(1), 1000*us)
	if r.Sched.Overflows == 0 || r.Sched.Global == 0 {
		t.Errorf("%+v", r.Sched)
	}
	wantWall(t, p, free(10), 100*us)
}

func TestCutMain(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	main := b.Main()
	main.Go("holder").Lock(mu).Run(ms).Cut() // would have unlocked later
	main.Go("server").Run(2 * ms).Lock(mu).Run(ms).Unlock(mu).Run(5 * ms).Cut()
	main.Run(ms).Cut()
	r := wantWall(t, b.Program(), free(4), 8*ms)
	if !r.Cut || r.Left != 0 || r.Work != 10*ms {
		t.Errorf("%+v", r)
	}
}

func TestOddities(t *testing.T) {
	b := program.Build()
	mu, rw, c, wg := b.Mutex("mu"), b.RWMutex("rw"), b.Chan("c", 1), b.WaitGroup("wg")
	b.Main().Unlock(mu).Unlock(rw).RUnlock(rw).Add(wg, -1).Close(c).Close(c).Send(c).Recv(c).Run(ms)
	r := wantWall(t, b.Program(), free(2), ms)
	want := Oddities{Unlock: 3, Negative: 1, SendClosed: 2, RecvClosed: 1}
	if r.Oddities != want {
		t.Errorf("%+v", r.Oddities)
	}
}

func TestBackgroundIsLeft(t *testing.T) {
	b := program.Build()
	main := b.Main()
	main.Go("background").Run(time.Second).Run(time.Second)
	main.Run(ms)
	r := wantWall(t, b.Program(), free(2), ms)
	if r.Left != 1 || r.Work != 2*ms {
		t.Errorf("left %d, work %v", r.Left, r.Work)
	}
}

// A tail may receive again from the channel that it has seen closed.
func TestTailReceivesAgain(t *testing.T) {
	b := program.Build()
	c := b.Chan("work", 0)
	b.Dealt(c)
	b.Main().Close(c).Item(c).Run(ms).RecvClosed(c).Run(ms).Item(c).Run(ms)
	r := wantWall(t, b.Program(), free(1), 2*ms)
	if r.Oddities.Items != 1 {
		t.Errorf("%+v", r.Oddities)
	}
}
