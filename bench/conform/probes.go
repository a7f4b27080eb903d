package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/state/bounded"
)

// A probe is one question. What run returns is "ok", or in one or two words
// what went wrong, and after a colon and a space any detail.
type probe struct {
	id   string
	what string // must hold

	bubble    bool // it runs in a synctest bubble
	mustCrash bool // the process must end with the stack of conformTask

	applies func(*subject) bool
	run     func(*subject) string

	controls map[string]string // rivals that are known to fail, and how
}

func groups(s *subject) bool  { return s.group != nil }
func queues(s *subject) bool  { return s.queue != nil }
func streams(s *subject) bool { return s.stream != nil }
func futures(s *subject) bool { return s.future != nil }

var probes = []probe{
	{
		id: "N1", what: "tasks below a limit of 2 start others below the same limit, and wait for them: all finish",
		bubble: true, applies: groups, run: nested(2, 1),
		controls: map[string]string{"errgroup": "hang", "conc pool": "hang", "pond": "hang", "ants": "hang"},
	},
	{
		id: "N2", what: "the same with a limit of 1, three deep",
		bubble: true, applies: groups, run: nested(1, 3),
		controls: map[string]string{"errgroup": "hang", "conc pool": "hang"},
	},
	{
		id: "P1", what: "a task panics: whoever waits gets the value, and the stack of the task",
		applies: groups, run: panicWaited,
		controls: map[string]string{"errgroup": "crash", "workerpool": "crash", "WaitGroup.Go": "crash", "ants": "swallowed", "gopool": "swallowed"},
	},
	{
		id: "P2", what: "a task panics and nobody waits: the process crashes soon, with the stack of the task",
		mustCrash: true, applies: groups, run: panicUnwaited,
		controls: map[string]string{"ants": "swallowed", "gopool": "swallowed", "conc pool": "swallowed"},
	},
	{
		id: "P3", what: "a task panics with an error: errors.As finds it",
		applies: groups, run: panicWithError,
		controls: map[string]string{"ants": "swallowed"},
	},
	{
		id: "G1", what: "a task calls runtime.Goexit: whoever waits gets an error",
		bubble: true, applies: groups, run: goexit,
		controls: map[string]string{"errgroup": "lost", "conc pool": "lost"},
	},
	{
		id: "C1", what: "the limit is reached: a start returns when the context is done",
		bubble: true, applies: groups, run: blockedStart,
		controls: map[string]string{"errgroup": "late", "conc pool": "late"},
	},
	{
		id: "C2", what: "a task that has not begun when the context is done never does",
		bubble: true, applies: groups, run: startAfterCancel,
		controls: map[string]string{"errgroup": "started", "conc pool": "started"},
	},
	{
		id: "C4", what: "one task fails and the others report that they were cancelled: the first error is that of the one",
		bubble: true, applies: groups, run: firstCause,
	},
	{
		id: "C5", what: "the context ends: the wait returns when what runs has ended, with the cause",
		bubble: true, applies: groups, run: waitsForRunning,
		controls: map[string]string{"ants": "no cause"},
	},
	{
		id: "E1", what: "two tasks fail: both errors are found",
		bubble: true, applies: groups, run: allErrors,
		controls: map[string]string{"errgroup": "lost", "pond": "lost"},
	},
	{
		id: "R1", what: "after use no goroutine is left",
		applies: groups, run: residue,
	},
	{
		id: "S1", what: "the same use works in one bubble, in another, and outside",
		applies: groups, run: bubbles,
	},
	{
		id: "T1", what: "a task does not show the profiler labels that another one has set",
		applies: groups, run: labels,
		controls: map[string]string{"gopool": "leaked"},
	},
	{
		id: "C3", what: "with a done context a queue refuses, whatever room there is, a thousand times",
		applies: queues, run: doneContext,
		controls: map[string]string{"channel, select": "at random"},
	},
	{
		id: "D2", what: "Close: what is inside comes out, then the end; puts that wait get an error",
		bubble: true, applies: queues, run: closing,
		controls: map[string]string{"channel, select": "crash"},
	},
	{
		id: "I1", what: "eight takers wait for a second: next to no CPU time",
		applies: queues, run: idle,
	},
	{
		id: "Q1", what: "four put and four take: nothing is lost, doubled, or out of order",
		applies: queues, run: conservation,
	},
	{
		id: "S2", what: "a put, a take and an await that wait are durable blocks in a bubble",
		bubble: true, applies: func(s *subject) bool { return queues(s) || futures(s) }, run: durable,
	},
	{
		id: "P4", what: "a step panics on one worker, on four, and the source: whoever reads the results gets the value, and the stack",
		applies: streams, run: streamPanic,
		controls: map[string]string{"channels": "crash"},
	},
	{
		id: "O1", what: "64 items, the later the quicker, on eight workers: results come in order",
		bubble: true, applies: streams, run: streamOrder,
		controls: map[string]string{"channels": "disorder"},
	},
	{
		id: "L1", what: "the loop over the results breaks after one: nothing is left running",
		bubble: true, applies: streams, run: streamBreak,
		controls: map[string]string{"channels": "leak"},
	},
	{
		id: "L2", what: "the context ends while results are read: the loop ends with its cause, and nothing is left running",
		bubble: true, applies: streams, run: streamCancel,
		controls: map[string]string{"channels": "no cause"},
	},
	{
		id: "L3", what: "an endless source, and a step that fails: on return the source has stopped",
		applies: streams, run: streamEndless,
		controls: map[string]string{"channels": "goes on"},
	},
	{
		id: "F1", what: "the work of a future panics: whoever awaits gets the value, and the stack of the work",
		applies: futures, run: futurePanic,
		controls: map[string]string{"lo.Async": "crash"},
	},
	{
		id: "F2", what: "the work of a future calls runtime.Goexit: whoever awaits gets an error",
		bubble: true, applies: futures, run: futureGoexit,
		controls: map[string]string{"lo.Async": "hang"},
	},
}

