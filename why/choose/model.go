package choose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Model is how to hold what is shared, and what that and the other ways cost.
type Model struct {
	Take  string `json:"take"` // one of those that Costs names
	Why   string `json:"why"`
	Load  Load   `json:"load"` // what was measured that is like it
	Says  string `json:"says"` // the load in words
	Costs []Cost `json:"costs"`
	Facts []Fact `json:"facts"`

	Machine string `json:"machine"`
	Date    string `json:"date"`
	Again   string `json:"again"` // the command that measures it
}

// Spread is how far the quartiles of the runs are apart, of the cost where that is most.
func (m *Model) Spread() (most float64) {
	for _, c := range m.Costs {
		most = max(most, c.Spread)
	}
	return most
}

// Cost is what one way to hold it costs.
type Cost struct {
	Who   string  `json:"who"`
	NS    float64 `json:"ns"`             // a use, of all tasks together
	Times float64 `json:"times"`          // of that of Take
	Hand  bool    `json:"hand,omitempty"` // written without Trivet
	Bare  bool    `json:"bare,omitempty"` // what is left when nothing protects it

	Spread float64 `json:"spread,omitempty"` // between the quartiles of its runs, as a share of NS
}

// Text is the cost in words.
func (c Cost) Text() string {
	text := span(c.NS)
	if c.Times != 1 {
		text += fmt.Sprintf(", %sx", figure(c.Times))
	}
	switch {
	case c.Hand:
		text += " (by hand)"
	case c.Bare:
		text += " (nothing protects it)"
	}
	return text
}

// Fact is something that the figures say.
type Fact struct {
	About string `json:"about"`
	Says  string `json:"says"`
}

// model is nil where nothing is shared.
func (m *Measured) model(a Answers) *Model {
	if a["state"] == "none" || a.Details() == nil {
		return nil
	}
	load := m.load(a)
	w := m.take(a, load)
	costs := m.costs(load, w.who)
	return &Model{
		Take: w.who, Why: w.why, Load: load, Says: load.String(), Costs: costs, Facts: m.facts(a, load, costs),
		Machine: m.Machine, Date: m.Date, Again: Again,
	}
}

var (
	sizes   = map[string]int{"word": 8, "line": 64, "record": 1 << 10, "page": 16 << 10, "blob": 64 << 10}
	tasks   = map[string]int{"one": 1, "two": 2, "some": 8, "many": 64}
	reads   = map[string]int{"most": 90, "nearly": 99, "all": 100}
	works   = map[string]time.Duration{"short": 10 * time.Microsecond, "long": 100 * time.Microsecond}
	waiting = time.Millisecond
)

// share is how many of 100 uses read.
func (a Answers) share() int {
	if a["state"] == "read" {
		return reads["all"]
	}
	return reads[a.detail("reads")]
}

// steps tells whether one step changes several states, where a lock can do that.
func (a Answers) steps() bool { return a.detail("together") == "several" && a["machines"] == "one" }

// spread tells whether keys are on several machines.
func (a Answers) spread() bool { return a["state"] == "key" && a["machines"] == "many" }

// load is what was measured that is most like the answers: what matters most is as
// they say, and unmeasured names the rest. How many tasks there are matters most when
// there is one, then that it mostly reads, then how long a change works.
func (m *Measured) load(a Answers) Load {
	work := a.work()
	carries := sizes[a.detail("size")]
	switch {
	case a.detail("tasks") == "one":
		return Load{Bytes: carries, Tasks: 1}
	case a.share() > 0:
		l := Load{Bytes: carries, Tasks: 8, Reads: a.share()}
		switch {
		case l.Bytes < 1<<10:
			l.Bytes = 8
		case l.Bytes > 1<<10: // no table of large values is copied for each change
			l.Bytes, l.By = 64<<10, Pointer
		}
		return l
	case a.steps():
		return Load{Bytes: 8, Tasks: 8, Of: Two}
	case work != "moment" || a.spread():
		l := Load{Bytes: 8, Tasks: 8, Work: works[work]}
		if work == "waits" {
			l.Wait = waiting
		}
		if a["state"] == "key" {
			l.Of = Keys
		}
		return l
	}
	l := Load{Bytes: carries, Tasks: tasks[a.detail("tasks")]}
	if m.of(value, l).NS == 0 { // this number of tasks was not measured with this size
		l.Tasks = 8
	}
	return l
}

// work is how long a change works. Who chose keys and said no more is not told of a
// lock.
func (a Answers) work() string {
	if a["state"] == "key" && a["work"] == "" {
		return "short"
	}
	return a.detail("work")
}

// unmeasured are the details that were given and that a load is not like, as flags.
func unmeasured(a Answers, l Load) string {
	like := map[string]bool{
		"size":     l.Bytes == sizes[a["size"]],
		"tasks":    l.Tasks == tasks[a["tasks"]],
		"reads":    l.Reads == reads[a["reads"]],
		"work":     l.Work == works[a["work"]] && (l.Wait > 0) == (a["work"] == "waits"),
		"together": (l.Of == Two) == (a["together"] == "several"),
	}
	given := Answers{}
	for _, q := range a.Details() {
		if a[q.Name] != "" && !like[q.Name] {
			given[q.Name] = a[q.Name]
		}
	}
	return given.Flags()
}

