package replay

import (
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

// only makes all costs zero that are not given.
func only(cores int, c Costs) Options {
	for _, d := range []*time.Duration{&c.Wake, &c.Call, &c.Switch, &c.Steal, &c.Spin, &c.Linger} {
		if *d == 0 {
			*d = -1
		}
	}
	return Options{Cores: cores, Costs: c}
}

func runs(r *Result) (n int64) {
	for _, p := range r.Procs {
		n += p.Runs
	}
	return n
}

// Each cost, where it is due.
func TestCosts(t *testing.T) {
	b := program.Build()
	e := b.Event("e")
	main := b.Main()
	main.Go("worker").Run(ms).Signal(e)
	main.Run(ms / 2).Wait(e)
	p := b.Program()
	// The worker is ready at 0. A core that is called has it after Wake and
	// Steal; main goes on at once, or after Call.
	wantWall(t, p, only(2, Costs{Wake: 10 * us}), ms+10*us)
	wantWall(t, p, only(2, Costs{Wake: 10 * us, Steal: 3 * us}), ms+13*us)
	wantWall(t, p, only(2, Costs{Wake: 10 * us, Steal: 3 * us, Call: 700 * us}), 1200*us)
	wantWall(t, p, only(1, Costs{Wake: 10 * us, Steal: 3 * us, Call: us}), 3*ms/2)
	// Main, the worker, main again.
	wantWall(t, p, only(1, Costs{Switch: 2 * us}), 3*ms/2+6*us)
	half := only(2, Costs{Wake: 10 * us, Steal: 3 * us})
	half.Scale = 0.5
	wantWall(t, p, half, ms+13*us/2)

	b = program.Build()
	main = b.Main()
	main.Go("worker").Run(ms)
	main.Run(2 * ms)
	r := wantWall(t, b.Program(), only(2, Costs{Call: 10 * us}), 2*ms+10*us)
	if l := r.Path[1]; l.Kind != Waking || l.Time != 10*us {
		t.Errorf("%+v", r.Path)
	}
}

// A core that has just become idle need not be woken.
func TestLinger(t *testing.T) {
	b := program.Build()
	one, two := b.Event("one"), b.Event("two")
	main := b.Main()
	main.Go("first").Run(ms).Signal(one)
	// The second core is idle from 1010 us on.
	main.Run(1015 * us)
	main.Go("second").Run(ms).Signal(two)
	main.Run(ms).Wait(two)
	p := b.Program()
	wantWall(t, p, only(2, Costs{Wake: 10 * us, Linger: 4 * us}), 2025*us)
	wantWall(t, p, only(2, Costs{Wake: 10 * us, Linger: 6 * us}), 2015*us)
}

func TestStealHalf(t *testing.T) {
	b := program.Build()
	main := b.Main()
	for range 8 {
		main.Go("worker").Run(ms)
	}
	main.Run(ms)
	// The thief comes when the eighth is in runnext and seven in the queue.
	r := wantWall(t, b.Program(), only(2, Costs{Wake: 10 * us}), ms)
	if r.Sched.Steals != 1 || r.Sched.Stolen != 4 || r.Sched.NextStolen != 0 {
		t.Errorf("%+v", r.Sched)
	}
}

// Every 61st time the global queue comes first.
func TestGlobalQueueIsNotForgotten(t *testing.T) {
	b := program.Build()
	e := b.Event("e")
	main := b.Main()
	main.Go("first").Run(us).Signal(e)
	for range 299 {
		main.Go("worker").Run(us)
	}
	main.Wait(e)
	// The 258th pushes the first half of the queue out, with the first at its
	// head. Before that one run the last, which is in runnext, and sixty others.
	wantWall(t, b.Program(), free(1), 62*us)
}

// Two goroutines that wake each other share one time slice.
func TestRunNextInheritsTheSlice(t *testing.T) {
	b := program.Build()
	ping, pong, e := b.Chan("ping", 0), b.Chan("pong", 0), b.Event("e")
	main := b.Main()
	main.Go("third").Run(ms).Signal(e)
	one, two := main.Go("one"), main.Go("two")
	for range 1000 {
		one.Run(100 * us).Send(ping).Recv(pong)
		two.Recv(ping).Run(100 * us).Send(pong)
	}
	main.Wait(e)
	r := run(t, b.Program(), free(1))
	if r.Wall > 12*ms {
		t.Errorf("the third waited until %v", r.Wall)
	}
}

func TestArrivals(t *testing.T) {
	two := func(wait func(g *program.G)) *program.Program {
		b := program.Build()
		main := b.Main()
		main.Go("worker").Run(50 * ms)
		main.Go("worker").Run(50 * ms)
		wait(main)
		return b.Program()
	}
	// At 10 ms the slice of the second worker is over. A sleeper is next; one
	// that waited for I/O is in the global queue, after the first worker's slice.
	wantWall(t, two(func(g *program.G) { g.Sleep(ms) }), free(1), 10*ms)
	wantWall(t, two(func(g *program.G) { g.IO(ms) }), free(1), 20*ms)
	wantWall(t, two(func(g *program.G) { g.Syscall(ms) }), free(1), 20*ms)

	// The recorded delay contains the waking of who noticed its end.
	b := program.Build()
	b.Main().Sleep(ms).IO(ms).Syscall(ms)
	wantWall(t, b.Program(), only(2, Costs{Wake: 10 * us}), 3*ms)
}

// Main locks again before the waiter that it has woken comes: that one goes
// back to the head of the queue, before the one that waits less long.
func TestBeatenWaiterGoesFirst(t *testing.T) {
	b := program.Build()
	mu, e := b.Mutex("mu"), b.Event("e")
	main := b.Main()
	main.Go("one").Run(1300 * us).Lock(mu).Run(ms).Unlock(mu).Signal(e)
	main.Go("two").Run(1600 * us).Lock(mu).Run(ms).Unlock(mu)
	main.Lock(mu).Run(2 * ms).Unlock(mu)
	main.Lock(mu).Run(100 * us).Unlock(mu)
	main.Wait(e)
	r := wantWall(t, b.Program(), only(4, Costs{Wake: 10 * us}), 3100*us)
	// main, one, two; one in vain, one, main again.
	if n := runs(r); n != 6 || r.Sched.Handoffs != 0 {
		t.Errorf("%d times scheduled, %+v", n, r.Sched)
	}
}

// As long as a woken waiter has not tried, Unlock wakes no other one.
func TestOneWaiterIsWoken(t *testing.T) {
	b := program.Build()
	mu, e := b.Mutex("mu"), b.Event("e")
	main := b.Main()
	main.Go("one").Run(1300 * us).Lock(mu).Unlock(mu).Signal(e).Run(ms)
	main.Go("two").Run(1600 * us).Lock(mu).Run(ms).Unlock(mu)
	main.Lock(mu).Run(2 * ms).Unlock(mu)
	main.Lock(mu).Unlock(mu).Wait(e)
	// Main waits at 2 ms, and one comes at once. It wakes two, and main, which a
	// second core takes when the first has taken two.
	wantWall(t, b.Program(), only(4, Costs{Wake: 10 * us}), 2020*us)
}

// After a millisecond of waiting the mutex is handed over, and the core with it.
func TestHandOver(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	main := b.Main()
	main.Go("waiter").Run(300 * us).Lock(mu).Run(ms).Unlock(mu)
	main.Lock(mu).Run(2 * ms).Unlock(mu)
	main.Lock(mu).Run(100 * us).Unlock(mu)
	main.Run(ms)
	// Main goes on on another core, which must be woken.
	r := wantWall(t, b.Program(), only(4, Costs{Wake: 10 * us}), 3110*us)
	if r.Sched.Handoffs != 1 {
		t.Errorf("%+v", r.Sched)
	}
}

// Starvation mode ends with a waiter that did not wait long.
func TestEndOfStarvation(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	wg := b.WaitGroup("wg")
	main := b.Main().Add(wg, 3)
	main.Go("one").Run(300 * us).Lock(mu).Run(100 * us).Unlock(mu).Done(wg)
	main.Go("two").Run(2050 * us).Lock(mu).Run(100 * us).Unlock(mu).Done(wg)
	main.Go("three").Run(2060 * us).Lock(mu).Run(100 * us).Unlock(mu).Done(wg)
	main.Lock(mu).Run(2 * ms).Unlock(mu)
	main.Lock(mu).Run(100 * us).Unlock(mu)
	main.Join(wg)
	// Main hands over to one, that to two; two wakes three.
	r := run(t, b.Program(), only(4, Costs{Wake: 10 * us}))
	if r.Sched.Handoffs != 2 {
		t.Errorf("%+v", r.Sched)
	}
}

func TestSpinning(t *testing.T) {
	spin := func(more int) *Result {
		b := program.Build()
		mu, e := b.Mutex("mu"), b.Event("e")
		main := b.Main()
		g := main.Go("spinner").Run(300 * us)
		for range more {
			g.Go("more").Run(ms)
		}
		g.Lock(mu).Signal(e).Run(ms).Unlock(mu)
		main.Run(299 * us).Lock(mu).Run(1500 * time.Nanosecond).Unlock(mu).Wait(e)
		return run(t, b.Program(), only(2, Costs{Spin: us}))
	}
	r := spin(0)
	if r.Wall != 300500*time.Nanosecond || r.Sched.Spins != 1 || r.Sched.SpinTime != us/2 {
		t.Errorf("%v %+v", r.Wall, r.Sched)
	}
	if runs(r) != 3 { // the spinner was never off its core
		t.Errorf("%d times scheduled", runs(r))
	}
	if r := spin(1); r.Sched.Spins != 0 {
		t.Errorf("spins although another goroutine waits for the core: %+v", r.Sched)
	}
}

// A signal between the Unlock and the wait of a sync.Cond is not lost.
func TestTicketBeforeUnlock(t *testing.T) {
	b := program.Build()
	mu, c, e := b.Mutex("mu"), b.Cond("c"), b.Event("e")
	main := b.Main()
	main.Go("waiter").Lock(mu).Run(ms).CondWait(c, mu).Unlock(mu).Signal(e)
	main.Run(ms / 2).Lock(mu).CondSignal(c).Unlock(mu).Wait(e)
	p := b.Program()
	for i := range p.Goroutines[1].Ops {
		if op := &p.Goroutines[1].Ops[i]; op.Kind == program.CondWait {
			op.Run = uint32(us)
		}
	}
	r := wantWall(t, p, free(2), ms+us)
	if r.Oddities != (Oddities{}) {
		t.Errorf("%+v", r.Oddities)
	}
}

func TestCollectorShares(t *testing.T) {
	gc := func(r *Result) (cores int, sum time.Duration) {
		for _, p := range r.Procs {
			if p.GC > 0 {
				cores++
				sum += p.GC
			}
		}
		return cores, sum
	}
	// One core is taken away, two idle ones help: 9 ms of work take 3.
	b := program.Build()
	b.GC(ms, 9*ms, 0)
	b.Main().Run(10 * ms)
	if cores, sum := gc(run(t, b.Program(), free(4))); cores != 1 || sum != 3*ms {
		t.Errorf("%d cores, %v", cores, sum)
	}
	// A sleeper that comes back 1 ms later takes one of the idle ones: 3 ms of
	// work by three cores, then 6 by two.
	b = program.Build()
	b.GC(ms, 9*ms, 0)
	main := b.Main()
	main.Go("sleeper").Sleep(2 * ms).Run(10 * ms)
	main.Run(10 * ms)
	if cores, sum := gc(run(t, b.Program(), free(4))); cores != 1 || sum != 4*ms {
		t.Errorf("%d cores, %v", cores, sum)
	}
	// Of eight busy cores two are taken away.
	b = program.Build()
	b.GC(10*ms, 8*ms, 0)
	p := forkOn(b, 8, func(g *program.G, i int) { g.Run(10 * ms) })
	if cores, sum := gc(run(t, p, free(8))); cores != 2 || sum != 8*ms {
		t.Errorf("%d cores, %v", cores, sum)
	}
	// A program that runs for half as long collects after half the time.
	b = program.Build()
	b.GC(15*ms, ms, 0)
	b.Main().Run(20 * ms).At("f.go:1")
	opt := free(1)
	opt.Speed = []Speed{{Factor: 0.5, File: "f.go"}}
	wantWall(t, b.Program(), opt, 11*ms)
}

// No tail begins before the last additional worker has finished.
func TestTailsWaitForAdditionalWorkers(t *testing.T) {
	b := program.Build()
	c, wg := b.Chan("work", 0), b.WaitGroup("wg")
	b.Dealt(c)
	main := b.Main().Add(wg, 1)
	main.Go("worker").Item(c).Run(ms).Item(c).Run(2 * ms).Item(c).Run(5 * ms).RecvClosed(c).Done(wg)
	main.Send(c).Send(c).Send(c).Close(c).Join(wg)
	p := b.Program()
	wantWall(t, p, free(4), 8*ms)
	opt := free(4)
	opt.Workers = map[uint32]int{uint32(c): 2}
	wantWall(t, p, opt, 5*ms)
}
