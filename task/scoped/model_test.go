package scoped

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The model runs a few goroutines of a group, and one of another group that has
// the same shared limit, through every interleaving of the protocol of the line
// and of lending. See DESIGN.md.
//
// What is atomic in the code is one step: to take from a limit or to give back
// (which lets in who waits), to put a task into the line or to take it out, to
// change awaiting. The order of steps, which the functions have in program text,
// is written down again in proc.step.
//
// Whatever the order, in the end every goroutine has ended, nothing is left in the
// line, and all slots are free.

// flaw is a mistake to seed, so that the model can be seen to find it.
type flaw uint8

const (
	sound         flaw = iota
	kickBefore         // who puts a task into the line looks for slots before, not after
	releaseOnly        // who gives slots back does not look into the line
	nobodyAwaits       // nobody waits for the shared limit on behalf of the line
	awaitOnce          // who has waited for slots does not look into the line again
	tryGoOnly          // TryGo that fails does not look into the line
	fullOnly           // Go that finds the line full does not look into it
	emptyOnly          // who has taken slots for a task that another one took does not look again
	keepsWhenLent      // who waits for its own task keeps its slots
	flaws
)

type room struct {
	size, used int
	waiting    string // names of those in line
}

func (r *room) try() bool {
	if r.waiting != "" || r.used == r.size {
		return false
	}
	r.used++
	return true
}

func (r *room) full() bool { return r.waiting != "" || r.used >= r.size }

// model is a state of the whole. It is copied before each step.
type model struct {
	flaw        flaw
	own, shared room
	line        string // names of tasks
	lineSize    int
	awaiting    bool
	over        string // names of tasks that are over
	granted     string // names of goroutines that a limit has let in
	procs       []proc
}

// A proc is a goroutine: its next steps.
type proc struct {
	name byte
	ok   bool // what the last try gave
	next []step
}

type step string

func (p *proc) do(steps ...step) { p.next = append(steps, p.next...) }

// took reports whether the last try took slots.
func (p *proc) took() (ok bool) {
	ok, p.ok = p.ok, false
	return ok
}

