package masterworker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	mw "github.com/trivet-go/trivet/task/masterworker"
)

var bg = context.Background()

func open[In, Out any](t testing.TB, rules mw.Rules[In, Out]) *mw.Master[In, Out] {
	m, err := mw.Open(bg, rules)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func double(_ context.Context, i int) (int, error) { return 2 * i, nil }

// work starts a worker and returns where its end will be told.
func work[In, Out any](ctx context.Context, to mw.Link[In, Out], step func(context.Context, In) (Out, error), w mw.Worker) chan error {
	ended := make(chan error, 1)
	go func() { ended <- mw.Work(ctx, to, step, w) }()
	return ended
}

func TestEveryJobIsDoneOnce(t *testing.T) {
	for _, slots := range []int{0, 1, 7} {
		synctest.Test(t, func(t *testing.T) {
			m := open(t, mw.Rules[int, int]{})
			var ran [1000]atomic.Int32
			ended := work(bg, m, func(_ context.Context, i int) (int, error) {
				ran[i].Add(1)
				return 2 * i, nil
			}, mw.Worker{Slots: slots})
			var tickets []mw.Ticket[int, int]
			for i := range 1000 {
				ticket, err := m.Submit(bg, i)
				if err != nil {
					t.Fatal(err)
				}
				tickets = append(tickets, ticket)
			}
			report, err := m.Drain(bg)
			if err != nil || report.Done != 1000 || report.Accepted != 1000 || len(report.Left) > 0 {
				t.Errorf("%+v, %v", report, err)
			}
			for i, ticket := range tickets {
				out, err := ticket.Await(bg)
				if out != 2*i || err != nil || ran[i].Load() != 1 {
					t.Fatalf("job %d: %d, %v, ran %d times", i, out, err, ran[i].Load())
				}
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

var errBad = errors.New("bad")

func TestFailuresAreTriedAgainAndPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Tries: 4, Backoff: mw.Backoff{First: time.Second, Most: 2 * time.Second}})
		ended := work(bg, m, func(ctx context.Context, i int) (int, error) {
			try, _ := mw.TryOf(ctx)
			switch {
			case i == 3:
				return 0, fmt.Errorf("try %d: %w", try.Number, errBad)
			case i == 4:
				return 0, mw.Permanent(errBad)
			case i == 5 && try.Number < 3:
				panic("poison")
			}
			return i, nil
		}, mw.Worker{})
		for i := range 10 {
			out, err := m.Do(bg, i)
			var dead *mw.DeadError
			switch {
			case i == 3 && errors.As(err, &dead) && errors.Is(err, errBad) && dead.Tries == 4 && len(dead.Errs) == 4:
			case i == 4 && errors.As(err, &dead) && errors.Is(err, errBad) && dead.Tries == 1:
			case i != 3 && i != 4 && err == nil && out == i:
			default:
				t.Errorf("job %d: %d, %v", i, out, err)
			}
		}
		report, err := m.Drain(bg)
		if err != nil || report.Done != 8 || report.Dead != 2 || report.Tries != 4+1+2 || report.Letters != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestKeyIsTheSameJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Keep: 2})
		ran := 0
		ended := work(bg, m, func(_ context.Context, i int) (int, error) { ran++; return i, nil }, mw.Worker{})
		do := func(key string, in int) int {
			ticket, err := m.SubmitAs(bg, mw.Terms{Key: key}, in)
			if err != nil {
				t.Fatal(err)
			}
			out, err := ticket.Await(bg)
			if err != nil || ticket.Key() != key {
				t.Error(ticket.Key(), err)
			}
			return out
		}
		if do("a", 1) != 1 || do("a", 2) != 1 || ran != 1 {
			t.Error("the same key ran twice")
		}
		if ticket, found := m.Find("a"); !found || ticket.Status().State != mw.Done {
			t.Error("not found")
		}
		do("b", 3)
		do("c", 4) // a is forgotten
		if _, found := m.Find("a"); found || do("a", 5) != 5 || ran != 4 {
			t.Error("remembered for longer than Keep says")
		}
		if _, found := m.Find(""); found {
			t.Error("found a job without a key")
		}
		drain(t, m, ended)
	})
}

