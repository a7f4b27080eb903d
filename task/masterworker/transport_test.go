package masterworker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	mw "github.com/trivet-go/trivet/task/masterworker"
)

// loopback encodes everything and goes nowhere.
func loopback[In, Out any](m *mw.Master[In, Out]) mw.Transport {
	return func(ctx context.Context, request []byte) ([]byte, error) {
		reply, err := m.Answer(ctx, bytes.Clone(request))
		return bytes.Clone(reply), err
	}
}

func viaLoopback[In, Out any](m *mw.Master[In, Out]) mw.Link[In, Out] {
	return mw.Dial(loopback(m), mw.Codecs[In, Out]{})
}

type page struct {
	URL   string
	Depth int
	Links []string
}

// A program gives the same whether its worker is near or far, and however many
// slots that has.
func TestNearAndFar(t *testing.T) {
	run := func(far bool, slots int) (outcomes map[string]int) {
		outcomes = map[string]int{}
		synctest.Test(t, func(t *testing.T) {
			m := open(t, mw.Rules[page, map[string]int]{Tries: 3, Timeout: time.Minute, Backoff: mw.Backoff{First: time.Millisecond}})
			link := mw.Link[page, map[string]int](m)
			if far {
				link = viaLoopback(m)
			}
			ended := work(bg, link, func(ctx context.Context, p page) (map[string]int, error) {
				try, _ := mw.TryOf(ctx)
				switch {
				case p.Depth%10 == 1:
					return nil, errBad
				case p.Depth%10 == 2:
					return nil, mw.Permanent(fmt.Errorf("page %s: %w", p.URL, errBad))
				case p.Depth%10 == 3 && try.Number < 3:
					panic("poison")
				case p.Depth%10 == 4:
					runtime.Goexit()
				case p.Depth%10 == 5:
					<-ctx.Done()
					return nil, ctx.Err()
				case p.Depth%10 == 6:
					return nil, nil
				}
				return map[string]int{p.URL: p.Depth, "links " + strings.Join(p.Links, ","): len(p.Links), "key " + try.Key: try.Number}, nil
			}, mw.Worker{Slots: slots})
			var tickets []mw.Ticket[page, map[string]int]
			for i := range 100 {
				terms := mw.Terms{Priority: i % 3}
				if i%2 == 0 {
					terms.Key = fmt.Sprint("k", i)
				}
				ticket, err := m.SubmitAs(bg, terms, page{fmt.Sprint("page", i), i, make([]string, i%4)})
				if err != nil {
					t.Fatal(err)
				}
				tickets = append(tickets, ticket)
			}
			for _, ticket := range tickets {
				out, err := ticket.Await(bg)
				text := fmt.Sprint(out, err)
				if strings.Contains(text, "panic: poison") {
					text = "panic"
				}
				outcomes[text]++
			}
			r := drain(t, m, ended)
			r.Workers = nil
			outcomes[fmt.Sprintf("%+v", r.Stats)]++
		})
		return outcomes
	}
	differ := func(a, b map[string]int) (diff []string) {
		for text, n := range a {
			if b[text] != n {
				diff = append(diff, fmt.Sprint(n, " times and not ", b[text], ": ", text))
			}
		}
		return diff
	}
	want := run(false, 1)
	if len(want) < 20 {
		t.Errorf("%v", want)
	}
	for _, far := range []bool{false, true} {
		for _, slots := range []int{1, 4} {
			if got := run(far, slots); !maps.Equal(got, want) {
				t.Errorf("far %v, %d slots: %q\n%q", far, slots, differ(got, want), differ(want, got))
			}
		}
	}
}

func TestFarWorkerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[int, int]{Lease: 30 * time.Second})
		causes := make(chan error)
		ended := work(bg, viaLoopback(m), func(ctx context.Context, i int) (int, error) {
			mw.Progress(ctx, 3, 4)
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return 0, nil
		}, mw.Worker{Name: "far"})
		ticket, _ := m.Submit(bg, 1)
		time.Sleep(21 * time.Second)
		if s := ticket.Status(); s.Done != 3 || s.Total != 4 || s.Worker != "far" {
			t.Errorf("%+v", s)
		}
		begin := time.Now()
		ticket.Cancel(bg)
		if cause := <-causes; cause != mw.ErrLost || time.Since(begin) > 0 {
			t.Errorf("%v after %v", cause, time.Since(begin))
		}
		drain(t, m, ended)
	})
}

