package hunt

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why/demon/hunt/attempts"
)

// round tells what a goroutine did in a loop, as the marks do.
func (s scene) round(t int64, g uint64, loop uint16, entered, rounds, goals, writes int) {
	s.add(overlay.BookEvent{Goroutine: g, Kind: overlay.Rounds, Argument: loop, Stack: int(g), Time: 1 + t,
		Address: uint64(entered)<<40 | uint64(goals)<<28 | uint64(writes)<<16 | uint64(rounds)}, "")
}

// number names the i-th of many objects.
func number(i int) string { return fmt.Sprint(firstHeap + 1<<20 + 16*i) }

// starts has goroutine 99 start others, all by one go statement.
func (s scene) starts(gs ...uint64) {
	for _, g := range gs {
		s.add(overlay.BookEvent{Goroutine: 99, Kind: overlay.Spawn, Address: g, Time: 1}, "")
		s.add(overlay.BookEvent{Goroutine: 99, Kind: overlay.SpawnedAt, Address: g, Stack: 99, Time: 1}, "")
	}
}

// locks has a goroutine take and give back a lock.
func (s scene) locks(t int64, g uint64, lock string) {
	s.at(t, g, overlay.LockBegin, lock, 0)
	s.at(t, g, overlay.Lock, lock, 0)
	s.at(t, g, overlay.Unlock, lock, 0)
}

// sends has one goroutine send and another receive.
func (s scene) sends(t int64, from, to uint64, channel string) {
	s.at(t, from, overlay.SendBegin, channel, 0)
	s.at(t, to, overlay.RecvBegin, channel, 0)
	s.at(t, from, overlay.Send, channel, 0)
	s.at(t, to, overlay.Recv, channel, 0)
}

// selects has a goroutine begin a select of a send and a receive.
func (s scene) selects(t int64, g uint64, send, recv string) {
	s.at(t, g, overlay.SelectSend, send, 0)
	s.at(t, g, overlay.SelectRecv, recv, 0)
	s.at(t, g, overlay.SelectBegin, "", 2)
}

