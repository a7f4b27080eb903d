package replay

// Events happen in the order of time, and at one time in the order in which
// they were planned.
type due struct {
	at  int64
	seq uint64
	id  int32 // processor, or goroutine whose delay ends
}

func (a *due) before(b *due) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// procHeap holds the next event of each processor that has one, and knows where,
// so that an event can be moved.
type procHeap struct {
	h   []due
	pos []int32 // by processor: index in h, or none
}

func (h *procHeap) place(i int, d due) {
	h.h[i] = d
	h.pos[d.id] = int32(i)
}

func (h *procHeap) up(i int, d due) {
	for i > 0 {
		parent := (i - 1) / 2
		if !d.before(&h.h[parent]) {
			break
		}
		h.place(i, h.h[parent])
		i = parent
	}
	h.place(i, d)
}

func (h *procHeap) down(i int, d due) {
	for {
		child := 2*i + 1
		if child >= len(h.h) {
			break
		}
		if child+1 < len(h.h) && h.h[child+1].before(&h.h[child]) {
			child++
		}
		if !h.h[child].before(&d) {
			break
		}
		h.place(i, h.h[child])
		i = child
	}
	h.place(i, d)
}

// set plans or moves the event of processor d.id.
func (h *procHeap) set(d due) {
	i := int(h.pos[d.id])
	switch {
	case i < 0:
		h.h = append(h.h, d)
		h.up(len(h.h)-1, d)
	case d.before(&h.h[i]):
		h.up(i, d)
	default:
		h.down(i, d)
	}
}

// remove takes away the event of processor id, if it has one.
func (h *procHeap) remove(id int32) {
	i := int(h.pos[id])
	if i < 0 {
		return
	}
	h.pos[id] = none
	last := len(h.h) - 1
	d := h.h[last]
	h.h = h.h[:last]
	if i == last {
		return
	}
	if i > 0 && d.before(&h.h[(i-1)/2]) {
		h.up(i, d)
	} else {
		h.down(i, d)
	}
}

// second is the time of the earliest event besides the first.
func (h *procHeap) second() int64 {
	t := int64(never)
	if len(h.h) > 1 {
		t = h.h[1].at
	}
	if len(h.h) > 2 && h.h[2].at < t {
		t = h.h[2].at
	}
	return t
}

// delayHeap holds the goroutines that are off the cores for a known time.
type delayHeap []due

func (h *delayHeap) push(d due) {
	s := append(*h, d)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !d.before(&s[parent]) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = d
	*h = s
}

func (h *delayHeap) pop() due {
	s := *h
	first := s[0]
	last := len(s) - 1
	d := s[last]
	s = s[:last]
	*h = s
	if last == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && s[child+1].before(&s[child]) {
			child++
		}
		if !s[child].before(&d) {
			break
		}
		s[i] = s[child]
		i = child
	}
	s[i] = d
	return first
}