// way is one way to hold what is shared, and why.
type way struct{ who, why string }

// clearly is how many times as much as another one a model costs that is dearer.
const clearly = 1.25

// take is the first of the ways that are right for the answers, unless another one
// of them is clearly cheaper.
func (m *Measured) take(a Answers, l Load) way {
	ways := a.ways(l)
	least := m.of(ways[0].who, l).NS
	for _, w := range ways {
		least = min(least, m.of(w.who, l).NS)
	}
	return ways[slices.IndexFunc(ways, func(w way) bool { return m.of(w.who, l).NS <= clearly*least })]
}

// ways are those that are right, the plainest first. The reasons say nothing of costs
// but that of two ways: then the second is taken for being clearly cheaper.
func (a Answers) ways(l Load) []way {
	byKey := a["state"] == "key"
	work := a.work()
	told, called := tell, call // of the load
	if l.Of == Keys {
		told, called = tellKey, callKey
	}
	switch {
	case a.spread() && a.detail("together") == "several":
		return []way{{called, "no lock spans machines: one asks both in turn, and takes the first change back when the second is refused"}}
	case a.spread():
		return []way{{told, "one actor a key: an owner has an address, on whichever machine it is; to get there costs more than all that stands here"}}
	case byKey && a.steps() && l.Tasks == 1:
		return []way{{value, "one around the map of all keys: one task uses it, so both change while nobody else has either"}}
	case l.Of == Two:
		return []way{{do2, "both change while nobody else has either, in one order for all; with owners it would be two messages, and others see what is between them"}}
	case byKey && a["work"] == "":
		return []way{{told, "one actor a key: keys do not hold up each other, and who tells goes on at once. That is for changes that compute some microseconds, or wait; for one that is over in a moment a lock is enough: see -work moment"}}
	case byKey && work != "moment":
		return []way{{told, "one actor a key: keys do not hold up each other, and who tells goes on at once"}}
	case l.Tasks == 1 && (work == "long" || work == "waits"):
		return []way{{value, "one task uses it, so nobody else stands at the lock while a change works, and no owner has to be woken. If the task is to go on meanwhile, a queue to an owner lets it"}}
	case l.Tasks == 1:
		return []way{{value, "one task uses it, so it never waits at the lock; a plain variable will do for as long as it stays one"}}
	case a.share() > 0:
		return a.waysToRead(work)
	case work == "long" || work == "waits":
		return []way{{queue, "the changes come one after the other in any model, but at a lock every task stands still meanwhile; a queue lets it go on, and says what happens when too much comes. Who needs the answer takes an actor's Call"}}
	case work == "short":
		return []way{
			{value, "the changes come one after the other in any model, and a lock is the plainest"},
			{queue, "the changes come one after the other in any model, and tasks that meet at a lock cost more than an owner who takes them from a queue"},
		}
	case byKey:
		return []way{{value, "one around the map of all keys: a change is over before a message would have arrived. Where many cores meet there, a map that is cut in parts, as github.com/puzpuzpuz/xsync has it"}}
	}
	return []way{
		{value, "the task changes it itself: it goes through no queue, and no owner has to be woken"},
		{queue, "tasks meet there, and an owner who takes from a queue costs less than their lock"},
	}
}

// waysToRead are those for what is mostly read. A change that works long, however
// rare, stops all readers at a lock: what it costs then is no figure, but their wait.
func (a Answers) waysToRead(work string) []way {
	var both string
	if a.detail("together") == "several" {
		both = "; hold all that one step changes as one"
	}
	switch {
	case work != "moment":
		return []way{{snapshot, "uses that read never wait, however long a change works: it is made beside what they read, and then put in its place; at a lock they all would wait for it" + both}}
	case a.share() == 100:
		return []way{{snapshot, replaced + both}}
	}
	return []way{
		{value, "a read is over in a moment, and a lock for all is the plainest" + both},
		{mostly, "readers do not wait for each other; a change waits until they are gone" + both},
		{snapshot, replaced + both},
	}
}

const replaced = "a read is one load and waits for nobody; a change makes the table anew, so keep pointers in it"

// costs are those of ours, of the cheapest that is written by hand, and of the table
// alone. By key it matters what one lock for all would cost, so there all are told.
func (m *Measured) costs(l Load, take string) (costs []Cost) {
	var hand, bare []Cost
	of := m.of(take, l).NS
	for _, f := range m.under(l) {
		switch c := (Cost{f.Who, f.NS, f.NS / of, f.Hand, f.Bare, f.Spread}); {
		case c.Hand:
			hand = append(hand, c)
		case c.Bare:
			bare = append(bare, c)
		default:
			costs = append(costs, c)
		}
	}
	slices.SortStableFunc(hand, func(a, b Cost) int { return cmp.Compare(a.NS, b.NS) })
	if l.Of != Keys {
		hand = hand[:min(1, len(hand))]
	}
	return slices.Concat(costs, hand, bare)
}

