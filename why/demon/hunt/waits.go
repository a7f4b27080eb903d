package hunt

// waits are how long each goroutine waited for a lock.
type waits struct {
	of map[uint64]*wait
}

type wait struct {
	turns   int
	total   int64
	longest int64
	stack   int
}

func (w *waits) add(g *goroutine, ns int64, stack int) {
	if w.of == nil {
		w.of = map[uint64]*wait{}
	}
	x := w.of[g.id]
	if x == nil {
		if len(w.of) >= 64 {
			return
		}
		x = &wait{}
		w.of[g.id] = x
	}
	x.turns++
	x.total += ns
	x.longest = max(x.longest, ns)
	x.stack = stack
}

func (w *waits) stacks(keep func(int)) {
	for _, x := range w.of {
		keep(x.stack)
	}
}
