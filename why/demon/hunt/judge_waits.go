package hunt

import (
	"fmt"
	"strings"

	"github.com/trivet-go/trivet/internal/overlay"
	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// waits are the circles of the wait-for graph that nothing else has told.
func (j *judge) waits() {
	if !j.r.looked || !j.r.killed && !j.r.state.Ending {
		return
	}
	for _, c := range j.graph.circles() {
		if j.told(c) {
			continue
		}
		j.circle(c)
	}
}

// told tells that the collector has proven it already, or the lock graph seen.
func (j *judge) told(c []*node) bool {
	proven := true
	for _, n := range c {
		proven = proven && n.g.Leaked
		if !j.ours(n.g) {
			return true
		}
	}
	return proven && !j.r.killed || j.cause(j.testOf(c[0].g)) != nil
}

func (j *judge) circle(c []*node) {
	f := &demon.Finding{Demon: demon.Deadlock, Grade: demon.Seen, Finding: why.Finding{
		Rule:  "wait-in-a-circle",
		Title: "Goroutines wait for each other",
		Why:   "None of them ever gets on.",
		Try:   "do not wait while a lock is held; guarded.Do makes the part under the lock visible",
		Sure:  "seen: each lock is held by one that waits for the next",
	}}
	if len(c) == 1 {
		f.Rule = "lock-never-released"
		f.Title = "A goroutine waits for a lock whose holder has ended"
		f.Why = "Nobody unlocks it any more."
		f.Try = "unlock with defer; guarded.Do cannot forget it"
		f.Sure = "seen: the goroutine that locked it has returned"
	}
	for _, n := range c {
		side := j.side(n.g)
		f.Sides = append(f.Sides, side)
		f.Test = j.testOf(n.g)
		if also := j.peers(n.g); also != "" {
			f.Evidence = append(f.Evidence, at(side)+": "+also)
		}
		if !n.onLock {
			f.Grade = demon.Predicted
			f.Sure = "likely: nobody else has used the channel, group or condition in this run; somebody still could"
		}
	}
	if j.r.killed && j.runs(c[0].g) {
		f.Grade, f.Sure = demon.Seen, "seen: the run does not get on, and they are in it"
	}
	j.add(f)
}

// peers tells who could wake a goroutine, and what they do instead.
func (j *judge) peers(g *demon.Goroutine) string {
	n := j.graph.nodes[g.ID]
	if n == nil || !n.known {
		return ""
	}
	what := map[string]string{
		overlay.LockBegin: "the lock is held", overlay.WLockBegin: "the lock is held", overlay.RLockBegin: "the lock is held or wanted for writing",
		overlay.SendBegin: "it has been received from, or closed,", overlay.RecvBegin: "it has been sent to, or closed,",
		overlay.SelectBegin: "its channels have been used the other way", overlay.WaitBegin: "it is counted",
		overlay.CondWait: "it has been signalled",
	}[n.past.now.kind]
	if n.missing {
		return what + " by a goroutine that has ended" + j.heldBy(n)
	}
	if len(n.wakers) == 0 {
		return j.nobody(n)
	}
	var who []string
	for i, id := range n.wakers {
		m := j.graph.nodes[id]
		if i == 3 {
			who = append(who, fmt.Sprintf("%d more", len(n.wakers)-i))
			break
		}
		if m == nil {
			who = append(who, "a goroutine that was not there any more")
			continue
		}
		side := j.side(m.g)
		who = append(who, fmt.Sprintf("the goroutine at %s, which %s", at(side), side.Does))
	}
	return what + " by " + strings.Join(who, ", and by ")
}

// heldBy is where the lock of a goroutine that has ended was taken.
func (j *judge) heldBy(n *node) string {
	for _, g := range j.r.past.gs {
		for _, held := range g.held {
			if g.ended && held.lock == n.object {
				if stack := j.stack(j.frames(held.stack)); len(stack) > 0 {
					return ", taken at " + stack[0].Place()
				}
			}
		}
	}
	return ""
}

// nobody tells why there is nobody.
func (j *judge) nobody(n *node) string {
	switch n.past.now.kind {
	case overlay.WaitBegin:
		if w := j.r.past.group(n.object); w.sure && w.count > 0 {
			return fmt.Sprintf("Done is missing %s, and who could call it has ended", times(w.count))
		}
		return "who could call Done has ended"
	case overlay.CondWait:
		if c := j.r.past.cond(n.object); len(c.last) > 0 {
			return "it was signalled, and not since it waits; who did so has ended"
		}
		return "nobody has ever signalled it"
	case overlay.SendBegin:
		return "nobody who lives has ever received from it"
	case overlay.RecvBegin:
		return "nobody who lives has ever sent to it or closed it"
	case overlay.SelectBegin:
		return "nobody who lives has ever used its channels the other way"
	}
	return ""
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
