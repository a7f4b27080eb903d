package masterworker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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
