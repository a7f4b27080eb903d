package actors_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Walkers on several nodes call each other at random. An oracle sees every wait, every
// message and every answer, and judges: nobody is told of a circle that has not been
// there, none lasts, and no message is handled that was refused for one.

// An oracleWait is one Call of a walker.
type oracleWait struct {
	who, to                       string
	begin, arrived, answered, end int // when, by the oracle's clock; 0: not yet
	arrivedAt                     time.Duration
	local, ran                    bool
}

// holds reports whether the one waits, and the other one has the question.
func (w *oracleWait) holds() bool { return w.arrived > 0 && w.answered == 0 && w.end == 0 }

func (w *oracleWait) held(at int) bool {
	return w.arrived > 0 && w.arrived <= at && (w.answered == 0 || at < w.answered) && (w.end == 0 || at < w.end)
}

type oracle struct {
	now     func() time.Duration
	clock   int
	all     []*oracleWait          // by the ID of the message
	last    *oracleWait            // that has begun
	remote  map[string]*oracleWait // by question
	errs    []error
	circles int
	longest time.Duration // how long a circle was there until somebody was told
	patient time.Duration // how long one may
}

func (o *oracle) tick() int { o.clock++; return o.clock }

func (o *oracle) fail(format string, args ...any) {
	o.errs = append(o.errs, fmt.Errorf(format, args...))
}

// asks is told before a Call, and returns the ID for its message.
func (o *oracle) asks(who, to string) (id int) {
	w := &oracleWait{who: who, to: to, begin: o.tick(), local: true}
	w.arrived, w.arrivedAt = w.begin, o.now()
	o.all = append(o.all, w)
	o.last = w
	return len(o.all)
}

// runs is told when the method begins for a message, and again when it returns.
func (o *oracle) runs(id int) (over func()) {
	if id == 0 {
		return func() {}
	}
	w := o.all[id-1]
	w.ran = true
	return func() {
		if w.local && w.answered == 0 {
			w.answered = o.tick()
		}
	}
}

// heard is told when the Call has returned.
func (o *oracle) heard(id int, err error) {
	w, now := o.all[id-1], o.tick()
	var circle *actors.CycleError
	if errors.As(err, &circle) && circle.Path[0] == w.who {
		o.circles++
		if w.ran {
			o.fail("%v: it was refused, and handled", circle)
		}
		if !o.was(circle.Path, w, now) {
			o.fail("%v: it has not been there", circle)
		}
	} else if since, ok := o.closed(w); ok && o.now()-since > o.patient {
		o.fail("%s waited for %s in a circle for %v, and got %v", w.who, w.to, o.now()-since, err)
	}
	w.end = now
}

// was reports whether a circle was there at one moment of w.
func (o *oracle) was(path []string, w *oracleWait, now int) bool {
	var on [][]*oracleWait // who may be each edge
	for i := range path[1:] {
		var edges []*oracleWait
		for _, e := range o.all {
			if e.who == path[i] && e.to == path[i+1] && (e.end == 0 || e.end > w.begin) {
				edges = append(edges, e)
			}
		}
		on = append(on, edges)
	}
	for at := w.begin; at <= now; at++ {
		all := true
		for i, edges := range on {
			some := false
			for _, e := range edges {
				some = some || e.held(at) || i == 0 && e == w
			}
			all = all && some
		}
		if all {
			o.longest = max(o.longest, o.since(on, at))
			return true
		}
	}
	return false
}

// since is how long a circle that was there is.
func (o *oracle) since(on [][]*oracleWait, at int) time.Duration {
	begin := time.Duration(0)
	for _, edges := range on {
		for _, e := range edges {
			if e.held(at) {
				begin = max(begin, e.arrivedAt)
			}
		}
	}
	return o.now() - begin
}

// closed reports whether w is in a circle now, and since when.
func (o *oracle) closed(w *oracleWait) (since time.Duration, ok bool) {
	waits := map[string]*oracleWait{}
	for _, e := range o.all {
		if e.holds() {
			waits[e.who] = e
		}
	}
	for e, n := waits[w.who], 0; e != nil && n <= len(waits); e, n = waits[e.to], n+1 {
		since = max(since, e.arrivedAt)
		if e.to == w.who {
			return since, true
		}
	}
	return 0, false
}

// A spy is a network that tells the oracle, and may lose probes.
type spy struct {
	actors.Network
	oracle *oracle
	lose   func() bool // the next probe
}

func (s *spy) Join(node string, receive func([]byte)) (leave func(), err error) {
	return s.Network.Join(node, func(message []byte) {
		if what, life, number := actors.Frame(message); what == "ask" {
			if w := s.oracle.remote[fmt.Sprint(life, number)]; w != nil && w.arrived == 0 {
				w.arrived, w.arrivedAt = s.oracle.tick(), s.oracle.now()
			}
		}
		receive(message)
	})
}

