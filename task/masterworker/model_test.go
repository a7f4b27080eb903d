package masterworker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// The model walks through all orders of events of a small world, up to a depth:
// two jobs that are submitted, perhaps twice, and cancelled; two workers that
// pull, lose answers, ask again, beat, report, report again, die and register;
// time that passes to the next end of a lease or pause; a master that begins
// anew from its journal. A world is rebuilt by replaying its path.
//
// The small books that it keeps say who may report. In each world the lists of
// the machine must agree with its jobs, and all jobs must still come to an end.
type modelWorld struct {
	m     *machine[int, int]
	disk  map[string][]byte
	now   moment
	hands [2][]Token // what each worker works on
	asks  [2]uint64  // the last one
	asked uint64

	holder  map[Token]modelLease // who may report
	lapsed  map[Token]modelLease // whose time was over
	top     Token
	settled [2]State
	results [2]int
	wrong   string
}

type modelLease struct {
	job    int
	worker int
	until  moment
}

// modelRules have no randomness: a pause is as long as it can be.
var modelRules = func() *Rules[int, int] {
	r := &Rules[int, int]{Lease: 10, Tries: 2, Backoff: Backoff{First: 4, Most: 4}, Journal: onDisk{}}
	r.fill()
	return r
}()

func newModelWorld() *modelWorld {
	w := &modelWorld{disk: map[string][]byte{}, holder: map[Token]modelLease{}, lapsed: map[Token]modelLease{}, now: 1}
	w.begin()
	return w
}

func (w *modelWorld) begin() {
	w.m = newMachine(modelRules, func(most moment) moment { return most })
	err := w.m.load(w.now, func(yield func(Entry, error) bool) {
		for _, k := range slices.Sorted(maps.Keys(w.disk)) {
			if !yield(Entry{k, w.disk[k]}, nil) {
				return
			}
		}
	})
	if err != nil {
		w.fail("load: %v", err)
	}
}