// A value that cannot be decoded where it arrives is the failure of its job.
func TestWhatCannotBeDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[string, string]{})
		far := mw.Dial(loopback(m), mw.Codecs[int, func()]{})
		ended := work(bg, far, func(_ context.Context, i int) (func(), error) { return func() {}, nil }, mw.Worker{})
		for _, in := range []string{"no number", "1"} {
			var dead *mw.DeadError
			if _, err := m.Do(bg, in); !errors.As(err, &dead) || dead.Tries != 1 {
				t.Error(err)
			}
		}
		drain(t, m, ended)
		n := open(t, mw.Rules[any, any]{})
		ended = work(bg, viaLoopback(n), func(_ context.Context, v any) (any, error) { return v, nil }, mw.Worker{})
		var dead *mw.DeadError
		if _, err := n.Do(bg, func() {}); !errors.As(err, &dead) {
			t.Error(err)
		}
		if out, err := n.Do(bg, "fine"); out != "fine" || err != nil {
			t.Error(out, err)
		}
		drain(t, n, ended)
	})
}

// A bad network between workers and a master that begins anew from its journal
// again and again: what clients were told stays true, and all jobs come to their
// end. Other than the simulation this runs what users run, goroutines and all.
func TestBadNetwork(t *testing.T) {
	runs := uint64(40)
	if testing.Short() {
		runs = 8
	}
	lost, late := int64(0), int64(0)
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) {
			c := &chaos{t: t, rand: rand.New(rand.NewPCG(seed, 2)), journal: newPaper(), told: map[string]int{}}
			c.run()
			lost, late = lost+c.lost, late+c.late
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if lost == 0 || late == 0 {
		t.Errorf("%d leases lost, %d late reports: the network is too good", lost, late)
	}
	t.Logf("%d leases lost, %d late reports", lost, late)
}

type chaos struct {
	t       *testing.T
	journal *paper

	mu     sync.Mutex
	rand   *rand.Rand
	master *mw.Master[int, int]
	calm   bool
	told   map[string]int // results that clients were told

	lost, late int64 // counts of all masters
}

func (c *chaos) chance(percent int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.calm && c.rand.IntN(100) < percent
}

func (c *chaos) upTo(most time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.rand.Int64N(int64(most)))
}

func (c *chaos) pause(most time.Duration) { time.Sleep(c.upTo(most)) }

func (c *chaos) now() *mw.Master[int, int] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.master
}

var errNetwork = errors.New("network")

// call loses requests and replies, and delays them.
func (c *chaos) call(ctx context.Context, request []byte) ([]byte, error) {
	c.pause(20 * time.Millisecond)
	if c.chance(10) {
		c.pause(time.Second)
		return nil, errNetwork
	}
	reply, err := loopback(c.now())(ctx, request)
	if c.chance(10) {
		return nil, errNetwork
	}
	return reply, err
}

func (c *chaos) open(journal *paper) {
	m := open(c.t, mw.Rules[int, int]{Journal: journal, Tries: 1000, Lease: 3 * time.Second, Room: 20})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.master, c.journal = m, journal
}

func (c *chaos) run() {
	c.journal.slow = time.Millisecond
	c.open(c.journal)
	ctx, stop := context.WithCancel(bg)
	defer stop()
	var ended []chan error
	for i := range 3 {
		ended = append(ended, c.keepWorking(ctx, fmt.Sprint("w", i)))
	}
	var clients sync.WaitGroup
	for i := range 30 {
		clients.Go(func() { c.client(i) })
	}
	for range 5 { // the master is killed
		c.pause(5 * time.Second)
		old := c.now()
		next := c.journal.kill()
		next.slow = time.Millisecond
		c.open(next)
		old.Close()
		c.count(old)
	}
	c.mu.Lock()
	c.calm = true
	c.mu.Unlock()
	clients.Wait()
	stop()
	for _, e := range ended {
		<-e
	}
	m := c.now()
	for i := range 30 {
		key := fmt.Sprint("k", i)
		ticket, found := m.Find(key)
		if !found {
			c.t.Errorf("%s is lost", key)
			continue
		}
		if out, err := ticket.Await(bg); err != nil || out != c.told[key] {
			c.t.Errorf("%s had %d, and has %d, %v", key, c.told[key], out, err)
		}
	}
	if err := m.Close(); err != nil {
		c.t.Error(err)
	}
	c.count(m)
}

