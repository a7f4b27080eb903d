package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/internal/record"
	"github.com/trivet-go/trivet/why"
)

// still is how long nothing must have happened before goroutines that all wait
// for each other count as deadlocked: a timer could wake one of them, and a
// recording does not show which timers are set.
const still = 10 * time.Second

// deadlock notes who waits where, if every goroutine waits for another and has
// done so for long.
func (a *analysis) deadlock() {
	if a.rec.Ended {
		return
	}
	at := map[Stuck]int{}
	var order []Stuck
	for _, l := range a.rec.Left {
		if waitsFor[l.Why] == "" || l.For < still {
			return
		}
		s := Stuck{Func: function(a.p.Goroutines[l.Goroutine].Start), Why: string(l.Why), Where: a.names.where(l.Stack)}
		if at[s]++; at[s] == 1 {
			order = append(order, s)
		}
	}
	for _, s := range order {
		s.Count = at[s]
		a.r.Deadlock = append(a.r.Deadlock, s)
	}
}

// String says what the goroutines do.
func (s Stuck) String() string {
	who := s.Func
	if s.Count > 1 {
		who = fmt.Sprintf("%d goroutines, %s,", s.Count, s.Func)
	}
	verb := "waits"
	if s.Count > 1 {
		verb = "wait"
	}
	return fmt.Sprintf("%s %s %s at %s", who, verb, waitsFor[record.Reason(s.Why)], s.Where)
}

var waitsFor = map[record.Reason]string{
	record.OnChannel: "for a channel", record.OnSelect: "in a select", record.OnLock: "for a lock",
	record.OnJoin: "for a WaitGroup", record.OnCond: "for a condition", record.OnForever: "for ever",
}

func (a *analysis) deadlocked() (why.Finding, float64) {
	var who []string
	for _, s := range a.r.Deadlock {
		who = append(who, s.String())
	}
	first := who[:min(len(who), 3)]
	if n := len(who) - len(first); n > 0 {
		first = append(slices.Clone(first), fmt.Sprintf("and so on, at %d more places", n))
	}
	return why.Finding{
		Rule:     "run-hangs",
		Title:    "The program is deadlocked: every goroutine waits for another one.",
		Evidence: who,
		Why:      strings.Join(first, "; ") + ". trivet demons tells more.",
		Try:      "look at it with trivet demons",
		Sure:     fmt.Sprintf("nothing ran for %v; only a timer set for longer than that could still wake one", still),
	}, 10
}
