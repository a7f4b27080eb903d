package actors

// everyOrder visits each world that can come after first, whatever comes when, and looks
// whether it is as it should be; over says that nothing can come after it. It returns how
// many worlds there are.
func everyOrder[W comparable](first W, next func(W) []W, check func(w W, over bool) error) (int, error) {
	seen := map[W]bool{first: true}
	for todo := []W{first}; len(todo) > 0; {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		all := next(w)
		if err := check(w, len(all) == 0); err != nil {
			return len(seen), err
		}
		for _, n := range all {
			if !seen[n] {
				seen[n] = true
				todo = append(todo, n)
			}
		}
	}
	return len(seen), nil
}