// key tells states apart.
func (m *model) key() string {
	procs := make([]string, len(m.procs))
	for i, p := range m.procs {
		b := []byte{p.name, '0'}
		if p.ok {
			b[1] = '1'
		}
		for _, s := range p.next {
			b = append(append(b, ' '), s...)
		}
		procs[i] = string(b)
	}
	slices.Sort(procs)
	awaiting := ""
	if m.awaiting {
		awaiting = "awaiting"
	}
	used := string([]byte{'0' + byte(m.own.used), '0' + byte(m.shared.used)})
	return strings.Join(append(procs, used, m.own.waiting, m.shared.waiting, m.line, awaiting, sorted(m.over), sorted(m.granted)), ";")
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func (m *model) clone() *model {
	c := *m
	c.procs = slices.Clone(m.procs)
	for i := range c.procs {
		c.procs[i].next = slices.Clone(c.procs[i].next)
	}
	return &c
}

func (m *model) room(of byte) *room {
	if of == 'o' {
		return &m.own
	}
	return &m.shared
}

// release gives back, and lets in who is first in line.
func (m *model) release(r *room) {
	r.used--
	for r.waiting != "" && r.used < r.size {
		m.granted += r.waiting[:1]
		r.waiting = r.waiting[1:]
		r.used++
	}
}

// begin is spawn: a goroutine with the named task, which has its slots.
func (m *model) begin(task byte) {
	m.procs = append(m.procs, proc{name: task, next: []step{step([]byte{'*', task})}})
}

var release = []step{"-o", "-s", "kick"}

// step does the next step of goroutine i, with those after it that no other
// goroutine can see or change, and reports whether it could.
func (m *model) step(i int) bool {
	if !m.one(i) {
		return false
	}
	for m.local(&m.procs[i]) {
		m.one(i)
	}
	if len(m.procs[i].next) == 0 {
		m.procs = slices.Delete(m.procs, i, i+1)
	}
	return true
}

func (m *model) local(p *proc) bool {
	if len(p.next) == 0 {
		return false
	}
	now := p.next[0]
	return strings.ContainsRune("*gtGT", rune(now[0])) || now == "kick2" && !p.ok || m.shared.size == 0 && len(now) == 2 && now[1] == 's'
}

func (m *model) one(i int) bool {
	p := &m.procs[i]
	if len(p.next) == 0 {
		return false
	}
	now := p.next[0]
	p.next = p.next[1:]
	if m.shared.size == 0 && len(now) == 2 && now[1] == 's' { // there is none
		return true
	}
	switch now[0] {
	case '*': // run task now[1]
		m.run(p, now[1])
	case '?': // try to take
		if m.trying(p, now[1]); now == "?s" && !p.ok {
			return true
		}
	case '+', '!': // take, or take first, from limit now[1]
		r := m.room(now[1])
		if r.try() {
			break
		}
		if now[0] == '!' {
			r.waiting = string(p.name) + r.waiting
		} else {
			r.waiting += string(p.name)
		}
		p.do("park")
	case '-': // give back
		m.release(m.room(now[1]))
	case '=': // wait until task now[1] is over
		if !strings.Contains(m.over, string(now[1])) {
			return false
		}
	case '.': // task now[1] is over
		m.over += string(now[1])
	case 'g', 't': // Go, TryGo
		p.do("?o", "?s", "G"+now[1:])
		if now[0] == 't' {
			p.next[2] = "T" + now[1:]
		}
	case 'G': // the rest of Go
		if p.took() {
			m.begin(now[1])
			break
		}
		p.do("later" + now[1:])
	case 'T':
		if p.took() {
			m.begin(now[1])
			break
		}
		m.over += string(now[1]) // nobody waits for it
		if m.flaw != tryGoOnly {
			p.do("kick")
		}
	default:
		return m.rest(p, now)
	}
	return true
}

func (m *model) trying(p *proc, of byte) {
	switch {
	case of == 'o':
		p.ok = m.own.try()
	case p.ok && !m.shared.try():
		p.ok = false
		p.do("-o")
	}
}

// run is a task, and what its goroutine does after it.
func (m *model) run(p *proc, task byte) {
	switch {
	case task == 'a' && m.flaw == keepsWhenLent: // a waits for b
		p.do("=b", ".a", "next")
	case task == 'a':
		p.do(append(slices.Clone(release), "=b", "!o", "!s", ".a", "next")...)
	default:
		p.do(step([]byte{'.', task}), "next")
	}
}

// rest are the steps of backlog.go.
func (m *model) rest(p *proc, now step) bool {
	switch {
	case now == "park":
		if !strings.Contains(m.granted, string(p.name)) {
			p.next = append([]step{now}, p.next...)
			return false
		}
		m.granted = strings.Replace(m.granted, string(p.name), "", 1)
	case strings.HasPrefix(string(now), "later"):
		m.later(p, now[5:])
	case strings.HasPrefix(string(now), "push"):
		m.line += string(now[4:])
	case strings.HasPrefix(string(now), "room"): // waits for room in the line
		if len(m.line) >= m.lineSize {
			return false
		}
		p.do("later" + now[4:])
	case now == "kick":
		if m.line != "" {
			p.do("?o", "?s", "kick2")
		}
	case now == "kick2":
		m.kick(p)
	case now == "full?":
		if !m.own.full() {
			p.do("await")
		}
	case now == "await":
		if !m.awaiting && m.flaw != nobodyAwaits {
			m.awaiting = true
			m.procs = append(m.procs, proc{name: 'w', next: []step{"+o", "+s", "awaited", "await-", "kick"}})
			if m.flaw == awaitOnce {
				last := &m.procs[len(m.procs)-1]
				last.next = last.next[:4]
			}
		}
	case now == "awaited":
		if m.line == "" {
			p.do(release...)
			break
		}
		m.begin(m.pop())
	case now == "await-":
		m.awaiting = false
	case now == "next":
		m.next(p)
	}
	return true
}

func (m *model) pop() byte {
	task := m.line[0]
	m.line = m.line[1:]
	return task
}

func (m *model) later(p *proc, task step) {
	switch {
	case len(m.line) >= m.lineSize && m.flaw == fullOnly:
		p.do("room" + task)
	case len(m.line) >= m.lineSize:
		p.do("kick", "room"+task)
	case m.flaw == kickBefore:
		p.do("kick", "push"+task)
	default:
		m.line += string(task)
		p.do("kick")
	}
}

func (m *model) kick(p *proc) {
	switch {
	case !p.took():
		p.do("full?")
	case m.line != "":
		m.begin(m.pop())
		p.do("kick")
	case m.flaw == emptyOnly:
		p.do("-o", "-s")
	default:
		p.do("-o", "-s", "kick")
	}
}

func (m *model) next(p *proc) {
	if m.line == "" {
		p.do(release...)
		if m.flaw == releaseOnly {
			p.next = p.next[:2]
		}
		return
	}
	run := step([]byte{'*', m.pop()})
	if m.own.waiting+m.shared.waiting != "" {
		p.do("-o", "-s", "+o", "+s", run)
		return
	}
	p.do(run)
}

func (m *model) ended() bool {
	return len(m.procs) == 0 && m.line == "" && m.own.used == 0 && m.shared.used == 0
}

func (m *model) String() string {
	return fmt.Sprintf("own %v, shared %v, line %q, over %q, goroutines %v", m.own, m.shared, m.line, m.over, m.procs)
}

// explore visits every state that can be reached, and returns how many there
// are, and one in which nothing more happens and not all is over.
func explore(start *model) (states int, stuck *model) {
	seen := map[string]bool{start.key(): true}
	todo := []*model{start}
	for len(todo) > 0 {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if m.own.used < 0 || m.own.used > m.own.size || m.shared.used < 0 || m.shared.used > m.shared.size {
			return len(seen), m
		}
		moved := false
		for i := range m.procs {
			c := m.clone()
			if !c.step(i) {
				continue
			}
			moved = true
			if key := c.key(); !seen[key] {
				seen[key] = true
				todo = append(todo, c)
			}
		}
		if !moved && !m.ended() {
			return len(seen), m
		}
	}
	return len(seen), nil
}

// A scenario is what the body does, and how much there is of what. Task a waits
// for b; x is a task of another group below the shared limit.
type scenario struct {
	body              []step
	own, shared, line int // 0: no shared limit
	x                 bool
	begun             bool // a has slots already, and b is in the line
}

var scenarios = []scenario{
	{body: []step{"ga", "gb"}, own: 1, shared: 2, line: 1, x: true},
	{body: []step{"ga", "gb"}, own: 1, shared: 1, line: 2, x: true},
	{body: []step{"ga", "gb"}, own: 2, shared: 1, line: 2, x: true},
	{body: []step{"ga", "gb", "tc"}, own: 1, shared: 1, line: 2},
	{body: []step{"ga", "tc", "gb"}, own: 1, shared: 1, line: 1},
	{body: []step{"ga", "gb", "gc"}, own: 2, line: 1},
	{body: []step{"tc"}, own: 1, shared: 1, line: 1, x: true, begun: true},
}

// larger scenarios take some minutes.
var larger = []scenario{
	{body: []step{"ga", "gb", "gc"}, own: 1, line: 2},
	{body: []step{"ga", "gb"}, own: 1, shared: 1, line: 1, x: true},
	{body: []step{"gc"}, own: 1, shared: 1, line: 2, x: true, begun: true},
	{body: []step{"gc"}, own: 1, shared: 1, line: 1, x: true, begun: true},
	{body: []step{"gc"}, own: 1, shared: 1, line: 1, begun: true},
	{body: []step{"gc"}, own: 2, shared: 1, line: 1, begun: true},
	{body: []step{"gc", "gd"}, own: 1, line: 2, begun: true},
}

var thorough = flag.Bool("thorough", false, "explore the larger scenarios of the model too")

func allScenarios() []scenario {
	if *thorough {
		return slices.Concat(scenarios, larger)
	}
	return scenarios
}

func (s scenario) start(flaw flaw) *model {
	m := &model{flaw: flaw, own: room{size: s.own}, shared: room{size: s.shared}, lineSize: s.line,
		procs: []proc{{name: 'B', next: s.body}}}
	if s.x {
		m.procs = append(m.procs, proc{name: 'X', next: []step{"+s", "-s"}})
	}
	if s.begun {
		m.own.used, m.shared.used, m.line = 1, min(1, s.shared), "b"
		m.begin('a')
	}
	return m
}

func TestModel(t *testing.T) {
	for _, s := range allScenarios() {
		states, stuck := explore(s.start(sound))
		if stuck != nil {
			t.Errorf("%+v: %v", s, stuck)
		}
		t.Logf("%+v: %d states", s, states)
	}
}

func TestModelFindsFlaws(t *testing.T) {
	for flaw := sound + 1; flaw < flaws; flaw++ {
		if !*thorough && (flaw == fullOnly || flaw == emptyOnly) {
			continue // only the larger scenarios find them
		}
		if !slices.ContainsFunc(allScenarios(), func(s scenario) bool {
			_, stuck := explore(s.start(flaw))
			return stuck != nil
		}) {
			t.Errorf("flaw %d is not found", flaw)
		}
	}
}
