package masterworker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	mw "github.com/trivet-go/trivet/task/masterworker"
)

// paper is a journal in memory.
type paper struct {
	slow time.Duration // how long a commit takes
	fail func(batch []mw.Entry) error

	mu      sync.Mutex
	dead    bool
	entries map[string][]byte
	batches int
}

func newPaper() *paper { return &paper{entries: map[string][]byte{}} }

func (p *paper) Load(context.Context) iter.Seq2[mw.Entry, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := maps.Clone(p.entries)
	return func(yield func(mw.Entry, error) bool) {
		for k, v := range all {
			if !yield(mw.Entry{Key: k, Value: v}, nil) {
				return
			}
		}
	}
}

func (p *paper) Commit(ctx context.Context, batch []mw.Entry) error {
	time.Sleep(p.slow)
	if p.fail != nil {
		if err := p.fail(batch); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errors.New("killed")
	}
	p.batches++
	for _, e := range batch {
		if e.Value == nil {
			delete(p.entries, e.Key)
		} else {
			p.entries[e.Key] = append([]byte(nil), e.Value...)
		}
	}
	return nil
}

// has reports whether an entry has the text in it.
func (p *paper) has(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, value := range p.entries {
		if bytes.Contains(value, []byte(text)) {
			return true
		}
	}
	return false
}

// kill kills the process that has the journal, and returns what another one
// finds.
func (p *paper) kill() *paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	return &paper{entries: maps.Clone(p.entries)}
}

type point struct{ X, Y int }

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		rules := mw.Rules[point, string]{Journal: journal, Tries: 2, Lease: 10 * time.Second, Backoff: mw.Backoff{First: time.Hour}}
		m := open(t, rules)
		submit := func(key string, x int) mw.Ticket[point, string] {
			ticket, err := m.SubmitAs(bg, mw.Terms{Key: key, Priority: x}, point{x, -x})
			if err != nil {
				t.Fatal(err)
			}
			return ticket
		}
		pull := func(m *mw.Master[point, string], worker string) mw.Token {
			var buf [1]mw.Assignment[point]
			if n, err := m.Pull(bg, mw.Pull{Worker: worker}, buf[:]); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			return buf[0].Token
		}
		report := func(m *mw.Master[point, string], o mw.Outcome[string]) error { return m.Report(bg, o) }

		done := submit("done", 9)
		if err := report(m, mw.Outcome[string]{Token: pull(m, "w"), Out: "result"}); err != nil {
			t.Fatal(err)
		}
		submit("dead", 8)
		if err := report(m, mw.Outcome[string]{Token: pull(m, "w"), Err: errBad, Permanent: true}); err != nil {
			t.Fatal(err)
		}
		submit("failed", 7)
		if err := report(m, mw.Outcome[string]{Token: pull(m, "w"), Err: errBad}); err != nil {
			t.Fatal(err)
		}
		submit("leased", 6)
		token := pull(m, "w")
		submit("leased too", 5)
		late := pull(m, "v")
		submit("queued", 4)
		if err := submit("cancelled", 3).Cancel(bg); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Submit(bg, point{}); err != nil { // without a key
			t.Fatal(err)
		}
		if out, err := done.Await(bg); out != "result" || err != nil {
			t.Error(out, err)
		}

		rules.Journal = journal.kill() // this process is killed
		next := open(t, rules)
		states := map[string]mw.State{
			"done": mw.Done, "dead": mw.Dead, "failed": mw.Failed, "leased": mw.Leased, "leased too": mw.Leased, "queued": mw.Queued, "cancelled": mw.Cancelled,
		}
		for key, want := range states {
			ticket, found := next.Find(key)
			if !found || ticket.Status().State != want {
				t.Errorf("%s is %v", key, ticket.Status().State)
			}
		}
		s := next.Stats()
		if s.Accepted != 8 || s.Queued != 2 || s.Leased != 2 || s.Failed != 1 || s.Letters != 1 {
			t.Errorf("%+v", s)
		}
		if letters := next.Letters(); len(letters) != 1 || letters[0].In != (point{8, -8}) || letters[0].Errs[0].Error() != "bad" {
			t.Errorf("%+v", letters)
		}
		if ticket, _ := next.Find("done"); ticket.Status().Tries != 1 {
			t.Errorf("%+v", ticket.Status())
		}
		// The worker has outlived the master.
		if lost, err := next.Beat(bg, mw.Beat{Worker: "w", Holds: []mw.Held{{Token: token}}}); len(lost) > 0 || err != nil {
			t.Error(lost, err)
		}
		if err := report(next, mw.Outcome[string]{Token: token, Out: "result"}); err != nil {
			t.Error(err)
		}
		// The other one has not. Nobody gets its token.
		time.Sleep(11 * time.Second)
		if ticket, _ := next.Find("leased too"); ticket.Status().State != mw.Queued {
			t.Errorf("%+v", ticket.Status())
		}
		if again := pull(next, "x"); again <= late {
			t.Errorf("token %d after %d", again, late)
		}
		if err := report(next, mw.Outcome[string]{Token: late, Out: "late"}); err != mw.ErrLate {
			t.Error(err)
		}
		m.Close()
		next.Close()
	})
}

