package masterworker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/task/masterworker"
)

// How do I have jobs done by workers, and get their results?
func Example() {
	ctx := context.Background()
	m, err := masterworker.Open(ctx, masterworker.Rules[string, string]{})
	if err != nil {
		panic(err)
	}
	shout := func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil }
	ended := make(chan error)
	go func() { ended <- masterworker.Work(ctx, m, shout, masterworker.Worker{Slots: 4}) }()

	out, err := m.Do(ctx, "hello")
	fmt.Println(out, err)

	report, err := m.Drain(ctx)
	fmt.Println(report.Done, "done,", err)
	fmt.Println(<-ended)
	// Output:
	// HELLO <nil>
	// 1 done, <nil>
	// <nil>
}

// How do I submit many jobs and collect the results?
func ExampleMaster_Submit() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[int, int]{})
	square := func(_ context.Context, i int) (int, error) { return i * i, nil }
	go masterworker.Work(ctx, m, square, masterworker.Worker{Slots: 4})

	var tickets []masterworker.Ticket[int, int]
	for i := range 5 {
		t, err := m.Submit(ctx, i) // waits while the master is full
		if err != nil {
			panic(err)
		}
		tickets = append(tickets, t)
	}
	for _, t := range tickets {
		out, err := t.Await(ctx)
		fmt.Print(out, " ", err, ", ")
	}
	_, _ = m.Drain(ctx)
	// Output: 0 <nil>, 1 <nil>, 4 <nil>, 9 <nil>, 16 <nil>,
}

// How do I submit a job that may have been submitted already?
func ExampleMaster_SubmitAs() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[string, int]{})
	builds := 0
	go masterworker.Work(ctx, m, func(context.Context, string) (int, error) { builds++; return builds, nil }, masterworker.Worker{})

	for range 3 { // a web hook that comes three times
		t, err := m.SubmitAs(ctx, masterworker.Terms{Key: "commit 4f2a", Priority: 1}, "4f2a")
		if err != nil {
			panic(err)
		}
		fmt.Println(t.Await(ctx))
	}
	_, _ = m.Drain(ctx)
	// Output:
	// 1 <nil>
	// 1 <nil>
	// 1 <nil>
}

// What happens to jobs that fail again and again?
func ExampleMaster_Letters() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[string, string]{
		Tries:   3,
		Backoff: masterworker.Backoff{First: time.Millisecond},
	})
	fetch := func(_ context.Context, url string) (string, error) {
		switch url {
		case "down":
			return "", errors.New("no answer")
		case "gone":
			return "", masterworker.Permanent(errors.New("404"))
		}
		return "page", nil
	}
	go masterworker.Work(ctx, m, fetch, masterworker.Worker{})

	for _, url := range []string{"up", "gone", "down"} {
		if _, err := m.Submit(ctx, url); err != nil {
			panic(err)
		}
	}
	for m.Stats().Dead < 2 {
		time.Sleep(time.Millisecond)
	}
	for _, l := range m.Letters() {
		fmt.Println(l.In, "failed", l.Tries, "times, at last:", l.Errs[len(l.Errs)-1])
		_ = l.Drop(ctx) // or l.Retry(ctx), once the cause is mended
	}
	_, _ = m.Drain(ctx)
	// Output:
	// gone failed 1 times, at last: 404
	// down failed 3 times, at last: no answer
}

// How do workers in other processes reach the master? By anything that carries
// bytes there and back.
func ExampleDial() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[int, []int]{})

	// The process of the master: answer every request that comes.
	answer := m.Answer

	// The process of the worker: send requests there, by HTTP, by NATS, or as here.
	transport := func(ctx context.Context, request []byte) ([]byte, error) {
		return answer(ctx, request)
	}
	far := masterworker.Dial(transport, masterworker.Codecs[int, []int]{}) // nil: JSON
	count := func(_ context.Context, n int) ([]int, error) { return slices.Repeat([]int{n}, n), nil }
	go masterworker.Work(ctx, far, count, masterworker.Worker{Name: "far"})

	fmt.Println(m.Do(ctx, 3))
	_, _ = m.Drain(ctx)
	// Output: [3 3 3] <nil>
}

// How do I see how far a job is, and stop it?
func ExampleTicket_Status() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[string, int]{Lease: 30 * time.Millisecond})
	render := func(ctx context.Context, film string) (int, error) {
		masterworker.Progress(ctx, 3, 10)
		<-ctx.Done() // scene 4 takes long
		return 0, context.Cause(ctx)
	}
	go masterworker.Work(ctx, m, render, masterworker.Worker{Name: "farm 1"})

	t, _ := m.Submit(ctx, "film")
	for t.Status().Done == 0 {
		time.Sleep(time.Millisecond)
	}
	s := t.Status()
	fmt.Println(s.State, "at", s.Worker, s.Done, "of", s.Total)
	_ = t.Cancel(ctx)
	_, err := t.Await(ctx)
	fmt.Println(err)
	_, _ = m.Drain(ctx)
	// Output:
	// leased at farm 1 3 of 10
	// masterworker: the job was cancelled
}

// How do I write where a worker that was thought dead must not?
func ExampleTryOf() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[string, string]{})
	written := masterworker.Token(0) // beside what is written, in the same store
	publish := func(ctx context.Context, page string) (string, error) {
		try, _ := masterworker.TryOf(ctx)
		if try.Token <= written {
			return "", errors.New("somebody else has it by now")
		}
		written = try.Token
		return "published " + page, nil
	}
	go masterworker.Work(ctx, m, publish, masterworker.Worker{})
	fmt.Println(m.Do(ctx, "index.html"))
	_, _ = m.Drain(ctx)
	// Output: published index.html <nil>
}

// How do I take a worker out, for an update, without losing what it does?
func ExampleWorker_until() {
	ctx := context.Background()
	m, _ := masterworker.Open(ctx, masterworker.Rules[int, int]{})
	until, leave := context.WithCancel(ctx)
	ended := make(chan error)
	step := func(_ context.Context, i int) (int, error) {
		leave() // a signal, for instance
		return i, nil
	}
	go func() { ended <- masterworker.Work(ctx, m, step, masterworker.Worker{Until: until}) }()
	fmt.Println(m.Do(ctx, 1))
	fmt.Println(<-ended)
	_ = m.Close()
	// Output:
	// 1 <nil>
	// <nil>
}
