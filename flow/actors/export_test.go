package actors

// Known is how many grains the system has cells of.
func (s *System) Known() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.grains)
}

// In returns the address that the actor of ref has in another node.
func (r Ref[S]) In(sys *System) (there Ref[S]) {
	e := &encoder{sys: r.cell.home.sys}
	r.encodeTo(e)
	there.decodeFrom(&decoder{sys: sys, buf: e.buf})
	return there
}

// Frame says what a message between nodes is: "ask", for whose answer an actor waits,
// "answer", "probe" or "other"; and which question it is about, if it is one of the first two.
func Frame(wire []byte) (what string, life, number uint64) {
	d := &decoder{buf: wire}
	switch d.uint() {
	case wireAsk:
		d.string()
		d.location()
		d.string()
		d.int()
		number = d.uint()
		if number == 0 {
			return "other", 0, 0
		}
		life = d.uint()
		if !d.bool() {
			return "other", 0, 0
		}
		return "ask", life, number
	case wireAnswer, wireCircle:
		return "answer", d.uint(), d.uint()
	case wireProbe:
		return "probe", 0, 0
	}
	return "other", 0, 0
}

// Watches is how many watches over nodes the system has, of its own actors and of others.
func (s *System) Watches() int {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	return len(s.remote.watches) + len(s.remote.watched)
}
