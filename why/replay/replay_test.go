package replay

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/trivet-go/trivet/internal/program"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

func run(t testing.TB, p *program.Program, opt Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), p, opt)
	if err != nil {
		t.Fatal(err)
	}
	checkBooks(t, r)
	return r
}

// checkBooks checks what holds for every replay that reached its end.
func checkBooks(t interface{ Errorf(string, ...any) }, r *Result) {
	var path time.Duration
	for _, l := range r.Path {
		path += l.Time
	}
	if path != r.Wall {
		t.Errorf("the critical path takes %v, the program %v", path, r.Wall)
	}
	var run, busy time.Duration
	for _, s := range r.Starts {
		run += s.Run
	}
	for _, p := range r.Procs {
		busy += p.Busy
		if p.Busy+p.GC > r.Wall {
			t.Errorf("a core was busy for %v of %v", p.Busy+p.GC, r.Wall)
		}
	}
	if run != r.Work || r.Procs != nil && busy != r.Work {
		t.Errorf("work %v, goroutines ran for %v, cores for %v", r.Work, run, busy)
	}
}

func free(cores int) Options { return Options{Cores: cores, Free: true} }

func wantWall(t *testing.T, p *program.Program, opt Options, want time.Duration) *Result {
	t.Helper()
	r := run(t, p, opt)
	if r.Wall != want {
		t.Errorf("on %d cores: %v, want %v", opt.Cores, r.Wall, want)
	}
	return r
}

// fork makes n workers and joins them.
func fork(n int, work func(g *program.G, i int)) *program.Program {
	b := program.Build()
	return forkOn(b, n, work)
}

func forkOn(b *program.Builder, n int, work func(g *program.G, i int)) *program.Program {
	wg := b.WaitGroup("wg")
	main := b.Main()
	main.Add(wg, n)
	for i := range n {
		g := main.Go("worker")
		work(g, i)
		g.Done(wg)
	}
	main.Join(wg)
	return b.Program()
}

func TestIndependentTasks(t *testing.T) {
	p := fork(16, func(g *program.G, i int) { g.Run(ms) })
	for cores, want := range map[int]time.Duration{1: 16 * ms, 2: 8 * ms, 4: 4 * ms, 8: 2 * ms, 16: ms, 64: ms, Unlimited: ms} {
		r := wantWall(t, p, free(cores), want)
		if r.Work != 16*ms {
			t.Errorf("work %v", r.Work)
		}
	}
}

func TestAmdahl(t *testing.T) {
	b := program.Build()
	wg := b.WaitGroup("wg")
	main := b.Main().Run(10*ms).At("serial.go:1").Add(wg, 64)
	for range 64 {
		main.Go("worker").Run(ms).At("parallel.go:2").Done(wg)
	}
	main.Join(wg)
	p := b.Program()
	for _, cores := range []int{1, 2, 4, 8, 16, 32, 64} {
		wantWall(t, p, free(cores), 10*ms+64*ms/time.Duration(cores))
	}
}

func TestCoarseMutex(t *testing.T) {
	b := program.Build()
	mu := b.Mutex("mu")
	p := forkOn(b, 8, func(g *program.G, i int) {
		g.Run(ms).At("f.go:1").Lock(mu).Run(ms).At("f.go:2").Unlock(mu)
	})
	r := wantWall(t, p, free(Unlimited), 9*ms)
	if l := r.Path[0]; l.Where.Line != 2 || l.Holding != int(mu) || l.Time != 8*ms {
		t.Errorf("path %+v", r.Path)
	}
	wantWall(t, p, free(8), 9*ms)
	wantWall(t, p, free(1), 16*ms)
	wantWall(t, p, Options{Cores: Unlimited, Free: true, Changes: Changes{NoLocks: true}}, 2*ms)
	wantWall(t, p, Options{Cores: 8, Free: true, Changes: Changes{Drop: []uint32{uint32(mu)}}}, 2*ms)
	wantWall(t, p, Options{Cores: 8, Free: true, Changes: Changes{Shard: map[uint32]int{uint32(mu): 4}}}, 3*ms)
}

func TestUnbufferedPipeline(t *testing.T) {
	b := program.Build()
	c := b.Chan("c", 0)
	main := b.Main()
	w := main.Go("sink")
	for range 10 {
		main.Run(ms).Send(c)
		w.Recv(c).Run(3 * ms)
	}
	done := b.Event("done")
	w.Signal(done)
	main.Wait(done)
	p := b.Program()
	wantWall(t, p, free(1), 40*ms)
	wantWall(t, p, free(2), 31*ms)
}

func TestDeadlockIsStuck(t *testing.T) {
	b := program.Build()
	c := b.Chan("never", 0)
	b.Main().Run(ms).Recv(c)
	_, err := Run(context.Background(), b.Program(), Options{Cores: 2})
	var stuck *StuckError
	if !errors.As(err, &stuck) {
		t.Fatalf("got %v", err)
	}
	if w := stuck.Waiting[0]; w.Name != "never" || w.Op != program.Recv {
		t.Errorf("waiting: %v", w)
	}
}

