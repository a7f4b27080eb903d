package actors

// Known is how many grains the system has cells of.
func (s *System) Known() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.grains)
}
