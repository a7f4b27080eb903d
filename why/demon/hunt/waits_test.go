package hunt

import (
	"math"
	"slices"
	"testing"

	"github.com/trivet-go/trivet/internal/overlay"
)

const ms = int64(1e6)

// scene makes a history event by event, each at a time of its own.
type scene struct{ *history }

func newScene() scene { return scene{newHistory()} }

func (s scene) at(t int64, g uint64, kind string, obj string, arg uint16) {
	address := uint64(0)
	if obj != "" {
		address = object(obj)
	}
	s.add(overlay.BookEvent{Goroutine: g, Kind: kind, Address: address, Argument: arg, Stack: int(g), Time: 1 + t}, "")
}

func (s scene) tells(t int64, name string, what uint16, n int) {
	s.add(overlay.BookEvent{Goroutine: 1, Kind: overlay.Progress, Address: uint64(n), Argument: what, Time: 1 + t}, name)
}

func (s scene) rules() []string {
	s.finish()
	var rules []string
	for range s.vital.livelock {
		rules = append(rules, "mutual-refusal")
	}
	for _, x := range s.vital.starving() {
		rules = append(rules, x.rule)
	}
	for range s.standstills() {
		rules = append(rules, "no-progress")
	}
	for range s.unequalPeers() {
		rules = append(rules, "peers-unequal")
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// quick has two goroutines refuse each other 60 times in 60 ms, and get on then
// or not.
func quick(s scene, succeed bool) {
	s.at(0, 1, overlay.LockBegin, "a", 0)
	s.at(0, 1, overlay.Lock, "a", 0)
	s.at(0, 2, overlay.LockBegin, "b", 0)
	s.at(0, 2, overlay.Lock, "b", 0)
	for i := range int64(60) {
		s.at(i*ms, 2, overlay.TryFailed, "a", 1)
		s.at(i*ms, 1, overlay.TryFailed, "b", 1)
	}
	if succeed {
		s.at(60*ms, 2, overlay.Unlock, "b", 0)
		s.at(60*ms, 1, overlay.Lock, "b", 1)
	}
}

func TestWaiting(t *testing.T) {
	// Two goroutines take a lock each and try for the other's.
	mutual := func(succeed int) func(s scene) {
		return func(s scene) {
			for i := range 100 {
				now := int64(i) * 4 * ms
				s.at(now, 1, overlay.LockBegin, "a", 0)
				s.at(now, 1, overlay.Lock, "a", 0)
				if succeed > 0 && i%succeed == 0 { // the first comes before the second
					s.at(now+2*ms, 1, overlay.Lock, "b", 1)
					s.at(now+2*ms, 1, overlay.Unlock, "b", 0)
					s.at(now+2*ms, 1, overlay.Unlock, "a", 0)
					s.at(now+2*ms, 2, overlay.LockBegin, "b", 0)
					s.at(now+2*ms, 2, overlay.Lock, "b", 0)
					s.at(now+3*ms, 2, overlay.Lock, "a", 1)
					s.at(now+3*ms, 2, overlay.Unlock, "a", 0)
					s.at(now+3*ms, 2, overlay.Unlock, "b", 0)
					continue
				}
				s.at(now, 2, overlay.LockBegin, "b", 0)
				s.at(now, 2, overlay.Lock, "b", 0)
				s.at(now+ms, 2, overlay.TryFailed, "a", 1)
				s.at(now+2*ms, 1, overlay.TryFailed, "b", 1)
				s.at(now+3*ms, 1, overlay.Unlock, "a", 0)
				s.at(now+3*ms, 2, overlay.Unlock, "b", 0)
			}
		}
	}
	// One takes a lock each millisecond, another waits for it.
	greedy := func(waits string, takers int) func(s scene) {
		return func(s scene) {
			s.at(0, 1, waits, "a", 0)
			for i := range 300 {
				g := uint64(2 + i%takers)
				now := int64(i+1) * ms
				s.at(now, g, overlay.LockBegin, "a", 0)
				s.at(now, g, overlay.Lock, "a", 0)
				s.at(now, 1, waits, "a", 0)
				s.at(now+ms/2, g, overlay.Unlock, "a", 0)
			}
		}
	}
	waiting := func(takers, times int) func(s scene) {
		return func(s scene) {
			s.at(0, 1, overlay.LockBegin, "a", 0)
			for i := range times {
				g := uint64(2 + i%takers)
				now := int64(i+1) * ms
				s.at(now, g, overlay.LockBegin, "a", 0)
				s.at(now, g, overlay.Lock, "a", 0)
				s.at(now+ms/2, g, overlay.Unlock, "a", 0)
			}
			s.at(int64(times+1)*ms, 1, overlay.Lock, "a", 0)
		}
	}
	// A receiver of two channels takes from one of them.
	priority := func(turn int) func(s scene) {
		return func(s scene) {
			s.at(0, 3, overlay.RecvBegin, "l", 0)
			s.at(0, 1, overlay.SendBegin, "l", 0)
			s.at(0, 1, overlay.Send, "l", 0)
			s.at(0, 3, overlay.Recv, "l", 0)
			s.at(ms, 1, overlay.SendBegin, "l", 0)
			for i := range 300 {
				now := int64(i+2) * ms
				s.at(now, 2, overlay.SendBegin, "h", 0)
				s.at(now, 2, overlay.Send, "h", 0)
				s.at(now, 3, overlay.Recv, "h", 0)
				if turn > 0 && i%turn == 0 {
					s.at(now, 3, overlay.Recv, "l", 0)
					s.at(now, 1, overlay.Send, "l", 0)
					s.at(now, 1, overlay.SendBegin, "l", 0)
				}
			}
		}
	}
	// A writer waits until there are no readers.
	cond := func(between bool) func(s scene) {
		return func(s scene) {
			for i := range 400 {
				now := int64(i) * ms
				s.at(now, 1, overlay.CondWait, "c", 0)
				s.at(now, 1, overlay.Unlock, "a", 0)
				s.at(now, 2, overlay.LockBegin, "a", 0)
				s.at(now, 2, overlay.Lock, "a", 0)
				s.at(now, 2, overlay.CondAll, "c", 0)
				s.at(now, 2, overlay.Unlock, "a", 0)
				s.at(now, 1, overlay.LockBegin, "a", 0)
				s.at(now, 1, overlay.Lock, "a", 0)
				s.at(now, 1, overlay.CondWoken, "c", 0)
				if between {
					s.at(now, 1, overlay.Send, "d", 1)
				}
			}
		}
	}
	counter := func(every, tries int) func(s scene) {
		return func(s scene) {
			s.tells(0, "jobs", 0, 0)
			for i := range 1200 {
				now := int64(i) * ms
				s.at(now, 1, overlay.LockBegin, "a", 0)
				s.at(now, 1, overlay.Lock, "a", 0)
				s.at(now, 1, overlay.Unlock, "a", 0)
				if tries > 0 && i%tries == 0 {
					s.tells(now, "jobs", 2, 1)
				}
				if every > 0 && i%every == 0 {
					s.tells(now, "jobs", 1, 1)
				}
			}
			s.tells(1200*ms, "jobs", 2, 1)
		}
	}
	peers := func(a, b int64) func(s scene) {
		return func(s scene) {
			for i := range int64(50) {
				s.tells(i*20*ms, "t\x00a", 3, 0)
				s.tells(i*20*ms+a, "t\x00a", 4, 0)
				s.tells(i*20*ms, "t\x00b", 3, 0)
				s.tells(i*20*ms+b, "t\x00b", 4, 0)
			}
		}
	}
	for _, tt := range []struct {
		name string
		play func(s scene)
		want string
	}{
		{"mutual refusal", mutual(0), "mutual-refusal"},
		{"retries that never succeed, and soon end", func(s scene) { quick(s, false) }, "mutual-refusal"},
		{"retries that soon succeed", func(s scene) { quick(s, true) }, ""},
		{"retries that succeed now and then", mutual(20), ""},
		{"tries while one other has it", greedy(overlay.TryFailed, 1), "lock-starves"},
		{"tries while many have it by turns", greedy(overlay.TryFailed, 100), ""},
		{"waits while one other has it", waiting(1, 1000), "lock-starves"},
		{"waits while one other has it, on a busy machine", waiting(1, 900), ""},
		{"waits in a long queue", waiting(100, 1000), ""},
		{"priority without a turn", priority(0), "channel-starves"},
		{"priority with turns", priority(20), ""},
		{"woken in vain", cond(false), "woken-in-vain"},
		{"woken, and does something", cond(true), ""},
		{"no progress", counter(0, 0), "no-progress"},
		{"progress", counter(100, 0), ""},
		{"few of many attempts", counter(100, 1), "no-progress"},
		{"half of the attempts", counter(4, 2), ""},
		{"unequal peers", peers(ms/10, 15*ms), "peers-unequal"},
		{"equal peers", peers(10*ms, 15*ms), ""},
		{"all fast", peers(1000, 30_000), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene()
			tt.play(s)
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if got := s.rules(); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestJain(t *testing.T) {
	for _, tt := range []struct {
		turns []int
		want  float64
	}{{[]int{5, 5}, 1}, {[]int{7, 0}, 0.5}, {[]int{0, 0}, 1}, {[]int{1, 1, 1, 0}, 0.75}} {
		g := peerGroup{}
		for _, n := range tt.turns {
			g.peers = append(g.peers, peer{turns: n})
		}
		if got := g.jain(); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%v: %v, want %v", tt.turns, got, tt.want)
		}
	}
}