func (c *chaos) count(m *mw.Master[int, int]) {
	s := m.Stats()
	c.lost, c.late = c.lost+s.Lost, c.late+s.Late
}

// keepWorking has a worker that is killed now and then, and begins anew.
func (c *chaos) keepWorking(ctx context.Context, name string) chan error {
	ended := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			life, stop := context.WithCancel(ctx)
			dies := make(chan bool)
			death := time.AfterFunc(c.upTo(20*time.Second), func() {
				close(dies)
				stop()
			})
			link := mw.Dial(func(ctx context.Context, request []byte) ([]byte, error) {
				select {
				case <-dies:
					return nil, errNetwork // a process that was killed has no last word
				default:
					return c.call(ctx, request)
				}
			}, mw.Codecs[int, int]{})
			_ = mw.Work(life, link, func(ctx context.Context, i int) (int, error) {
				c.pause(2 * time.Second)
				if c.chance(10) {
					return 0, errBad
				}
				try, _ := mw.TryOf(ctx)
				return int(try.Token), nil
			}, mw.Worker{Name: name, Slots: 2})
			death.Stop()
			stop()
		}
		ended <- nil
	}()
	return ended
}

// client submits a job until it is told that it is accepted, and asks for its
// result, again and again.
func (c *chaos) client(i int) {
	key := fmt.Sprint("k", i)
	for times := 0; times < 3; {
		ticket, err := c.now().SubmitAs(bg, mw.Terms{Key: key}, i)
		if err == nil {
			var out int
			if out, err = ticket.Await(bg); err == nil {
				times++
				c.mu.Lock()
				if before, known := c.told[key]; known && before != out {
					c.t.Errorf("%s had %d, and has %d", key, before, out)
				}
				c.told[key] = out
				c.mu.Unlock()
			}
		}
		if err != nil && !errors.Is(err, mw.ErrClosed) {
			c.t.Error(err)
			return
		}
		c.pause(time.Second)
	}
}

func FuzzAnswer(f *testing.F) {
	var mu sync.Mutex
	var requests [][]byte
	m, err := mw.Open(bg, mw.Rules[int, int]{})
	if err != nil {
		f.Fatal(err)
	}
	spy := mw.Dial(func(ctx context.Context, request []byte) ([]byte, error) {
		mu.Lock()
		requests = append(requests, bytes.Clone(request))
		mu.Unlock()
		return m.Answer(ctx, request)
	}, mw.Codecs[int, int]{})
	ended := work(bg, spy, double, mw.Worker{Name: "w"})
	if _, err := m.Do(bg, 1); err != nil {
		f.Fatal(err)
	}
	if _, err := m.Drain(bg); err != nil {
		f.Fatal(err)
	}
	<-ended
	for _, r := range requests {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		m, err := mw.Open(bg, mw.Rules[int, int]{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Submit(bg, 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(bg)
		cancel() // nobody waits
		before := slices.Clone(request)
		reply, err := m.Answer(ctx, request)
		if err == nil && len(reply) == 0 || !bytes.Equal(before, request) {
			t.Errorf("%q: %q, %v", request, reply, err)
		}
		link := mw.Dial(func(context.Context, []byte) ([]byte, error) { return request, nil }, mw.Codecs[int, int]{})
		var buf [2]mw.Assignment[int]
		if n, err := link.Pull(bg, mw.Pull{}, buf[:]); n > 2 || err == nil && n == 0 && len(request) > 1 {
			t.Errorf("%q: %d jobs, %v", request, n, err)
		}
		_, _ = link.Beat(bg, mw.Beat{})
		_, _ = link.Register(bg, mw.Hello{})
		_ = link.Report(bg, mw.Outcome[int]{})
	})
}
