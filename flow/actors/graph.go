package actors

import "fmt"

// A Wait is an actor that waits for another one: for the answer to a Call, or for
// room in its mailbox.
type Wait struct {
	Who, For string
	Room     bool // what it waits for is room
}

// String says who waits for whom.
func (w Wait) String() string {
	if w.Room {
		return fmt.Sprintf("%s waits for room in %s", w.Who, w.For)
	}
	return fmt.Sprintf("%s waits for %s", w.Who, w.For)
}

// Waits lists who waits for whom at the moment: the wait-for graph. Circles in it
// are refused, so what is at the end of a chain is what all others wait for.
func (s *System) Waits() (all []Wait) {
	for _, c := range s.everybody() {
		for _, k := range c.allWaits() {
			if k.parting && k.state() == waiting {
				all = append(all, Wait{Who: c.name(), For: "its children"})
			}
			if to := k.to.Load(); to != nil && k.state() == waiting {
				all = append(all, Wait{Who: c.name(), For: to.name(), Room: k.blocked.Load()})
			}
		}
	}
	return all
}