// conformTask is what stacks must show.
//
//go:noinline
func conformTask(v any) error { panic(v) }

var errTask = errors.New("task failed")

// nested starts tasks that start others, so deep.
func nested(limit, depth int) func(*subject) string {
	return func(s *subject) string {
		const outer = 4
		var ran, arrived atomic.Int32
		barrier := make(chan bool)
		var body func(t tasks, depth int) task
		body = func(t tasks, depth int) task {
			return func(ctx context.Context) error {
				ran.Add(1)
				if depth == 0 {
					return nil
				}
				if arrived.Add(1) == int32(limit) {
					close(barrier)
				}
				<-barrier // the limit is reached
				return t.nest(ctx, body(t, depth-1))
			}
		}
		err := s.group(context.Background(), limit, func(t tasks) {
			for range outer {
				t.start(body(t, depth))
			}
		})
		if want := int32(outer * (depth + 1)); err != nil || ran.Load() != want {
			return fmt.Sprintf("lost: %d of %d ran, %v", ran.Load(), want, err)
		}
		return "ok"
	}
}

// told says how a panic came to the waiter.
func told(recovered any, err error) string {
	switch {
	case recovered == nil && err == nil:
		return "swallowed"
	case recovered == nil:
		return "as an error: " + firstLine(err.Error())
	}
	text := fmt.Sprint(recovered)
	if e, ok := recovered.(error); ok {
		text = e.Error()
	}
	switch {
	case !strings.Contains(text, "boom"):
		return "other value: " + firstLine(text)
	case !strings.Contains(fmt.Sprintf("%+v %s", recovered, text), "conformTask"):
		return "no stack"
	}
	return "ok"
}

func caught(f func() error) (recovered any, err error) {
	defer func() { recovered = recover() }()
	err = f()
	return nil, err
}