// drain ends a master and a worker that must have nothing to complain of.
func drain[In, Out any](t *testing.T, m *mw.Master[In, Out], ended ...chan error) mw.Report[In] {
	t.Helper()
	report, err := m.Drain(bg)
	if err != nil || len(report.Left) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	for _, e := range ended {
		if err := <-e; err != nil {
			t.Error(err)
		}
	}
	return report
}

func TestFullMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Room: 2})
		submit := func(i int) chan error {
			done := make(chan error, 1)
			go func() { _, err := m.SubmitAs(bg, mw.Terms{Key: fmt.Sprint(i)}, i); done <- err }()
			synctest.Wait()
			return done
		}
		for i := range 2 {
			if err := <-submit(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-submit(1); err != nil {
			t.Errorf("a job that is inside: %v", err)
		}
		third, fourth := submit(2), submit(3)
		if len(third) > 0 {
			t.Error("there was no room")
		}
		first, _ := m.Find("0")
		if err := first.Cancel(bg); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(third) != 1 || <-third != nil || len(fourth) > 0 {
			t.Error("one place is for one job, the first")
		}
		ctx, cancel := context.WithCancelCause(bg)
		cancel(errBad)
		if _, err := m.Submit(ctx, 1); err != errBad {
			t.Error(err)
		}
		go m.Drain(ctx)
		synctest.Wait()
		if err := <-fourth; err != mw.ErrClosed && err != mw.ErrDrained {
			t.Error(err)
		}
	})
}

// Dead letters take room, which is told: nobody waits for ever.
func TestDeadLettersTakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Room: 2, Tries: 1})
		broken := true
		ended := work(bg, m, func(_ context.Context, i int) (int, error) {
			if broken {
				return 0, errBad
			}
			return i, nil
		}, mw.Worker{})
		for i := range 2 {
			if _, err := m.Submit(bg, i); err != nil {
				t.Fatal(err)
			}
		}
		waits := make(chan error, 1)
		go func() { _, err := m.Submit(bg, 2); waits <- err }()
		synctest.Wait()
		if err := <-waits; err != mw.ErrLetters {
			t.Errorf("full of letters: %v", err)
		}
		letters := m.Letters()
		if len(letters) != 2 || letters[0].In != 0 || letters[1].In != 1 || letters[0].Tries != 1 || letters[0].Errs[0] != errBad {
			t.Fatalf("%+v", letters)
		}
		broken = false
		for range 2 { // the second time there is no letter, which is no error
			if letters[0].Drop(bg) != nil || letters[1].Retry(bg) != nil {
				t.Error("letters cannot be taken")
			}
		}
		synctest.Wait()
		if s := m.Stats(); s.Done != 1 || s.Dead != 1 || s.Letters != 0 || s.Accepted != 2 {
			t.Errorf("%+v", s)
		}
		if out, err := m.Do(bg, 7); out != 7 || err != nil {
			t.Error(out, err)
		}
		drain(t, m, ended)
	})
}

func TestRefuse(t *testing.T) {
	m := open(t, mw.Rules[int, int]{Room: 1, Overflow: trivet.Refuse})
	_, first := m.Submit(bg, 1)
	_, second := m.Submit(bg, 1)
	if first != nil || second != mw.ErrFull {
		t.Error(first, second)
	}
	m.Close()
	if _, err := m.Submit(bg, 1); err != mw.ErrClosed {
		t.Error(err)
	}
}