func (w *modelWorld) fail(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// after books what every event may have left.
func (w *modelWorld) after() {
	for _, e := range w.m.save() {
		if e.Value == nil {
			delete(w.disk, e.Key)
		} else {
			w.disk[e.Key] = slices.Clone(e.Value)
		}
	}
	w.m.changes = changes[int, int]{}
	for t, l := range w.holder {
		if l.until <= w.now {
			delete(w.holder, t)
			w.lapsed[t] = l
		}
	}
	if err := w.m.inspect(); err != nil {
		w.fail("%v", err)
	}
	for n := range 2 {
		j := w.m.keys[modelKey(n)]
		switch {
		case j == nil:
		case w.settled[n] == Done && (j.state != Done || j.out != w.results[n]):
			w.fail("job %d was done with %d, and is %v with %d", n, w.results[n], j.state, j.out)
		case w.settled[n] != 0 && j.state != w.settled[n]:
			w.fail("job %d was %v, and is %v", n, w.settled[n], j.state)
		case j.state.settled():
			w.settled[n], w.results[n] = j.state, j.out
		}
	}
}

func modelKey(n int) string { return fmt.Sprint("k", n) }

// A modelEvent is something that may happen: to job or worker n, with the ith of
// what a worker has in hands.
type modelEvent struct {
	what string
	n, i int
}

// events returns what may happen now.
func (w *modelWorld) events() (all []modelEvent) {
	for n := range 2 {
		all = append(all, modelEvent{"submit", n, 0})
		if w.m.keys[modelKey(n)] != nil {
			all = append(all, modelEvent{"cancel", n, 0})
		}
		all = append(all, modelEvent{"pull", n, 0}, modelEvent{"pull in vain", n, 0})
		if w.asks[n] != 0 {
			all = append(all, modelEvent{"ask again", n, 0})
		}
		if len(w.hands[n]) > 0 {
			all = append(all, modelEvent{"beat", n, 0}, modelEvent{"die", n, 0}, modelEvent{"register", n, 0})
		}
		for i := range w.hands[n] {
			for _, what := range []string{"done", "done, no answer", "failed", "permanent", "gave back"} {
				all = append(all, modelEvent{what, n, i})
			}
		}
	}
	if _, any := w.m.next(); any {
		all = append(all, modelEvent{"time", 0, 0}, modelEvent{"time, and the timer is late", 0, 0})
	}
	return append(all, modelEvent{"restart", 0, 0})
}

func (w *modelWorld) do(e modelEvent) {
	switch e.what {
	case "submit":
		before := w.m.keys[modelKey(e.n)]
		j := w.m.submit(w.now, Terms{Key: modelKey(e.n), Priority: e.n}, e.n, fmt.Append(nil, e.n))
		if before != nil && j != before {
			w.fail("job %d twice", e.n)
		}
	case "cancel":
		if w.m.cancel(w.now, w.m.keys[modelKey(e.n)]) {
			maps.DeleteFunc(w.holder, func(_ Token, l modelLease) bool { return l.job == e.n })
		}
	case "pull", "pull in vain", "ask again":
		w.pull(e)
	case "beat":
		w.beat(e.n)
	case "die":
		w.hands[e.n], w.asks[e.n] = nil, 0
	case "register":
		w.m.register(w.now, Hello{Worker: modelName(e.n), Holds: w.hands[e.n]})
		maps.DeleteFunc(w.holder, func(t Token, l modelLease) bool {
			return l.worker == e.n && !slices.Contains(w.hands[e.n], t)
		})
	case "time":
		at, _ := w.m.next()
		w.now = max(w.now, at)
		w.m.pass(w.now)
	case "time, and the timer is late":
		at, _ := w.m.next()
		w.now = max(w.now, at)
	case "restart":
		w.begin()
		for t, l := range w.lapsed { // if nobody had noticed, it never ended
			if w.m.leases[t] != nil {
				w.holder[t] = l
			}
		}
		for t, l := range w.holder {
			l.until = w.now + moment(modelRules.Lease)
			w.holder[t] = l
		}
	default:
		w.report(e)
	}
	w.after()
}

func modelName(n int) string { return fmt.Sprint("w", n) }

func (w *modelWorld) pull(e modelEvent) {
	again := e.what == "ask again"
	if !again {
		w.asked++
		w.asks[e.n] = w.asked
	}
	var buf [1]*job[int, int]
	if w.m.pull(w.now, modelName(e.n), w.asks[e.n], again, buf[:]) == 0 {
		return
	}
	j := buf[0]
	switch l, held := w.holder[j.token]; {
	case held && (!again || l.worker != e.n || l.job != j.in):
		w.fail("token %d again", j.token)
	case !held && j.token <= w.top:
		w.fail("token %d after %d", j.token, w.top)
	case !held && w.settled[j.in] != 0:
		w.fail("job %d is begun, and was %v", j.in, w.settled[j.in])
	}
	for t, l := range w.holder {
		if t != j.token && l.job == j.in && l.until > w.now {
			w.fail("job %d has two holders", j.in)
		}
	}
	w.top = max(w.top, j.token)
	w.holder[j.token] = modelLease{j.in, e.n, w.now + moment(modelRules.Lease)}
	if e.what != "pull in vain" && !slices.Contains(w.hands[e.n], j.token) {
		w.hands[e.n] = append(w.hands[e.n], j.token)
	}
}

func (w *modelWorld) beat(n int) {
	var holds []Held
	for _, t := range w.hands[n] {
		holds = append(holds, Held{Token: t})
	}
	lost := w.m.beat(w.now, modelName(n), holds)
	for _, t := range w.hands[n] {
		l, held := w.holder[t]
		if held == slices.Contains(lost, t) {
			w.fail("token %d: held %v, told lost: %v", t, held, lost)
		}
		if held {
			l.until = w.now + moment(modelRules.Lease)
			w.holder[t] = l
		}
	}
	w.hands[n] = slices.DeleteFunc(w.hands[n], func(t Token) bool { return slices.Contains(lost, t) })
}

func (w *modelWorld) report(e modelEvent) {
	t := w.hands[e.n][e.i]
	o := Outcome[int]{Token: t, Out: int(t)}
	switch e.what {
	case "failed":
		o.Err = errors.New("bad")
	case "permanent":
		o.Err, o.Permanent = errors.New("bad"), true
	case "gave back":
		o.GaveBack = true
	}
	_, held := w.holder[t]
	if inTime := w.m.report(w.now, t, o, fmt.Append(nil, o.Out)); inTime != held {
		w.fail("token %d: held %v, report accepted %v", t, held, inTime)
	}
	delete(w.holder, t)
	if e.what != "done, no answer" {
		w.hands[e.n] = slices.Delete(w.hands[e.n], e.i, e.i+1)
	}
}

// heal lets a good worker finish everything, and reports whether it could.
func (w *modelWorld) heal() bool {
	for range 20 {
		var buf [2]*job[int, int]
		n := w.m.pull(w.now, "healer", 0, false, buf[:])
		for _, j := range buf[:n] {
			w.m.report(w.now, j.token, Outcome[int]{Out: 1}, []byte("1"))
		}
		at, any := w.m.next()
		if !any {
			break
		}
		w.now = max(w.now, at)
		w.m.pass(w.now)
	}
	return w.m.unfinished() == 0
}

// fingerprint tells worlds apart by all that can decide what happens next.
func (w *modelWorld) fingerprint() string {
	s := fmt.Sprint(w.hands, w.asks, w.m.tokens, w.settled, w.results)
	for n := range 2 {
		if j := w.m.keys[modelKey(n)]; j != nil {
			name := ""
			if j.worker != nil {
				name = j.worker.name
			}
			s += fmt.Sprintln(j.state, j.tries, j.token, name, j.ask, max(0, j.ends-w.now), max(0, j.due-w.now), j.id)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(w.holder)) {
		s += fmt.Sprintln(t, w.holder[t].until-w.now)
	}
	return s
}

func TestModel(t *testing.T) {
	depth := 4 // 6 are 53,000 worlds
	if testing.Short() {
		depth = 3
	}
	begin := time.Now()
	paths, seen := [][]modelEvent{{{"submit", 0, 0}, {"submit", 1, 0}}}, map[string]bool{}
	replay := func(path []modelEvent) *modelWorld {
		w := newModelWorld()
		for _, e := range path {
			w.do(e)
		}
		return w
	}
	for d := 0; d <= depth; d++ {
		var next [][]modelEvent
		for _, path := range paths {
			w := replay(path)
			f := w.fingerprint()
			events := w.events()
			if !seen[f] && !w.heal() {
				w.fail("jobs are left for ever: %v", w.m.in)
			}
			if w.wrong != "" {
				t.Fatalf("%s\nafter %v", w.wrong, path)
			}
			if seen[f] {
				continue
			}
			seen[f] = true
			for _, e := range events {
				next = append(next, append(path[:len(path):len(path)], e))
			}
		}
		paths = next
	}
	t.Logf("%d worlds up to %d events behind two jobs, in %v", len(seen), depth, time.Since(begin))
}