func panicWaited(s *subject) string {
	return told(caught(func() error {
		return s.group(context.Background(), 2, func(t tasks) {
			t.start(func(context.Context) error { return conformTask("boom") })
		})
	}))
}

func panicUnwaited(s *subject) string {
	s.group(context.Background(), 2, func(t tasks) {
		t.start(func(context.Context) error { return conformTask("boom") })
		time.Sleep(3 * time.Second) // never comes to wait
		fmt.Println(mark + "swallowed")
		os.Exit(0)
	})
	return "swallowed"
}

func panicWithError(s *subject) string {
	recovered, err := caught(func() error {
		return s.group(context.Background(), 2, func(t tasks) {
			t.start(func(context.Context) error { return conformTask(fmt.Errorf("wrapped: %w", errTask)) })
		})
	})
	if recovered == nil && err == nil {
		return "swallowed"
	}
	if e, ok := recovered.(error); ok && errors.Is(e, errTask) || errors.Is(err, errTask) {
		return "ok"
	}
	return "lost"
}

func goexit(s *subject) string {
	err := s.group(context.Background(), 2, func(t tasks) {
		t.start(func(context.Context) error { runtime.Goexit(); return nil })
	})
	if err == nil {
		return "lost"
	}
	return "ok"
}

// busy runs a group of limit 1 whose task sleeps a second and ignores its
// context, and starts a second one; the context ends after 50 ms.
func busy(s *subject) (blocked, waited time.Duration, second bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	var ran atomic.Bool
	err = s.group(ctx, 1, func(t tasks) {
		started := make(chan bool)
		t.start(func(context.Context) error { close(started); time.Sleep(time.Second); return nil })
		<-started
		t.start(func(context.Context) error { ran.Store(true); return nil })
		blocked = time.Since(begin)
	})
	return blocked, time.Since(begin), ran.Load(), err
}

func blockedStart(s *subject) string {
	if blocked, _, _, _ := busy(s); blocked > 50*time.Millisecond {
		return fmt.Sprint("late: after ", blocked)
	}
	return "ok"
}

func startAfterCancel(s *subject) string {
	if _, _, second, _ := busy(s); second {
		return "started"
	}
	return "ok"
}

func waitsForRunning(s *subject) string {
	switch _, waited, _, err := busy(s); {
	case waited < time.Second:
		return fmt.Sprint("early: after ", waited)
	case !errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprint("no cause: ", err)
	}
	return "ok"
}

func firstCause(s *subject) string {
	err := s.group(context.Background(), 3, func(t tasks) {
		for range 2 {
			t.start(func(ctx context.Context) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Minute):
					return nil
				}
			})
		}
		t.start(func(context.Context) error { time.Sleep(time.Millisecond); return errTask })
	})
	switch {
	case !errors.Is(err, errTask):
		return fmt.Sprint("lost: ", err)
	case !strings.HasPrefix(err.Error(), errTask.Error()):
		return "not first: " + firstLine(err.Error())
	}
	return "ok"
}

func allErrors(s *subject) string {
	a, b := errors.New("a"), errors.New("b")
	err := s.group(context.Background(), 2, func(t tasks) {
		t.start(func(context.Context) error { time.Sleep(time.Millisecond); return a })
		t.start(func(context.Context) error { time.Sleep(2 * time.Millisecond); return b })
	})
	if !errors.Is(err, a) || !errors.Is(err, b) {
		return fmt.Sprint("lost: ", err)
	}
	return "ok"
}

// use is an ordinary use.
func use(s *subject) error {
	var n atomic.Int32
	err := s.group(context.Background(), 2, func(t tasks) {
		for range 10 {
			t.start(func(context.Context) error { n.Add(1); return nil })
		}
	})
	if err == nil && n.Load() != 10 {
		err = fmt.Errorf("%d of 10 tasks ran", n.Load())
	}
	return err
}

