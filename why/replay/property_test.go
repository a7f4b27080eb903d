package replay

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"pgregory.net/rapid"
)

// features are what a drawn program may contain.
type features struct {
	locks, chans, gates, sleeps, semaphores, dealt, gc bool
	blockInLocks                                       bool // goroutines wait for others while they hold locks
	timeless                                           bool // nothing takes any time
}

// draw makes a program that cannot deadlock: a tree of goroutines that join
// their children, with locks taken in one order and pipelines between siblings.
func draw(t *rapid.T, f features) *program.Program {
	d := &drawing{T: t, b: program.Build(), f: f}
	for range 4 {
		d.locks = append(d.locks, d.b.Mutex("mu"), d.b.RWMutex("rw"))
		d.sems = append(d.sems, d.b.Chan("sem", rapid.IntRange(1, 3).Draw(t, "tokens")))
	}
	main := d.b.Main()
	d.budget = 200
	d.tree(main, 0)
	if f.gc {
		for range rapid.IntRange(0, 3).Draw(t, "cycles") {
			d.b.GC(d.time(20*ms), d.time(5*ms), d.time(ms))
		}
	}
	return d.b.Program()
}

type drawing struct {
	*rapid.T
	b      *program.Builder
	f      features
	locks  []program.Obj // mutexes at even, RWMutexes at odd indices
	sems   []program.Obj
	budget int
}

func (d *drawing) time(most time.Duration) time.Duration {
	if d.f.timeless {
		return 0
	}
	return time.Duration(rapid.Int64Range(0, int64(most)).Draw(d.T, "time"))
}

// tree lets g work, start children, work, and join them.
func (d *drawing) tree(g *program.G, depth int) {
	d.work(g)
	n := 0
	if depth < 3 {
		n = rapid.IntRange(0, 4).Draw(d.T, "children")
	}
	if n == 0 {
		return
	}
	wg := d.b.WaitGroup("wg")
	g.Add(wg, n)
	for range n {
		child := g.At("spawn.go:1").Go("child")
		d.tree(child, depth+1)
		child.Done(wg)
	}
	if d.f.chans && rapid.Bool().Draw(d.T, "pipeline") {
		d.pipeline(g, wg)
	}
	if d.f.gates && rapid.Bool().Draw(d.T, "gate") {
		d.gate(g, wg)
	}
	if d.f.dealt && rapid.Bool().Draw(d.T, "queue") {
		d.queue(g, wg)
	}
	d.work(g)
	g.Join(wg)
	d.work(g)
}

func (d *drawing) work(g *program.G) {
	for range rapid.IntRange(0, 4).Draw(d.T, "steps") {
		if d.budget--; d.budget < 0 {
			return
		}
		g.Run(d.time(3 * ms)).At("work.go:1")
		switch rapid.IntRange(0, 3).Draw(d.T, "step") {
		case 0:
			if d.f.locks {
				d.nest(g, 0)
			}
		case 1:
			if d.f.sleeps {
				g.Sleep(d.time(2 * ms)).IO(d.time(ms)).Syscall(d.time(ms))
			}
		case 2:
			if d.f.semaphores {
				sem := d.sems[rapid.IntRange(0, 3).Draw(d.T, "sem")]
				g.Send(sem).Run(d.time(ms)).Recv(sem)
			}
		}
	}
}

// nest takes locks from the i-th on.
func (d *drawing) nest(g *program.G, i int) {
	i += rapid.IntRange(0, 3).Draw(d.T, "lock")
	if i >= len(d.locks) {
		return
	}
	shared := i%2 == 1 && rapid.Bool().Draw(d.T, "shared")
	if shared {
		g.RLock(d.locks[i])
	} else {
		g.Lock(d.locks[i])
	}
	g.Run(d.time(ms)).At("locked.go:1")
	if d.f.blockInLocks && rapid.Bool().Draw(d.T, "block") {
		c := d.b.Chan("echo", 0)
		g.Go("echo").Recv(c)
		g.Go("filler") // it pushes the other one to the end of the queue
		g.Send(c)
	}
	d.nest(g, i+1)
	if shared {
		g.RUnlock(d.locks[i])
	} else {
		g.Unlock(d.locks[i])
	}
}

// pipeline puts stages under g.
func (d *drawing) pipeline(g *program.G, wg program.Obj) {
	stages := rapid.IntRange(2, 4).Draw(d.T, "stages")
	items := rapid.IntRange(0, 8).Draw(d.T, "items")
	g.Add(wg, stages)
	var in program.Obj
	for stage := range stages {
		out := d.b.Chan("c", rapid.IntRange(0, 3).Draw(d.T, "cap"))
		w := g.Go("stage")
		for range items {
			if stage > 0 {
				w.Recv(in)
			}
			w.Run(d.time(ms)).At("stage.go:1")
			if stage < stages-1 {
				w.Send(out)
			}
		}
		if stage > 0 {
			w.RecvClosed(in)
		}
		if stage < stages-1 {
			w.Close(out)
		}
		w.Done(wg)
		in = out
	}
}

// gate puts goroutines under g that wait for a close, or share what g sends.
func (d *drawing) gate(g *program.G, wg program.Obj) {
	waiters := rapid.IntRange(1, 5).Draw(d.T, "waiters")
	c := d.b.Chan("gate", rapid.IntRange(0, 2).Draw(d.T, "cap"))
	closes := rapid.Bool().Draw(d.T, "closes")
	g.Add(wg, waiters)
	for range waiters {
		w := g.Go("waiter")
		if closes {
			w.RecvClosed(c)
		} else {
			w.Recv(c)
		}
		w.Run(d.time(ms)).At("gate.go:1").Done(wg)
	}
	d.work(g)
	if closes {
		g.Close(c)
		return
	}
	for range waiters {
		g.Run(d.time(ms)).At("gate.go:2").Send(c)
	}
}

