package park

import "testing"

// Waiters that were woken in vain get their old places back, whoever of them
// is first to notice.
func TestRejoinKeepsOrder(t *testing.T) {
	var l Line
	a, b, c := l.join(), l.join(), l.join()
	unpark(l.call(2))
	d := l.join()
	for _, w := range []*waiter{b, a} {
		w.Take()
		w.state = out
		l.rejoin(w, false)
	}
	for i, want := range []*waiter{a, b, c, d} {
		if got := l.call(1); got != want {
			t.Errorf("waiter %d has ticket %d, want %d", i, got.ticket, want.ticket)
		}
	}
	if l.Len() != 0 || l.head != nil || l.tail != nil {
		t.Error("the line is not empty")
	}
}

// A burst of waiters is forgotten.
func TestSpareWaitersAreBounded(t *testing.T) {
	var l Line
	var all []*waiter
	for range 3 * maxSpare {
		all = append(all, l.join())
	}
	for _, w := range all {
		l.leave(w)
	}
	n := 0
	for w := l.free; w != nil; w = w.next {
		n++
	}
	if n != maxSpare || l.spare != n {
		t.Errorf("%d waiters kept, counted %d, want %d", n, l.spare, maxSpare)
	}
}