func residue(s *subject) string {
	before := runtime.NumGoroutine()
	if err := use(s); err != nil {
		return fmt.Sprint("broken: ", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return "ok"
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprintf("leak %d", runtime.NumGoroutine()-before)
}

func bubbles(s *subject) string {
	var err error
	for range 2 {
		inBubble(func() { err = errors.Join(err, use(s)) })
	}
	if err = errors.Join(err, use(s)); err != nil {
		return fmt.Sprint("unclean: ", err)
	}
	return "ok"
}

func labels(s *subject) string {
	var seen atomic.Bool
	look := func(ctx context.Context) error {
		var b strings.Builder
		pprof.Lookup("goroutine").WriteTo(&b, 1)
		for record := range strings.SplitSeq(b.String(), "\n\n") {
			if strings.Contains(record, "looks") && strings.Contains(record, `"conform":"first"`) {
				seen.Store(true)
			}
		}
		return nil
	}
	s.group(context.Background(), 1, func(t tasks) {
		t.start(func(ctx context.Context) error {
			pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("conform", "first")))
			return nil
		})
		for range 5 {
			t.start(func(ctx context.Context) error { return looks(ctx, look) })
		}
	})
	if seen.Load() {
		return "leaked"
	}
	return "ok"
}

//go:noinline
func looks(ctx context.Context, f task) error { return f(ctx) }

func doneContext(s *subject) string {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errTask)
	q := s.queue(2000)
	for i := range 1000 {
		q.put(context.Background(), i)
	}
	refused := 0
	for range 1000 {
		if err := q.put(ctx, 1); errors.Is(err, errTask) {
			refused++
		}
		if _, err := q.take(ctx); errors.Is(err, errTask) {
			refused++
		}
	}
	if refused != 2000 {
		return fmt.Sprintf("at random: %d of 2000 were refused", refused)
	}
	return "ok"
}

func closing(s *subject) string {
	ctx := context.Background()
	q := s.queue(2)
	q.put(ctx, 1)
	q.put(ctx, 2)
	put := make(chan error)
	go func() { put <- q.put(ctx, 3) }()
	synctest.Wait()
	q.close()
	if <-put == nil {
		return "accepted"
	}
	for want := 1; want <= 2; want++ {
		if v, err := q.take(ctx); v != want || err != nil {
			return fmt.Sprintf("lost: %d, %v", v, err)
		}
	}
	if _, err := q.take(ctx); !errors.Is(err, bounded.ErrClosed) {
		return fmt.Sprint("no end: ", err)
	}
	return "ok"
}

func idle(s *subject) string {
	q := s.queue(8)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { q.take(ctx) })
	}
	time.Sleep(100 * time.Millisecond)
	before := cpuTime()
	time.Sleep(time.Second)
	used := cpuTime() - before
	cancel()
	wg.Wait()
	if used > 20*time.Millisecond {
		return fmt.Sprint("burns: ", used)
	}
	return "ok"
}

func conservation(s *subject) string {
	const n = 10_000
	ctx := context.Background()
	q := s.queue(16)
	var sum, count atomic.Int64
	var disorder atomic.Bool
	var putting, taking sync.WaitGroup
	for p := range 4 {
		putting.Go(func() {
			for i := range n {
				q.put(ctx, p*n+i)
			}
		})
		taking.Go(func() {
			var last [4]int
			for {
				v, err := q.take(ctx)
				if err != nil {
					return
				}
				if i := v % n; i < last[v/n] {
					disorder.Store(true)
				} else {
					last[v/n] = i
				}
				sum.Add(int64(v))
				count.Add(1)
			}
		})
	}
	putting.Wait()
	q.close()
	taking.Wait()
	switch {
	case count.Load() != 4*n || sum.Load() != 4*n*(4*n-1)/2:
		return fmt.Sprintf("lost: %d of %d", count.Load(), 4*n)
	case disorder.Load():
		return "disorder"
	}
	return "ok"
}