// queue puts workers with a dealt channel under g.
func (d *drawing) queue(g *program.G, wg program.Obj) {
	workers := rapid.IntRange(2, 4).Draw(d.T, "workers")
	c := d.b.Chan("queue", rapid.IntRange(0, 3).Draw(d.T, "cap"))
	d.b.Dealt(c)
	g.Add(wg, workers)
	items := 0
	for range workers {
		w := g.Go("worker")
		for range rapid.IntRange(0, 5).Draw(d.T, "items") {
			w.Item(c).Run(d.time(ms)).At("item.go:1")
			if d.f.locks {
				d.nest(w, 0)
			}
			items++
		}
		w.Run(d.time(ms)).RecvClosed(c).Run(d.time(ms)).Done(wg)
	}
	for range items {
		g.Run(d.time(ms / 10)).Send(c)
	}
	g.Close(c)
}

var (
	everything = features{locks: true, chans: true, gates: true, sleeps: true, semaphores: true, dealt: true, gc: true}
	noDelays   = features{locks: true, chans: true, gates: true, semaphores: true, dealt: true}
	aDAG       = features{chans: true}
)

func mustRun(t *rapid.T, p *program.Program, opt Options) *Result {
	r, err := Run(context.Background(), p, opt)
	if err != nil {
		t.Fatalf("%+v: %v", opt, err)
	}
	return r
}

func anyOptions(t *rapid.T) Options {
	return Options{
		Cores: rapid.SampledFrom([]int{1, 2, 3, 4, 8, 64, Unlimited}).Draw(t, "cores"),
		Free:  rapid.Bool().Draw(t, "free"),
		Seed:  rapid.Uint64().Draw(t, "seed"),
	}
}

func TestEveryOperationIsDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, everything)
		r := mustRun(rt, p, anyOptions(rt))
		// Main may be over just before those that it has joined reach their end.
		if r.Left >= int64(len(p.Goroutines)) || r.Oddities != (Oddities{}) {
			rt.Errorf("%d operations left, %+v", r.Left, r.Oddities)
		}
		work := time.Duration(0)
		for _, g := range p.Goroutines {
			for _, op := range g.Ops {
				work += time.Duration(op.Run)
			}
		}
		if r.Work != work {
			rt.Errorf("work %v of %v", r.Work, work)
		}
		var path time.Duration
		for _, l := range r.Path {
			path += l.Time
		}
		if path != r.Wall {
			rt.Errorf("the critical path takes %v, the program %v", path, r.Wall)
		}
	})
}

func TestOneCoreTakesTheWork(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := mustRun(rt, draw(rt, noDelays), free(1))
		if r.Wall != r.Work {
			rt.Errorf("work %v took one core %v", r.Work, r.Wall)
		}
	})
}

func TestWorkIsABound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, everything)
		opt := anyOptions(rt)
		r := mustRun(rt, p, opt)
		if opt.Cores > 0 && r.Wall*time.Duration(opt.Cores) < r.Work {
			rt.Errorf("%v on %d cores for work of %v", r.Wall, opt.Cores, r.Work)
		}
	})
}

// No machine beats the span without locks. Who takes which item of a queue
// depends on the machine, so a program with queues, or with several who wait for
// what one sends, has no one span.
func TestSpanIsABound(t *testing.T) {
	f := everything
	f.dealt, f.gates, f.semaphores, f.gc = false, false, false, false
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, f)
		opt := free(Unlimited)
		opt.NoLocks = true
		span := mustRun(rt, p, opt).Wall
		opt = anyOptions(rt)
		if r := mustRun(rt, p, opt); r.Wall < span {
			rt.Errorf("%v on %d cores, span %v", r.Wall, opt.Cores, span)
		}
	})
}

// Graham's bound: a scheduler that leaves no core idle while there is work takes
// no longer than work/p + span.
func TestGreedyBound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, aDAG)
		cores := rapid.SampledFrom([]int{1, 2, 3, 5, 8, 64}).Draw(rt, "cores")
		opt := free(cores)
		opt.Seed = rapid.Uint64().Draw(rt, "seed")
		r := mustRun(rt, p, opt)
		span := mustRun(rt, p, free(Unlimited)).Wall
		if r.Wall < span {
			rt.Errorf("%v on %d cores, less than the span %v", r.Wall, cores, span)
		}
		if limit := (r.Work+time.Duration(cores)-1)/time.Duration(cores) + span; r.Wall > limit {
			rt.Errorf("%v on %d cores, greedy would be at most %v (work %v, span %v)", r.Wall, cores, limit, r.Work, span)
		}
	})
}

func TestLessLockingNeverHurts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, features{locks: true, chans: true})
		span := mustRun(rt, p, free(Unlimited)).Wall
		opt := free(Unlimited)
		opt.NoLocks = true
		if without := mustRun(rt, p, opt).Wall; without > span {
			for i, g := range p.Goroutines {
				rt.Logf("%d %s %+v", i, g.Start, g.Ops)
			}
			rt.Errorf("span %v with locks, %v without", span, without)
		}
	})
}

func TestReplaysAreEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := draw(rt, everything)
		opt := anyOptions(rt)
		a, b := mustRun(rt, p, opt), mustRun(rt, p, opt)
		if !reflect.DeepEqual(a, b) {
			rt.Errorf("%+v\n%+v", a, b)
		}
	})
}
