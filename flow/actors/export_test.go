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
