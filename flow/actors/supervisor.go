package actors

import (
	"fmt"
	"slices"
	"time"
)

// A Strategy says who begins anew when one child fails.
type Strategy uint8

const (
	OneForOne  Strategy = iota // the child that failed
	OneForAll                  // all children
	RestForOne                 // the child that failed, and those that were made after it
)

// Supervision says what happens when a child fails: when one of its methods
// panics or ends its goroutine, or its Start returns an error. Its state is
// thrown away, its mailbox is kept, and after a pause it begins anew, by the
// strategy with others. The zero value is good.
type Supervision struct {
	Strategy Strategy

	// Restarts is how many failures of the children are borne within the time
	// Within; 0 means 5 within a minute. With one more the actor itself fails.
	// An actor that was made by no other one, and has its Restarts for itself,
	// is stopped then.
	Restarts int
	Within   time.Duration

	// The pause is up to First after the first failure, up to twice as long after
	// the next one within the same time, up to Most; how long is drawn at
	// random. 0 means 10 ms and 10 s.
	First, Most time.Duration
}

func (v *Supervision) fill() {
	if v.Restarts == 0 {
		v.Restarts = 5
	}
	if v.Within == 0 {
		v.Within = time.Minute
	}
	if v.First == 0 {
		v.First = 10 * time.Millisecond
	}
	if v.Most == 0 {
		v.Most = max(v.First, 10*time.Second)
	}
}

// wrong says what of it makes no sense, or nothing.
func (v *Supervision) wrong() string {
	switch {
	case v.Strategy > RestForOne:
		return fmt.Sprintf("Strategy %d: there are OneForOne, OneForAll and RestForOne", v.Strategy)
	case v.Restarts < 0:
		return fmt.Sprintf("Restarts %d: it is not negative, and 0 means 5", v.Restarts)
	case v.Within < 0 || v.First < 0 || v.Most < 0:
		return fmt.Sprintf("Within %v, First %v, Most %v: times are not negative", v.Within, v.First, v.Most)
	}
	return ""
}

// pause is how long the pause after the nth failure is at most.
func (v *Supervision) pause(n int) time.Duration {
	if shift := n - 1; shift < 40 && v.First < v.Most>>shift {
		return v.First << shift
	}
	return v.Most
}

// A supervisor knows the children of one actor and decides when they begin anew.
// It does nothing: step is a function of what it knows and of what has happened,
// and returns what is to be done. So the model runs it through every order of
// events.
type supervisor[K comparable] struct {
	rules    Supervision
	kids     []kid[K] // in the order in which they were made
	failures []int64  // times, within rules.Within of the last
	round    int      // number of the last pause
	resting  bool     // OneForAll, RestForOne: that pause goes on
	over     bool     // it has escalated, or ended
}

type kid[K comparable] struct {
	who   K
	state kidState
	round int // OneForOne: of its pause
}

type kidState uint8

const (
	runs    kidState = iota
	halting          // is told to throw its state away
	halted           // has none, and waits
)

// An event is what has happened to a child.
type event[K comparable] struct {
	what  happening
	who   K
	now   int64
	round int // of rested
}

type happening uint8

const (
	born      happening = iota
	hasFailed           // its state is gone, it waits
	stopped             // as it was told by halt
	ended               // for good
	rested              // the pause with this number is over
)

// A command is what is to be done.
type command[K comparable] struct {
	do    order
	who   K
	round int
	count int // of failures within the time
}

type order uint8

const (
	halt     order = iota // throw the state away, when the method has returned
	begin                 // begin anew
	rest                  // say rested after a pause
	escalate              // the supervisor itself has failed
)

func (s *supervisor[K]) step(e event[K]) []command[K] {
	at := slices.IndexFunc(s.kids, func(k kid[K]) bool { return k.who == e.who })
	switch {
	case s.over:
		return nil
	case e.what == born:
		s.kids = append(s.kids, kid[K]{who: e.who})
		return nil
	case e.what == rested:
		return s.rested(e)
	case at < 0:
		return nil
	case e.what == ended:
		s.kids = slices.Delete(s.kids, at, at+1)
		return s.restIfHalted(nil)
	}
	first := s.kids[at].state != halted
	s.kids[at].state = halted
	if e.what == stopped || !first {
		return s.restIfHalted(nil)
	}
	if s.failures = recent(s.failures, e.now, int64(s.rules.Within)); len(s.failures) > s.rules.Restarts {
		s.over = true
		return []command[K]{{do: escalate, who: e.who, count: len(s.failures)}}
	}
	if s.rules.Strategy == OneForOne {
		s.round++
		s.kids[at].round = s.round
		return []command[K]{{do: rest, who: e.who, round: s.round, count: len(s.failures)}}
	}
	return s.restIfHalted(s.haltOthers(at))
}

// recent adds now to the times, and leaves out those that are too old.
func recent(times []int64, now, within int64) []int64 {
	times = slices.DeleteFunc(times, func(t int64) bool { return t <= now-within })
	return append(times, now)
}

// haltOthers halts those who begin anew with the child at this place, the last
// one first.
func (s *supervisor[K]) haltOthers(at int) (commands []command[K]) {
	s.resting = false // a pause that goes on is in vain
	from := 0
	if s.rules.Strategy == RestForOne {
		from = at
	}
	for i := len(s.kids) - 1; i >= from; i-- {
		if k := &s.kids[i]; k.state == runs {
			k.state = halting
			commands = append(commands, command[K]{do: halt, who: k.who})
		}
	}
	return commands
}

// restIfHalted begins the pause of a group when all of it have halted.
func (s *supervisor[K]) restIfHalted(commands []command[K]) []command[K] {
	if s.rules.Strategy == OneForOne || s.resting || s.any(halting) || !s.any(halted) {
		return commands
	}
	s.resting = true
	s.round++
	return append(commands, command[K]{do: rest, round: s.round, count: len(s.failures)})
}

func (s *supervisor[K]) any(state kidState) bool {
	return slices.ContainsFunc(s.kids, func(k kid[K]) bool { return k.state == state })
}

// rested lets those begin whose pause is over, in order.
func (s *supervisor[K]) rested(e event[K]) (commands []command[K]) {
	one := s.rules.Strategy == OneForOne
	if !one && (!s.resting || e.round != s.round) {
		return nil
	}
	s.resting = false
	for i := range s.kids {
		if k := &s.kids[i]; k.state == halted && (!one || k.round == e.round) {
			k.state = runs
			commands = append(commands, command[K]{do: begin, who: k.who})
		}
	}
	return commands
}