// starving plays a scene and tells what it is accused of.
func starving(t *testing.T, play func(s scene)) []string {
	t.Helper()
	s := newScene()
	play(s)
	rules := s.rules()
	for _, x := range s.vainGroups(func(loop int) bool { return loop >= 100 }) {
		switch {
		case x.requeues:
			rules = append(rules, "vain, and puts back")
		case x.spawns:
			rules = append(rules, "vain, starting goroutines")
		case x.with != nil:
			rules = append(rules, "vain, with messages")
		default:
			rules = append(rules, fmt.Sprintf("%d in vain", 1+len(x.mutual)))
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// Each rule, and beside it what is nearly the same and healthy.
func TestStarving(t *testing.T) {
	// n goroutines hold a lock each and try for the next one's.
	circle := func(n int, breaks bool) func(s scene) {
		return func(s scene) {
			for i := range n {
				s.at(0, uint64(1+i), overlay.LockBegin, number(i), 0)
				s.at(0, uint64(1+i), overlay.Lock, number(i), 0)
			}
			for round := range int64(100) {
				for i := range n {
					if breaks && i == n-1 { // its neighbour has no lock that it wants
						continue
					}
					s.at((1+round)*4*ms, uint64(1+i), overlay.TryFailed, number((i+1)%n), 1)
				}
			}
		}
	}
	// One tries with a growing pause, while another takes the lock.
	capture := func(longest int64, lucky bool) func(s scene) {
		return func(s scene) {
			next, pause := int64(0), ms/10
			for now := int64(0); now < 1000*ms; now += ms / 2 {
				s.locks(now, 2, "a")
				if now >= next {
					if lucky && pause > 10*ms {
						s.at(now, 1, overlay.Lock, "a", 1)
						s.at(now, 1, overlay.Unlock, "a", 0)
						pause = ms / 10
					} else {
						s.at(now, 1, overlay.TryFailed, "a", 1)
					}
					pause = min(2*pause, longest)
					next = now + pause
				}
			}
		}
	}
	// A sender waits in a select, and leaves it when time is over; its peer's
	// channel is served.
	peers := func(samePlace, ownReceiver bool) func(s scene) {
		return func(s scene) {
			s.starts(1, 2)
			if !samePlace {
				s.gs[1].created = 7
			}
			s.siteOf = func(stack int) string { // both send at the same place
				if stack == 1 || stack == 2 {
					return "feed"
				}
				return fmt.Sprint(stack)
			}
			if ownReceiver {
				s.sends(0, 1, 4, "low")
			}
			s.selects(ms, 1, "low", "done")
			for i := range int64(300) {
				s.sends((2+i)*ms, 2, 3, "high")
			}
			s.at(400*ms, 1, overlay.RecvClosed, "done", 0)
		}
	}
	// A select waits for nobody's turn in particular.
	lonely := func(s scene) {
		s.selects(ms, 1, "low", "done")
		for i := range int64(300) {
			s.sends((2+i)*ms, 2, 3, "high")
		}
		s.at(400*ms, 1, overlay.RecvClosed, "done", 0)
	}
	// Nobody has received from the channel; the source has a receiver.
	read := func(busy bool) func(s scene) {
		return func(s scene) {
			s.receivers = func(int) []attempts.Span { return []attempts.Span{{File: "f.go", From: 1, To: 9}} }
			s.inSpans = func(stack int, _ []attempts.Span) bool { return stack == 3 }
			s.selects(ms, 1, "low", "done")
			for i := range int64(300) {
				if busy || i < 5 {
					s.sends((2+i)*ms, 2, 3, "high")
				}
			}
			s.at(400*ms, 1, overlay.RecvClosed, "done", 0)
		}
	}
	// One sends without waiting into a channel that another keeps full.
	flood := func(fits, floods bool) func(s scene) {
		return func(s scene) {
			for i := range int64(300) {
				if floods {
					s.sends(i*ms, 2, 3, "queue")
				}
				if fits && i%50 == 0 {
					s.at(i*ms, 1, overlay.Send, "queue", 4)
				} else {
					s.at(i*ms, 1, overlay.SendFailed, "queue", 0)
				}
			}
		}
	}
	// A request waits; later ones are answered.
	requests := func(answerer func(i int64) uint64, n int64, desk string) func(s scene) {
		return func(s scene) {
			s.directSite = func(int) string { return "request" }
			s.at(0, 1, overlay.MakeChan, "first", 0)
			s.locks(0, 1, "mu")
			s.at(ms, 1, overlay.RecvBegin, "first", 0)
			for i := range n {
				name := number(int(i))
				now := (2 + i) * 250 * ms / 100
				s.at(now, 2, overlay.MakeChan, name, 0)
				s.locks(now, 2, desk)
				s.at(now, 2, overlay.RecvBegin, name, 0)
				s.at(now, answerer(i), overlay.LockBegin, desk, 0)
				s.at(now, answerer(i), overlay.Lock, desk, 0)
				s.at(now, answerer(i), overlay.CloseChan, name, 0)
				s.at(now, answerer(i), overlay.Unlock, desk, 0)
				s.at(now, 2, overlay.RecvClosed, name, 0)
			}
			s.at(400*ms, 9, overlay.LockBegin, "x", 0)
		}
	}
	// One waits for a condition, others change what it asks for.
	condition := func(woken bool, changes int) func(s scene) {
		return func(s scene) {
			s.isWait = func(loop int) bool { return loop == 50 }
			s.waitLoop = func(stack int) int { return 50 * (stack % 2) }
			s.at(0, 1, overlay.CondWait, "c", 0)
			for i := range int64(changes) {
				now := (1 + i) * 300 * ms / int64(changes)
				s.round(now, 2, 50, 0, 1, 0, 1)
				if woken && i%20 == 0 {
					s.at(now, 1, overlay.CondWoken, "c", 0)
					s.at(now, 1, overlay.Sleep, "", 0)
					s.at(now, 1, overlay.CondWait, "c", 0)
				}
			}
			s.at(300*ms, 1, overlay.CondWoken, "c", 0)
		}
	}
	// Two go round at one lock.
	rounds := func(goal, writes int, end bool) func(s scene) {
		return func(s scene) {
			for i := range 50 {
				now := int64(i) * 10 * ms
				for g := range uint64(2) {
					s.locks(now, 1+g, "a")
					entered, goals := 0, 0
					if i == 0 {
						entered = 1
					}
					if goal > 0 && i%goal == goal-1 || end && i == 49 {
						goals = 1
					}
					s.round(now, 1+g, 1, entered, 1, goals, writes)
				}
			}
		}
	}
	// One goes round, and has messages from another or starts goroutines.
	alone := func(n int, does func(s scene, now int64, i int)) func(s scene) {
		return func(s scene) {
			for i := range n {
				now := int64(i) * 500 * ms / int64(n)
				does(s, now, i)
				entered := 0
				if i == 0 {
					entered = 1
				}
				s.round(now, 1, 1, entered, 1, 0, 0)
			}
		}
	}
	messages := func(s scene, now int64, _ int) { s.sends(now, 2, 1, "c") }
	starts := func(s scene, now int64, i int) { s.starts(uint64(1000 + i)) }
	own := func(s scene, now int64, i int) {
		s.add(overlay.BookEvent{Goroutine: 1, Kind: overlay.Spawn, Address: uint64(1000 + i), Time: 1 + now}, "")
	}
	looks := func(s scene, now int64, _ int) { s.locks(now, 1, "a"); s.locks(now, 2, "a") }
	// One comes through a loop again and again, another one goes round in it.
	spins := func(serves, sameLock bool, times int) func(s scene) {
		return func(s scene) {
			s.serves = func(int) bool { return serves }
			for i := range int64(30) {
				now := i * 10 * ms
				s.round(now, 1, 1, int(max(0, 1-i)), 1, 0, 0)
				s.round(now, 2, 1, 1, times, times, 0)
				if sameLock {
					s.locks(now, 1, "a")
				} else {
					s.locks(now, 1, "b")
				}
				s.locks(now, 2, "a")
			}
		}
	}
	same := func(int64) uint64 { return 3 }
	for _, tt := range []struct {
		name string
		play func(s scene)
		want string
	}{
		{"five refuse each other in a circle", circle(5, false), "mutual-refusal"},
		{"four in a row of five", circle(5, true), ""},
		{"tries ever more seldom", capture(1<<62, false), "lock-starves"},
		{"tries ever more seldom, and succeeds", capture(1<<62, true), ""},
		{"a peer is served", peers(true, false), "channel-starves"},
		{"somebody else is served", peers(false, false), ""},
		{"a peer is served, with a receiver of its own", peers(true, true), ""},
		{"a send that nobody wants", lonely, ""},
		{"its receiver by the source is busy", read(true), "channel-starves"},
		{"its receiver by the source is not", read(false), ""},
		{"never fits", flood(false, true), "send-never-fits"},
		{"fits now and then", flood(true, true), ""},
		{"never fits for anybody", flood(false, false), ""},
		{"overtaken by later requests", requests(same, 150, "mu"), "request-overtaken"},
		{"others are overtaken, elsewhere", requests(same, 150, "other"), ""},
		{"overtaken by few", requests(same, 90, "mu"), ""},
		{"each answered by another one", requests(func(i int64) uint64 { return uint64(10 + i) }, 150, "mu"), ""},
		{"closed by whoever made them", requests(func(int64) uint64 { return 2 }, 150, "mu"), ""},
		{"a condition that never holds", condition(false, 200), "condition-starves"},
		{"a condition, and others seldom change it", condition(false, 50), ""},
		{"a condition, and it is woken", condition(true, 200), ""},
		{"two go round in vain", rounds(0, 1, false), "2 in vain"},
		{"two go round, and get on", rounds(10, 1, false), ""},
		{"two go round, and come through in the end", rounds(0, 1, true), ""},
		{"two only look", rounds(0, 0, false), ""},
		{"messages bring it nowhere", alone(150, messages), "vain, with messages"},
		{"few messages bring it nowhere", alone(40, messages), ""},
		{"goroutines bring it nowhere", alone(150, own), "vain, starting goroutines"},
		{"it puts back what it takes", func(s scene) {
			s.requeues = func(int) bool { return true }
			alone(150, func(s scene, now int64, _ int) { s.sends(now, 1, 1, "c") })(s)
		}, "vain, and puts back"},
		{"it only sends to itself", alone(150, func(s scene, now int64, _ int) { s.sends(now, 1, 1, "c") }), ""},
		{"others start goroutines", alone(150, starts), ""},
		{"one looks while another works", alone(150, looks), ""},
		{"never comes through", spins(false, true, 10), "loop-starves"},
		{"never finds work", spins(true, true, 10), ""},
		{"never comes through something else", spins(false, false, 10), ""},
		{"does not come through, and others hardly do", spins(false, true, 1), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if got := starving(t, tt.play); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
