package actors

// A message is one call of a method on its way: a record by value.
type message struct {
	op       opcode
	reply    *call // nil if nobody waits for an answer
	payload  payload
	deadline int64 // on the clock of the system; 0: none
	sent     int64 // when, for one message in a while; 0 for the others
}

// A ring holds the messages of a mailbox, in order. Its size is one of those of
// sizeOf, so that rings can be given back to the system.
type ring struct {
	slots   []message
	head, n int
	size    int // index of its size
	room    int // how many messages may be put into it
}

// sizes is how many sizes of rings there are: 2, 8, 32, … 2²¹. The least is small because
// a million actors may have one message each, and the largest holds the largest mailbox
// and a hand.
const sizes = 11

func sizeOf(index int) int { return 2 << (2 * index) }

// next returns the slot behind the last, which there must be.
func (r *ring) next() *message {
	m := &r.slots[(r.head+r.n)&(len(r.slots)-1)]
	r.n++
	return m
}

func (r *ring) full() bool { return r.n == len(r.slots) }

// back puts m in front of all others.
func (r *ring) back(m message) {
	r.head = (r.head - 1) & (len(r.slots) - 1)
	r.slots[r.head] = m
	r.n++
}

// take moves messages from the front to hand, and returns their number.
func (r *ring) take(hand []message) int {
	n := min(r.n, len(hand))
	for taken := 0; taken < n; {
		from := r.slots[r.head:min(r.head+n-taken, len(r.slots))]
		copy(hand[taken:], from)
		clear(from) // what they hold must not live on here
		taken += len(from)
		r.head = (r.head + len(from)) & (len(r.slots) - 1)
	}
	r.n -= n
	return n
}

// moveTo moves all messages to an empty, larger ring. It is kept out of grow, which
// should need little stack: see send.
//
//go:noinline
func (r *ring) moveTo(larger *ring) {
	larger.head = 0
	larger.n = r.take(larger.slots)
}

// newRing returns an empty ring of the size with this index.
func (s *System) newRing(size int) *ring {
	if r, ok := s.rings[size].Get().(*ring); ok {
		return r
	}
	if size == 0 {
		r := new(smallRing)
		r.slots = r.both[:]
		return &r.ring
	}
	return &ring{slots: make([]message, sizeOf(size)), size: size}
}

// smallRing is the least one, in one piece.
type smallRing struct {
	ring
	both [2]message
}

// giveBack takes an empty ring back.
func (s *System) giveBack(r *ring) { s.rings[r.size].Put(r) }
