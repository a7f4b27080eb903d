package hunt

import (
	"fmt"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// rates are livelock and starvation. They are judged where nobody was disturbed.
func (j *judge) rates() {
	if j.r.c.Seed != 0 || j.r.c.Lane != Watched {
		return
	}
	for _, l := range j.r.past.vital.livelock {
		j.refusal(l)
	}
	for _, s := range j.r.past.standstills() {
		j.standstill(s)
	}
	told := map[string]bool{}
	for _, x := range j.r.past.vital.starving() {
		key := x.rule + siteKey(x.stack, 0)
		if !told[key] {
			told[key] = true
			j.hunger(x)
		}
	}
	for _, g := range j.r.past.unequalPeers() {
		j.peersUnequal(g)
	}
}

const sureMeasured = "seen: measured in a run that was not disturbed"

func (j *judge) refusal(l refusedPair) {
	if !j.direct(l.stacks[0]) && !j.direct(l.stacks[1]) {
		return
	}
	f := &demon.Finding{Demon: demon.Livelock, Grade: demon.Seen, Test: j.r.past.testOf(l.a), Finding: why.Finding{
		Rule:  "mutual-refusal",
		Title: "Two goroutines try for each other's lock again and again, and neither gets on",
		Why:   "They are busy and get nothing done.",
		Try:   "take both locks in one order and wait (guarded.Do2), or wait a random time between attempts",
		Sure:  sureMeasured,
		Evidence: []string{fmt.Sprintf("%d and %d failed attempts in %s, each with the lock in hand that the other wants, and no success",
			l.n[0], l.n[1], show.Duration(time.Duration(l.last-l.since)))},
	}}
	f.Sides = []demon.Side{j.at("tries in vain", l.a, l.stacks[0]), j.at("tries in vain", l.b, l.stacks[1])}
	j.add(f)
}

func (j *judge) standstill(s standstill) {
	f := &demon.Finding{Demon: demon.Livelock, Grade: demon.Seen, Finding: why.Finding{
		Rule:  "no-progress",
		Title: fmt.Sprintf("The counter %q stands still while goroutines are busy", s.name),
		Why:   "The program works and gets nothing done.",
		Try:   "bound the attempts, and wait a random, growing time between them; the retries of flow/consume do",
		Sure:  sureMeasured,
	}}
	switch {
	case s.told:
		f.Evidence = []string{fmt.Sprintf("%d done of %d tried in %s", s.done, s.tried, show.Duration(time.Duration(s.ns)))}
	case s.tried >= vainTries:
		f.Evidence = []string{fmt.Sprintf("%d done and %d failed TryLocks in %s", s.done, s.tried, show.Duration(time.Duration(s.ns)))}
	default:
		f.Evidence = []string{fmt.Sprintf("%d done and %d operations on locks and channels in %s", s.done, s.ops, show.Duration(time.Duration(s.ns)))}
	}
	f.Sides = []demon.Side{{Does: fmt.Sprintf("counts %q", s.name)}}
	j.add(f)
}

func (j *judge) hunger(x hunger) {
	if !j.direct(x.stack) {
		return
	}
	f := &demon.Finding{Demon: demon.Starvation, Grade: demon.Seen, Test: j.r.past.testOf(x.g), Finding: why.Finding{
		Rule: x.rule, Why: "It may wait for any time, while all others get on.", Sure: sureMeasured,
	}}
	waited := show.Duration(time.Duration(x.ns))
	other := j.at("has its turn instead", x.other, x.by)
	switch x.rule {
	case "lock-starves":
		f.Title = "A goroutine waits for a lock that another takes again and again"
		f.Evidence = []string{fmt.Sprintf("it waited %s, and meanwhile one other goroutine took the lock %d times", waited, x.turns)}
		f.Try = "wait in Lock, which is fair after 1 ms, instead of trying; or a bounded.Queue in front"
	case "channel-starves":
		f.Title = "A sender waits while its receiver takes from other channels"
		f.Evidence = []string{fmt.Sprintf("it waited %s, and meanwhile the receiver took %d times from elsewhere", waited, x.turns)}
		f.Try = "put all channels into one select; for a priority, give the lower one a turn after so many of the higher"
	case "woken-in-vain":
		f.Title = "A goroutine is woken by a condition again and again, and always too late"
		f.Evidence = []string{fmt.Sprintf("for %s it was woken for nothing, and one other goroutine had the lock %d times", waited, x.turns)}
		f.Try = "hand over in order of arrival: bounded.Queue, limit.Limit"
	}
	f.Sides = []demon.Side{j.at("waits", x.g, x.stack)}
	if len(other.Stack) > 0 || other.Created != nil {
		f.Sides = append(f.Sides, other)
	}
	j.add(f)
}

func (j *judge) peersUnequal(g peerGroup) {
	f := &demon.Finding{Demon: demon.Starvation, Grade: demon.Seen, Finding: why.Finding{
		Rule:  "peers-unequal",
		Title: fmt.Sprintf("Among the peers %q one waits out of proportion", g.name),
		Why:   "It may wait for any time, while its peers get on.",
		Try:   "serve in order of arrival, or give each key its share: limit.Limit, consume's PerKey",
		Sure:  sureMeasured,
	}}
	f.Evidence = append(f.Evidence, fmt.Sprintf("Jain's index of the turns %.2f (1 is equal)", g.jain()))
	for _, p := range []peer{g.peers[0], g.peers[len(g.peers)-1]} {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %d turns, waits %s in the median, %s at most",
			strings.TrimSpace(p.key), p.turns, show.Duration(time.Duration(p.median)), show.Duration(time.Duration(p.max))))
	}
	f.Sides = []demon.Side{{Does: fmt.Sprintf("waits among %q", g.name)}}
	j.add(f)
}
