package hunt

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
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
	for _, x := range j.r.past.vainGroups(j.weak) {
		j.vain(x)
	}
	for _, s := range j.r.past.standstills() {
		j.standstill(s)
	}
	told := map[string]bool{}
	for _, x := range j.r.past.vital.starving() {
		if _, told := j.r.leaked[x.g]; told { // it waits for ever, and nobody is to blame for being served
			continue
		}
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

func (j *judge) refusal(l standoff) {
	user := false
	for _, r := range l.of {
		user = user || j.direct(r.stack)
	}
	if !user {
		return
	}
	who, least := "Two goroutines try for each other's lock", l.of[0].n
	if len(l.who) > 2 {
		who = fmt.Sprintf("%d goroutines try for the lock of the next one in a circle", len(l.who))
	}
	for _, r := range l.of {
		least = min(least, r.n)
	}
	f := &demon.Finding{Demon: demon.Livelock, Grade: demon.Seen, Test: j.r.past.testOf(l.who[0]), Finding: why.Finding{
		Rule:  "mutual-refusal",
		Title: who + " again and again, and none gets on",
		Why:   "They are busy and get nothing done.",
		Try:   "take the locks in one order and wait (guarded.Do2), or wait a random time between attempts",
		Sure:  sureMeasured,
		Evidence: []string{fmt.Sprintf("%d failed attempts or more of each in %s, with the lock in hand that another one wants, and no success",
			least, show.Duration(time.Duration(l.last-l.since)))},
	}}
	for i, g := range l.who {
		f.Sides = append(f.Sides, j.at("tries in vain", g, l.of[i].stack))
	}
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
		f.Grade, f.Sure = demon.Note, "a note: the locks of package sync are fair after 1 ms, and a busy machine or a long queue looks the same"
		if x.tries > 0 {
			f.Grade, f.Sure = demon.Seen, sureMeasured
			f.Evidence = []string{fmt.Sprintf("for %s it tried %d times in vain, and meanwhile one other goroutine took the lock %d times", waited, x.tries, x.turns)}
		}
	case "send-never-fits":
		f.Title = "A goroutine finds no room in a channel that another fills"
		f.Evidence = []string{fmt.Sprintf("for %s it tried %d times without waiting and never found room, and meanwhile one other goroutine sent %d times", waited, x.tries, x.turns)}
		f.Try = "give each sender a channel of its own, or let all of them wait: who waits is served in order of arrival"
	case "request-overtaken":
		f.Grade, f.Sure = demon.Predicted, "likely: the channel was made, and would be answered, where those of the others were"
		f.Title = "A request waits while later ones are answered"
		f.Evidence = []string{fmt.Sprintf("it waited %s, and meanwhile one goroutine answered %d requests that were made later", waited, x.turns)}
		f.Try = "answer in order of arrival: bounded.Queue; for a priority, let what waits grow older"
	case "channel-starves":
		f.Title = "A sender waits while its receiver takes from other channels"
		f.Evidence = []string{fmt.Sprintf("it waited %s, and meanwhile the receiver took %d times from elsewhere", waited, x.turns)}
		f.Try = "put all channels into one select; for a priority, give the lower one a turn after so many of the higher"
	case "loop-starves":
		f.Title = "A goroutine tries in vain, and another one succeeds each time"
		f.Evidence = []string{fmt.Sprintf("for %s it went round its loop %d times, and meanwhile one other goroutine came through the same loop %d times", waited, x.tries, x.turns)}
		f.Try = "wait in order of arrival instead of trying (sync.Mutex, limit.Limit); do not let who fails wait longer than who succeeds"
	case "condition-starves":
		f.Title = "A condition never holds, since others change it all the time"
		f.Evidence = []string{fmt.Sprintf("it waited %s, and meanwhile others changed what its condition asks for %d times or more", waited, x.turns)}
		f.Try = "let who comes later wait for who waits already; sync.RWMutex and limit.Limit do so"
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

// weak tells that a loop has a goal that may be none.
func (j *judge) weak(loop int) bool {
	l, ok := j.loops.Loop(loop)
	return !ok || l.Weak
}

// vain is a livelock of loops.
func (j *judge) vain(x vainGroup) {
	f := &demon.Finding{Demon: demon.Livelock, Grade: demon.Seen, Test: j.r.past.testOf(x.g), Finding: why.Finding{
		Rule:  "rounds-without-progress",
		Title: "Goroutines try again and again, and undo each other's work",
		Why:   "They are busy and get nothing done.",
		Try:   "let one of them go first (an order, a lease that is renewed), or wait a random, growing time between attempts; bound the attempts",
		Sure:  sureMeasured,
	}}
	side := func(r *loopRun) {
		f.Sides = append(f.Sides, j.at("goes round in vain", r.g, x.at(j.r.past, r)))
		loop, _ := j.loops.Loop(r.loop)
		f.Evidence = append(f.Evidence, fmt.Sprintf("%d rounds of the loop at %s:%d in %s, and none brought it on",
			r.since, filepath.Base(loop.File), loop.Line, show.Duration(time.Duration(r.last-r.lastGoal))))
	}
	side(x.loopRun)
	for _, o := range x.mutual {
		if site := j.at("", o.g, x.at(j.r.past, o)).Site(); !slices.ContainsFunc(f.Sides, func(s demon.Side) bool { return s.Site() == site }) {
			side(o)
		}
	}
	switch {
	case x.putsOff(j.loops):
		f.Demon, f.Grade, f.Rule = demon.Starvation, demon.Predicted, "timer-starves"
		f.Title = "A timer is put off again and again, and what waits for it waits for ever"
		f.Why = "It fires only when nothing comes for a while, and something always comes."
		f.Try = "let the first message set the timer, and later ones leave it alone; csp.Batch does so"
		f.Sure = "likely: no round was brought on by the timer until the end of the run"
	case x.requeues:
		f.Title = "A goroutine takes the same things from a channel again and again, and puts them back"
		f.Sure = "seen: nothing that it took brought it on until the end of the run"
	case x.spawns:
		f.Grade, f.Title = demon.Predicted, "A goroutine starts the same work again and again, and never waits for its end"
		f.Sure = "likely: each round started a goroutine, and none brought it on until the end of the run"
	case x.with != nil:
		f.Grade, f.Title = demon.Predicted, "Two goroutines exchange messages again and again, and one of them never gets on"
		f.Sure = "likely: no message brought it on until the end of the run"
		c := j.r.past.channel(x.obj)
		f.Sides = append(f.Sides, j.at("is at the other end", x.with.id, cmp.Or(c.senders[x.with.id], c.recvs[x.with.id])))
	case j.weak(x.loop):
		f.Grade = demon.Predicted
		f.Sure = "likely: a part of the loop was never reached, until the end of the run"
	}
	j.add(f)
}