func TestRulesAreChecked(t *testing.T) {
	for _, r := range []mw.Rules[int, int]{
		{Lease: -1}, {Tries: -1}, {Timeout: -1}, {Backoff: mw.Backoff{First: -1}}, {Backoff: mw.Backoff{Most: -1}},
		{Room: -1}, {Ageing: -1}, {Keep: -1}, {Overflow: trivet.DropOldest}, {Overflow: trivet.Divert},
	} {
		if _, err := mw.Open(bg, r); err == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	m := open(t, mw.Rules[int, int]{})
	for _, w := range []mw.Worker{{Slots: -1}, {Grace: -1}} {
		if err := mw.Work(bg, m, double, w); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
}

// Higher priorities go first, until the others have waited for long enough.
func TestPriorityAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[string, int]{Ageing: time.Second})
		submit := func(name string, priority int) {
			if _, err := m.SubmitAs(bg, mw.Terms{Priority: priority}, name); err != nil {
				t.Fatal(err)
			}
		}
		submit("low", -3)
		submit("plain 1", 0)
		time.Sleep(1500 * time.Millisecond)
		submit("plain 2", 0)
		submit("high", 1)    // 1.5 s later than plain 1, which is now worth more
		submit("highest", 5) //
		time.Sleep(1600 * time.Millisecond)
		submit("plain 3", 0) // 3.1 s later than low
		var order []string
		ended := work(bg, m, func(_ context.Context, name string) (int, error) {
			order = append(order, name)
			return 0, nil
		}, mw.Worker{})
		drain(t, m, ended)
		want := []string{"highest", "plain 1", "high", "plain 2", "low", "plain 3"}
		if !slices.Equal(order, want) {
			t.Errorf("%q, want %q", order, want)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Tries: 2, Backoff: mw.Backoff{First: time.Hour, Most: time.Hour}})
		causes := make(chan error, 1)
		ended := work(bg, m, func(ctx context.Context, i int) (int, error) {
			if i == 1 {
				return 0, errBad
			}
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return 0, ctx.Err()
		}, mw.Worker{Slots: 2})
		var tickets []mw.Ticket[int, int]
		for i := range 4 { // at a step, waiting for its next try, at a step, queued
			ticket, err := m.Submit(bg, i)
			if err != nil {
				t.Fatal(err)
			}
			tickets = append(tickets, ticket)
			synctest.Wait()
		}
		for _, i := range []int{0, 1, 3} {
			begin := time.Now()
			for range 2 {
				if err := tickets[i].Cancel(bg); err != nil {
					t.Error(err)
				}
			}
			if _, err := tickets[i].Await(bg); err != mw.ErrCancelled {
				t.Error(err)
			}
			if i == 0 && (<-causes != mw.ErrLost || time.Since(begin) > 0) {
				t.Error("the step was not told at once")
			}
		}
		ctx, cancel := context.WithCancelCause(bg)
		done := make(chan error)
		go func() { _, err := m.Do(ctx, 5); done <- err }()
		synctest.Wait()
		cancel(errBad)
		if err := <-done; err != errBad || <-causes != mw.ErrLost {
			t.Errorf("a Do that nobody waits for: %v", err)
		}
		if tickets[2].Cancel(bg) != nil || <-causes != mw.ErrLost {
			t.Error("cannot cancel")
		}
		if r := drain(t, m, ended); r.Cancelled != 5 || r.Accepted != 5 {
			t.Errorf("%+v", r)
		}
	})
}

func TestDrainThatHasToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{})
		ended := work(bg, m, func(ctx context.Context, i int) (int, error) {
			if i == 0 {
				return 0, nil
			}
			<-ctx.Done()
			if context.Cause(ctx) != mw.ErrClosed {
				t.Error(context.Cause(ctx))
			}
			return 0, ctx.Err()
		}, mw.Worker{})
		var last mw.Ticket[int, int]
		for i := range 4 {
			last, _ = m.SubmitAs(bg, mw.Terms{Key: fmt.Sprint("k", i)}, i)
		}
		waits := make(chan error)
		go func() { _, err := last.Await(bg); waits <- err }()
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBad)
		defer cancel()
		begin := time.Now()
		report, err := m.Drain(ctx)
		if err != errBad || time.Since(begin) != time.Second || report.Done != 1 || len(report.Left) != 3 {
			t.Errorf("%+v, %v", report, err)
		}
		for i, left := range report.Left {
			want := mw.Queued
			if i == 0 {
				want = mw.Leased
			}
			if left.In != i+1 || left.Terms.Key != fmt.Sprint("k", i+1) || left.State != want {
				t.Errorf("%+v", left)
			}
		}
		if err := <-ended; err != mw.ErrClosed {
			t.Error(err)
		}
		if err := <-waits; err != mw.ErrClosed {
			t.Error(err)
		}
		if _, err := m.Drain(bg); err != mw.ErrClosed {
			t.Error(err)
		}
		if last.Cancel(bg) != mw.ErrClosed || m.Close() != nil {
			t.Error("a closed master")
		}
	})
}

// Nothing begins under a context that is done.
func TestDoneContextIsRefused(t *testing.T) {
	m := open(t, mw.Rules[int, int]{Tries: 1})
	ticket, _ := m.Submit(bg, 1)
	ctx, cancel := context.WithCancelCause(bg)
	cancel(errBad)
	_, open := mw.Open(ctx, mw.Rules[int, int]{})
	_, submit := m.Submit(ctx, 1)
	_, do := m.Do(ctx, 1)
	_, await := ticket.Await(ctx)
	_, register := m.Register(ctx, mw.Hello{})
	_, pull := m.Pull(ctx, mw.Pull{}, make([]mw.Assignment[int], 1))
	_, beat := m.Beat(ctx, mw.Beat{})
	errs := []error{
		open, submit, do, await, register, pull, beat,
		ticket.Cancel(ctx), m.Report(ctx, mw.Outcome[int]{}), mw.Work(ctx, m, double, mw.Worker{}),
	}
	for i, err := range errs {
		if err != errBad {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if s := m.Stats(); s.Queued != 1 || s.Accepted != 1 {
		t.Errorf("%+v", s)
	}
	if _, err := m.Drain(ctx); err != errBad {
		t.Error(err)
	}
}

func TestHooksAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var retries []trivet.RetryInfo
		var dead []trivet.DeadLetterInfo
		var queue []trivet.QueueInfo
		var progress []trivet.ProgressInfo
		ctx := trivet.WithHooks(bg, &trivet.Hooks{
			Retry:      func(i trivet.RetryInfo) { retries = append(retries, i) },
			DeadLetter: func(i trivet.DeadLetterInfo) { dead = append(dead, i) },
			Queue:      func(i trivet.QueueInfo) { queue = append(queue, i) },
			Progress:   func(i trivet.ProgressInfo) { progress = append(progress, i) },
		})
		m, err := mw.Open(ctx, mw.Rules[int, int]{Name: "m", Tries: 2, Lease: 3 * time.Second, Backoff: mw.Backoff{First: time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			m.Submit(bg, i)
		}
		time.Sleep(time.Second)
		ended := work(bg, m, func(_ context.Context, i int) (int, error) {
			time.Sleep(5 * time.Second)
			if i == 0 {
				return 0, errBad
			}
			return 0, nil
		}, mw.Worker{})
		drain(t, m, ended)
		if len(retries) != 1 || retries[0].Tries != 1 || retries[0].Err != errBad || retries[0].Name != "m" || retries[0].Delay > time.Second {
			t.Errorf("%+v", retries)
		}
		if len(dead) != 1 || dead[0].Tries != 2 || dead[0].Err != errBad || dead[0].Name != "m" {
			t.Errorf("%+v", dead)
		}
		if len(queue) < 5 || queue[1].Depth != 1 || queue[1].Age != 2*time.Second || queue[1].Limit != 10_000 {
			t.Errorf("%+v", queue)
		}
		if len(progress) < 5 || progress[len(progress)-1].Total != 2 || progress[len(progress)-1].Unit != "jobs" {
			t.Errorf("%+v", progress)
		}
	})
}