func numbers(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func sixtyFour(yield func(int) bool) {
	for i := range 64 {
		if !yield(i) {
			return
		}
	}
}

func all(int) bool { return true }

func same(_ context.Context, i int) (int, error) { return i, nil }

func streamPanic(s *subject) string {
	ctx := context.Background()
	fails := func(_ context.Context, i int) (int, error) {
		if i == 7 {
			return 0, conformTask("boom")
		}
		return i, nil
	}
	broken := func(yield func(int) bool) { yield(1); conformTask("boom") }
	for _, workers := range []int{1, 4} {
		for _, run := range []func() error{
			func() error { return s.stream(ctx, workers, sixtyFour, fails, all) },
			func() error { return s.stream(ctx, workers, broken, same, all) },
		} {
			recovered, err := caught(run)
			// A panic on the reader's own goroutine needs no carrying.
			if recovered == "boom" {
				continue
			}
			if outcome := told(recovered, err); outcome != "ok" {
				return outcome
			}
		}
	}
	return "ok"
}

func streamOrder(s *subject) string {
	next := 0
	outcome := "ok"
	err := s.stream(context.Background(), 8, sixtyFour, func(_ context.Context, i int) (int, error) {
		time.Sleep(time.Duration(64-i) * time.Millisecond)
		return i, nil
	}, func(v int) bool {
		if v != next {
			outcome = "disorder"
		}
		next++
		return true
	})
	if err != nil || next != 64 {
		return fmt.Sprintf("lost: %d of 64, %v", next, err)
	}
	return outcome
}

func streamBreak(s *subject) string {
	if err := s.stream(context.Background(), 4, numbers, same, func(int) bool { return false }); err != nil {
		return fmt.Sprint("error: ", err)
	}
	return "ok"
}

func streamCancel(s *subject) string {
	ctx, cancel := context.WithCancelCause(context.Background())
	n := 0
	err := s.stream(ctx, 4, sixtyFour, same, func(int) bool {
		if n++; n == 3 {
			cancel(errTask)
		}
		return true
	})
	if !errors.Is(err, errTask) {
		return fmt.Sprint("no cause: ", err)
	}
	return "ok"
}

func streamEndless(s *subject) string {
	var made atomic.Int64
	s.stream(context.Background(), 4, func(yield func(int) bool) {
		for i := 0; ; i++ {
			made.Add(1)
			if !yield(i) {
				return
			}
		}
	}, func(_ context.Context, i int) (int, error) {
		if i == 1 {
			return 0, errTask
		}
		return i, nil
	}, all)
	before := made.Load()
	time.Sleep(100 * time.Millisecond)
	if more := made.Load() - before; more > 0 {
		return fmt.Sprintf("goes on: %d items in 100 ms", more)
	}
	return "ok"
}

// durable returns when everything in the bubble has come to rest; if a wait were
// not a durable block, synctest.Wait would not.
func durable(s *subject) string {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	if s.queue != nil {
		empty, full := s.queue(1), s.queue(1)
		full.put(ctx, 1)
		wg.Go(func() { empty.take(ctx) })
		wg.Go(func() { full.put(ctx, 2) })
	} else {
		await := s.future(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil })
		wg.Go(func() { await(ctx) })
	}
	synctest.Wait()
	cancel()
	wg.Wait()
	return "ok"
}

func futurePanic(s *subject) string {
	return told(caught(func() error {
		await := s.future(context.Background(), func(context.Context) error { return conformTask("boom") })
		time.Sleep(50 * time.Millisecond) // the goroutine comes before the waiter
		return await(context.Background())
	}))
}

func futureGoexit(s *subject) string {
	await := s.future(context.Background(), func(context.Context) error { runtime.Goexit(); return nil })
	synctest.Wait()
	if await(context.Background()) == nil {
		return "lost"
	}
	return "ok"
}