// facts are what else the figures say about such a load.
func (m *Measured) facts(a Answers, l Load, costs []Cost) []Fact {
	facts := []Fact{} // none is a list too
	if not := unmeasured(a, l); not != "" {
		facts = append(facts, Fact{"not measured", "there are no figures with" + not + ": those here are of " + l.String()})
	}
	if less := cheaper(costs); less != "" {
		facts = append(facts, Fact{"cheaper", less})
	}
	plain := l.Of == Whole && l.Reads == 0 && l.Work == 0 && l.Wait == 0
	if plain && l.Bytes >= 1<<10 {
		facts = append(facts, m.pointers(l)...)
	}
	if plain {
		facts = append(facts, Fact{"work", m.crossing(l)})
	}
	if a["machines"] == "many" && a["state"] == "write" {
		facts = append(facts, Fact{"machines", "no lock spans them: this is for one; what all machines change has one owner whom they ask, or is in a database"})
	}
	if plain && a["aim"] == "latency" {
		facts = append(facts, Fact{"waits", m.waited(l)})
	}
	return facts
}

// cheaper names those that cost clearly less than what to take, which has other
// reasons then.
func cheaper(costs []Cost) string {
	var less []string
	for _, c := range costs {
		if !c.Bare && c.Times*clearly < 1 {
			who := c.Who
			if c.Hand {
				who += ", by hand,"
			}
			less = append(less, fmt.Sprintf("%s %sx", who, figure(c.Times)))
		}
	}
	if less == nil {
		return ""
	}
	return strings.Join(less, "; ") + " under the load that was measured: take it where cost alone decides"
}

// pointers tell what it costs to send a pointer instead of the bytes.
func (m *Measured) pointers(l Load) []Fact {
	there := Load{Bytes: 64 << 10, By: Pointer, Tasks: l.Tasks}
	if m.of(value, there).NS == 0 {
		there.Tasks = 8
	}
	made := Load{Bytes: l.Bytes, By: New, Tasks: 8}
	return []Fact{
		{"pointer", m.list(there) + ", to what is there and frozen"},
		{"pointer, new", m.list(made) + ", to what is made for each change"},
	}
}

func (m *Measured) list(l Load) string {
	var parts []string
	for _, who := range []string{value, queue, tell} {
		parts = append(parts, short(who)+" "+span(m.of(who, l).NS))
	}
	return strings.Join(parts, ", ")
}

// short is a name without who gets what it carries.
func short(who string) string {
	name, _, _ := strings.Cut(who, " to ")
	return name
}

// Crossings are where one cost becomes larger than another one.
func (m *Measured) Crossings() []Fact {
	return []Fact{{"copies", m.copying()}, {"message", m.crossing(Load{Bytes: 8, Tasks: 8})}}
}

// copying tells from which size on a change costs twice what one of a word does.
func (m *Measured) copying() string {
	word := func(who string) float64 { return m.of(who, Load{Bytes: payloads[0], Tasks: 8}).NS }
	left := []string{value, queue, tell, call}
	var parts []string
	for _, n := range payloads[1:] {
		var from []string
		left = slices.DeleteFunc(left, func(who string) bool {
			here := m.of(who, Load{Bytes: n, Tasks: 8}).NS >= 2*word(who)
			if here {
				from = append(from, short(who))
			}
			return here
		})
		if len(from) > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", sizeOf(n), strings.Join(from, ", ")))
		}
	}
	if parts == nil {
		return fmt.Sprintf("copying costs less than all else up to %s", sizeOf(payloads[len(payloads)-1]))
	}
	return "copying costs as much as all else from " + strings.Join(parts, ", ") + " on"
}

// payloads are the sizes that were measured, by copy.
var payloads = []int{8, 64, 1 << 10, 16 << 10, 64 << 10}

// crossing tells how long a change must work for a message to cost a tenth of it.
func (m *Measured) crossing(l Load) string {
	enough := func(who string) string {
		more := m.of(who, l).NS - m.of(value, l).NS
		if more <= 0 {
			return "is no dearer than a lock"
		}
		return fmt.Sprintf("adds less than a tenth to a change that works %s and longer", span(10*more))
	}
	return fmt.Sprintf("an actor's Tell %s, a Call %s", enough(tell), enough(call))
}

// waited tells how long tasks wait when they work for some time in between.
func (m *Measured) waited(l Load) string {
	load := Load{Bytes: 8, Tasks: l.Tasks, Own: beside}
	if _, ok := m.waits(value, load); !ok {
		load.Tasks = 8
	}
	lock, _ := m.waits(value, load)
	told, _ := m.waits(tell, load)
	called, _ := m.waits(call, load)
	return fmt.Sprintf("99 of 100 times a task goes on within %s after a lock, %s after a Tell, %s after a Call, and what was told is done within %s: %s, with work of %s between changes of %s",
		span(lock.GoesOn), span(told.GoesOn), span(called.GoesOn), span(told.There), count(load.Tasks, "task"), duration(load.Own), sizeOf(load.Bytes))
}