func TestStuckNamesTheHolders(t *testing.T) {
	b := program.Build()
	one, two := b.Mutex("one"), b.Mutex("two")
	p := forkOn(b, 2, func(g *program.G, i int) {
		if i == 0 {
			g.Lock(one).Run(ms).At("ab.go:1").Lock(two).Unlock(two).Unlock(one)
		} else {
			g.Lock(two).Run(ms).At("ba.go:2").Lock(one).Unlock(one).Unlock(two)
		}
	})
	// The last one started runs first, and to its end: no deadlock on one core.
	wantWall(t, p, free(1), 2*ms)
	_, err := Run(context.Background(), p, free(2))
	var stuck *StuckError
	if !errors.As(err, &stuck) {
		t.Fatalf("got %v", err)
	}
	const want = "the replay is stuck after 1ms with 12 operations left: " +
		"goroutine 1 (main.main) in join of wg; " +
		"goroutine 2 (worker) in lock of two at ab.go:1, held by goroutine 3; " +
		"goroutine 3 (worker) in lock of one at ba.go:2, held by goroutine 2"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	if _, err := Run(ctx, lockProgram(1000), Options{}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	b := program.Build()
	c := uint32(b.Chan("c", 0))
	b.Main()
	p := b.Program()
	for name, opt := range map[string]Options{
		"cores":    {Cores: -2},
		"factor":   {Changes: Changes{Speed: []Speed{{Factor: -1}}}},
		"stack":    {Changes: Changes{Speed: []Speed{{Stacks: []uint32{9}}}}},
		"drop":     {Changes: Changes{Drop: []uint32{c}}},
		"shard":    {Changes: Changes{Shard: map[uint32]int{c: 2}}},
		"capacity": {Changes: Changes{Capacity: map[uint32]int{c: -1}}},
		"no such":  {Changes: Changes{Capacity: map[uint32]int{7: 1}}},
		"workers":  {Changes: Changes{Workers: map[uint32]int{c: 1}}},
	} {
		if _, err := Run(context.Background(), p, opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUserFrame(t *testing.T) {
	stack := []program.Frame{{Func: "internal/sync.(*Mutex).Lock"}, {Func: "sync.(*Mutex).Lock"}, {Func: "runtimes.f"}, {Func: "main.main"}}
	if f := UserFrame(stack); f.Func != "runtimes.f" {
		t.Errorf("got %v", f)
	}
	if f := UserFrame(stack[:2]); f.Func != "internal/sync.(*Mutex).Lock" {
		t.Errorf("got %v", f)
	}
	if f := UserFrame(nil); f != (program.Frame{}) {
		t.Errorf("got %v", f)
	}
}

// A Program is only read: replays of it may run at once.
func TestReplaysAtOnce(t *testing.T) {
	b := program.Build()
	mu, c := b.Mutex("mu"), b.Chan("work", 2)
	b.Dealt(c)
	b.GC(ms, ms, us)
	wg := b.WaitGroup("wg")
	main := b.Main().Add(wg, 4)
	for range 4 {
		g := main.Go("worker")
		for range 50 {
			g.Item(c).Run(100 * us).At("item.go:1").Lock(mu).Run(10 * us).Unlock(mu)
		}
		g.RecvClosed(c).Done(wg)
	}
	for range 200 {
		main.Send(c)
	}
	main.Close(c).Join(wg)
	p := b.Program()
	want := run(t, p, Options{Cores: 4})
	results := make(chan *Result)
	for range 4 {
		go func() {
			r, err := Run(context.Background(), p, Options{Cores: 4})
			if err != nil {
				t.Error(err)
			}
			results <- r
		}()
	}
	for range 4 {
		if got := <-results; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\n%+v", got, want)
		}
	}
}

// A window may begin with values in a channel and goroutines in a WaitGroup.
func TestWindowBeginsInTheMiddle(t *testing.T) {
	b := program.Build()
	ch, wg := b.Chan("ch", 4), b.WaitGroup("wg")
	main := b.Main()
	main.Recv(ch).Recv(ch).Join(wg)
	b.Root("old").Run(3 * ms).Done(wg)
	p := b.Program()
	p.Objects[ch].Init, p.Objects[wg].Init = 2, 1
	wantWall(t, p, free(2), 3*ms)
}

// A goroutine that calls os.Exit ends the program, though main started it.
func TestAnotherGoroutineEndsTheProgram(t *testing.T) {
	b := program.Build()
	main := b.Main()
	main.Run(ms)
	exits := main.Go("exits")
	main.Run(9 * ms)
	exits.Run(2 * ms)
	p := b.Program()
	p.Main = 1
	wantWall(t, p, free(2), 3*ms)
}

// A select takes what is there, in whatever order it was recorded.
func TestSelectTakesWhatIsReady(t *testing.T) {
	b := program.Build()
	slow, fast := b.Chan("slow", 0), b.Chan("fast", 0)
	main := b.Main()
	a, z := main.Go("slow"), main.Go("fast")
	a.Run(10 * ms).Send(slow)
	z.Run(1 * ms).Send(fast)
	main.At("s.go:1").Recv(slow).Run(5 * ms).At("s.go:1").Recv(fast)
	p := b.Program()
	plain := run(t, p, free(4)).Wall // fast waits until slow has been served
	ops := p.Goroutines[p.Main].Ops
	for i := range ops {
		if ops[i].Kind == program.Recv {
			ops[i].Flags |= program.FromSelect
		}
	}
	if got := run(t, p, free(4)).Wall; plain != 15*ms || got != 10*ms {
		t.Errorf("%v by the recorded order, %v by what is ready, want 15ms and 10ms", plain, got)
	}
}

// Another receiver of one of the channels must not find its value taken.
func TestSelectLeavesOthersTheirValues(t *testing.T) {
	b := program.Build()
	x, y := b.Chan("x", 2), b.Chan("y", 2)
	main := b.Main()
	other := main.Go("other")
	main.Send(x).Send(x).Send(y)
	main.At("s.go:1").Recv(x).At("s.go:1").Recv(y)
	other.Run(ms).Recv(x)
	p := b.Program()
	for i, op := range p.Goroutines[p.Main].Ops {
		if op.Kind == program.Recv {
			p.Goroutines[p.Main].Ops[i].Flags |= program.FromSelect
		}
	}
	run(t, p, free(2))
}