func (s *spy) Send(from, to string, message []byte) error {
	what, life, number := actors.Frame(message)
	key := fmt.Sprint(life, number)
	switch o := s.oracle; what {
	case "probe":
		if s.lose() {
			return nil
		}
	case "ask":
		o.last.local, o.last.arrived = false, 0
		o.remote[key] = o.last
	case "answer":
		if w := o.remote[key]; w != nil && w.answered == 0 {
			w.answered = o.tick()
		}
	}
	return s.Network.Send(from, to, message)
}

type walks struct {
	nodes, actors, clients int
	faults                 actors.Faults
	loseProbes             float64
	hurry                  bool // some give up early
	patient                time.Duration
}

// walkAbout runs one simulation, and returns what the oracle has seen.
func walkAbout(seed uint64, w walks) (o *oracle, err error) {
	o = &oracle{remote: map[string]*oracleWait{}, patient: w.patient}
	watching = o
	defer func() { watching = nil }()
	err = actors.Simulate(seed, func(s *actors.Simulation) error {
		begin := s.Now()
		o.now = func() time.Duration { return s.Now().Sub(begin) }
		r := s.Rand()
		network := &spy{s.Network(w.faults), o, func() bool { return r.Float64() < w.loseProbes }}
		var names byHash
		for i := range w.nodes {
			names = append(names, string(rune('a'+i)))
		}
		var systems []*actors.System
		var all []actors.Ref[Walker]
		for _, name := range names {
			sys := s.System(actors.Rules{})
			if err := sys.Join(actors.Node{Name: name, Network: network, Placement: names, Kinds: []actors.AnyKind{Walkers}}); err != nil {
				return err
			}
			systems = append(systems, sys)
			for i := range w.actors {
				ref, err := Walkers.Spawn(sys, fmt.Sprint(i))
				if err != nil {
					return err
				}
				all = append(all, ref)
			}
		}
		all = append(all, Walkers.Ref(systems[0], "x"), Walkers.Ref(systems[0], "y"))
		left := w.clients
		for i := range w.clients {
			sys := systems[r.IntN(len(systems))]
			s.Go(fmt.Sprint("client ", i), func(ctx context.Context) {
				defer func() { left-- }()
				for range 4 {
					_, _ = GoWalk.Call(ctx, all[r.IntN(len(all))].In(sys), randomWalk(r, sys, all, 3, w.hurry))
				}
			})
		}
		for left > 0 {
			s.Sleep(time.Second)
		}
		return errors.Join(o.errs...)
	})
	return o, err
}

func randomWalk(r *rand.Rand, sys *actors.System, all []actors.Ref[Walker], depth int, hurry bool) (w Walk) {
	for range r.IntN(depth + 1) {
		step := WalkStep{Pause: time.Duration(r.Int64N(int64(20 * ms))), To: all[r.IntN(len(all))].In(sys), Walk: randomWalk(r, sys, all, depth-1, hurry)}
		if hurry && r.IntN(3) == 0 {
			step.Within = time.Duration(r.Int64N(int64(60*ms))) + ms
		}
		w.Steps = append(w.Steps, step)
	}
	return w
}

func TestOracleOfCircles(t *testing.T) {
	for name, w := range map[string]walks{
		"two nodes":   {nodes: 2, actors: 1, clients: 4, faults: actors.Faults{Delay: 5 * ms}, patient: 500 * ms},
		"three nodes": {nodes: 3, actors: 2, clients: 6, faults: actors.Faults{Delay: 5 * ms}, patient: 500 * ms},
		"hurry":       {nodes: 3, actors: 1, clients: 5, faults: actors.Faults{Delay: 10 * ms}, hurry: true, patient: 500 * ms},
		"lost probes": {nodes: 3, actors: 1, clients: 5, faults: actors.Faults{Delay: 5 * ms}, loseProbes: 0.15, patient: 20 * time.Second},
		"twice":       {nodes: 3, actors: 1, clients: 5, faults: actors.Faults{Delay: 20 * ms, Twice: 0.3}, hurry: true, patient: 500 * ms},
		"lossy":       {nodes: 3, actors: 1, clients: 5, faults: actors.Faults{Delay: 20 * ms, Twice: 0.2, Lose: 0.1}, hurry: true, patient: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			circles, longest, calls := 0, time.Duration(0), 0
			for seed := range *seeds / 4 {
				o, err := walkAbout(seed, w)
				if err != nil {
					t.Fatal(err)
				}
				circles += o.circles
				calls += len(o.all)
				longest = max(longest, o.longest)
			}
			t.Logf("%d calls, %d circles, the longest was there for %v", calls, circles, longest)
			if circles == 0 {
				t.Error("no circle")
			}
		})
	}
}