// Tokens and ids do not come again, also when every job is forgotten.
func TestTokensGrowForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		last := mw.Token(0)
		for range 3 {
			m := open(t, mw.Rules[int, int]{Journal: journal})
			ended := work(bg, m, func(ctx context.Context, _ int) (int, error) {
				try, _ := mw.TryOf(ctx)
				if try.Token <= last {
					t.Errorf("token %d after %d", try.Token, last)
				}
				last = try.Token
				return 0, nil
			}, mw.Worker{})
			for range 3 {
				if _, err := m.Submit(bg, 1); err != nil {
					t.Error(err)
				}
			}
			drain(t, m, ended)
			if len(journal.entries) != 1 {
				t.Errorf("the journal has %d entries", len(journal.entries))
			}
		}
	})
}

// Calls share commits, and return when theirs is written.
func TestCommitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		journal.slow = time.Second
		m := open(t, mw.Rules[int, int]{Journal: journal})
		begin := time.Now()
		var clients sync.WaitGroup
		for i := range 100 {
			if i == 50 {
				time.Sleep(time.Second / 2) // in the middle of the first commit
			}
			clients.Go(func() {
				key := fmt.Sprint("job ", i, ".")
				if _, err := m.SubmitAs(bg, mw.Terms{Key: key}, i); err != nil {
					t.Error(err)
				}
				if !journal.has(key) {
					t.Errorf("%s is accepted and not written", key)
				}
				if took := time.Since(begin); took != time.Second && took != 2*time.Second {
					t.Errorf("returned after %v", took)
				}
			})
		}
		clients.Wait()
		if journal.batches > 2 {
			t.Errorf("%d commits", journal.batches)
		}
		ctx, cancel := context.WithTimeoutCause(bg, time.Millisecond, errBad)
		defer cancel()
		if _, err := m.SubmitAs(ctx, mw.Terms{Key: "k"}, 1); err != errBad {
			t.Errorf("a client that cannot wait: %v", err)
		}
		if _, found := m.Find("k"); !found {
			t.Error("it was accepted all the same")
		}
		begin = time.Now()
		if _, err := m.SubmitAs(bg, mw.Terms{Key: "k"}, 1); err != nil || time.Since(begin) != time.Second-time.Millisecond {
			t.Errorf("told after %v, before it was written: %v", time.Since(begin), err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A worker that cannot wait until its lease is written does not have it.
func TestPullThatCannotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		journal.slow = time.Second
		m := open(t, mw.Rules[int, int]{Journal: journal, Tries: 1})
		ticket, err := m.Submit(bg, 7)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(bg, time.Millisecond, errBad)
		defer cancel()
		var buf [1]mw.Assignment[int]
		if n, err := m.Pull(ctx, mw.Pull{Worker: "w"}, buf[:]); n != 0 || err != errBad || buf[0].In != 0 {
			t.Error(n, err, buf)
		}
		if s := ticket.Status(); s.State != mw.Queued || s.Tries != 0 {
			t.Errorf("%+v", s)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What is not written is told to nobody, and a master whose journal fails ends.
func TestJournalThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, panics := range []bool{false, true} {
			journal := newPaper()
			m := open(t, mw.Rules[int, int]{Name: "m", Journal: journal})
			ended := work(bg, m, double, mw.Worker{})
			if out, err := m.Do(bg, 1); out != 2 || err != nil {
				t.Error(out, err)
			}
			journal.fail = func(batch []mw.Entry) error {
				if panics {
					panic("disk")
				}
				return errBad
			}
			var p *trivet.PanicError
			ok := func(err error) bool {
				return errors.Is(err, mw.ErrClosed) && (errors.Is(err, errBad) || errors.As(err, &p))
			}
			if _, err := m.Submit(bg, 2); !ok(err) {
				t.Error(err)
			}
			if _, err := m.Submit(bg, 2); !ok(err) {
				t.Error(err)
			}
			if err := <-ended; !ok(err) {
				t.Error(err)
			}
			if _, err := m.Drain(bg); !ok(err) {
				t.Error(err)
			}
			if err := m.Close(); !ok(err) {
				t.Error(err)
			}
			journal.fail = nil
			again := open(t, mw.Rules[int, int]{Journal: journal})
			drain(t, again)
		}
	})
}

// A result that the journal does not have yet is not told.
func TestResultWaitsForJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		m := open(t, mw.Rules[int, int]{Journal: journal})
		ticket, err := m.Submit(bg, 1)
		if err != nil {
			t.Fatal(err)
		}
		var buf [1]mw.Assignment[int]
		if _, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf[:]); err != nil {
			t.Fatal(err)
		}
		journal.fail = func([]mw.Entry) error { return errBad }
		got := make(chan error)
		go func() { _, err := ticket.Await(bg); got <- err }()
		synctest.Wait()
		if err := m.Report(bg, mw.Outcome[int]{Token: buf[0].Token, Out: 2}); !errors.Is(err, errBad) {
			t.Error(err)
		}
		if err := <-got; !errors.Is(err, errBad) {
			t.Errorf("a result is told that a restart would not have: %v", err)
		}
		m.Close()
	})
}

func TestJournalThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		release := make(chan bool)
		journal.fail = func([]mw.Entry) error { <-release; return nil }
		m := open(t, mw.Rules[int, int]{Name: "m", Journal: journal})
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBad)
		defer cancel()
		if _, err := m.Submit(ctx, 1); err != errBad {
			t.Error(err)
		}
		var stuck *trivet.StuckError
		if err := m.Close(); !errors.As(err, &stuck) || stuck.Name != "m" {
			t.Error(err)
		}
		close(release)
	})
}

func TestJournalThatIsNone(t *testing.T) {
	for _, entries := range []map[string]string{
		{"numbers": ""}, {"numbers": "\x02\x01\x01"}, {"numbers": "\x01"}, {"shoe": "\x01"}, {"job/xyz": "\x01"},
		{"job/0000000000000001": "\x01"},
		{"job/0000000000000001": "\x01\x00\x00\x00\x011", "state/0000000000000001": "\x01\x09\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"job/0000000000000001": "\x01\x00\x00\x00\x01x", "state/0000000000000001": "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"job/0000000000000001": "\x01\x00\x00\x00\x01x", "state/0000000000000001": "\x01\x04\x00\x00\x00\x00\x00\x00\x00\x01x"},
	} {
		p := newPaper()
		for k, v := range entries {
			p.entries[k] = []byte(v)
		}
		if _, err := mw.Open(bg, mw.Rules[int, int]{Journal: p}); err == nil {
			t.Errorf("%q is taken", entries)
		}
	}
}

func FuzzLoad(f *testing.F) {
	p := newPaper()
	m, err := mw.Open(bg, mw.Rules[int, int]{Journal: p})
	if err != nil {
		f.Fatal(err)
	}
	var buf [1]mw.Assignment[int]
	for i := range 4 {
		if _, err := m.SubmitAs(bg, mw.Terms{Key: fmt.Sprint(i)}, i); err != nil {
			f.Fatal(err)
		}
		if _, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf[:]); err != nil {
			f.Fatal(err)
		}
		o := mw.Outcome[int]{Token: buf[0].Token}
		if i > 0 {
			o.Err, o.Permanent = errBad, i > 1
		}
		if err := m.Report(bg, o); i < 3 && err != nil {
			f.Fatal(err)
		}
		f.Add(p.entries[fmt.Sprintf("job/%016x", i+1)], p.entries[fmt.Sprintf("state/%016x", i+1)], p.entries["numbers"])
	}
	m.Close()
	f.Fuzz(func(t *testing.T, job, state, numbers []byte) {
		p := newPaper()
		p.entries = map[string][]byte{"job/0000000000000001": job, "state/0000000000000001": state, "numbers": numbers}
		m, err := mw.Open(bg, mw.Rules[int, int]{Journal: p, Tries: 1 << 60})
		if err != nil {
			return
		}
		var buf [1]mw.Assignment[int]
		if n, err := m.Pull(bg, mw.Pull{Worker: "x", Wait: 1}, buf[:]); n == 1 && err == nil {
			if err := m.Report(bg, mw.Outcome[int]{Token: buf[0].Token, Err: errBad}); err != nil {
				t.Error(err)
			}
		}
		s := m.Stats()
		if sum := int64(s.Queued+s.Leased+s.Failed) + s.Done + s.Dead + s.Cancelled; s.Accepted != 1 || sum != 1 {
			t.Errorf("%+v", s)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What cannot be encoded is an error of the one who brought it.
func TestWhatCannotBeEncoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := open(t, mw.Rules[any, any]{Journal: newPaper()})
		if _, err := m.Submit(bg, func() {}); err == nil {
			t.Error("a function in a journal")
		}
		ended := work(bg, m, func(_ context.Context, v any) (any, error) { return func() {}, nil }, mw.Worker{})
		var dead *mw.DeadError
		if _, err := m.Do(bg, 1); !errors.As(err, &dead) || dead.Tries != 1 {
			t.Error(err)
		}
		drain(t, m, ended)
	})
}

// A process that dies again and again while it tries a job does not try it for
// ever.
func TestTriesAreCountedOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := newPaper()
		for life := 1; ; life++ {
			m := open(t, mw.Rules[int, int]{Journal: journal, Tries: 3})
			ticket, err := m.SubmitAs(bg, mw.Terms{Key: "poison"}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Register(bg, mw.Hello{Worker: "w"}); err != nil {
				t.Fatal(err)
			}
			s := ticket.Status()
			if s.State == mw.Dead {
				if life != 4 || len(s.Errs) != 3 || fmt.Sprint(s.Errs[2]) != `masterworker: try 3: worker "w" was not heard of within its lease` {
					t.Errorf("%d lives: %v", life, s.Errs)
				}
				m.Close()
				return
			}
			var buf [1]mw.Assignment[int]
			if n, err := m.Pull(bg, mw.Pull{Worker: "w"}, buf[:]); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			journal = journal.kill()
			m.Close()
		}
	})
}
