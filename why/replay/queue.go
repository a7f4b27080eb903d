package replay

// queue is a list of goroutines, linked by gor.next. The zero value is empty.
// A goroutine is in one queue at most.
type queue struct {
	n          int
	head, tail int32
	most       int // the largest n ever
}

func (s *sim) pushBack(q *queue, id int32) {
	s.gs[id].next = none
	if q.n == 0 {
		q.head = id
	} else {
		s.gs[q.tail].next = id
	}
	q.tail = id
	q.grown()
}

func (s *sim) pushFront(q *queue, id int32) {
	s.gs[id].next = q.head
	if q.n == 0 {
		q.tail, s.gs[id].next = id, none
	}
	q.head = id
	q.grown()
}

func (q *queue) grown() {
	q.n++
	q.most = max(q.most, q.n)
}

// popFront takes the first of a queue that is not empty.
func (s *sim) popFront(q *queue) int32 {
	id := q.head
	q.head = s.gs[id].next
	s.gs[id].next = none
	q.n--
	return id
}

// remove takes id out of q, in which it is.
func (s *sim) remove(q *queue, id int32) {
	if q.head == id {
		s.popFront(q)
		return
	}
	before := q.head
	for s.gs[before].next != id {
		before = s.gs[before].next
	}
	s.gs[before].next = s.gs[id].next
	if q.tail == id {
		q.tail = before
	}
	s.gs[id].next = none
	q.n--
}

func (s *sim) reverse(q *queue) {
	var r queue
	for q.n > 0 {
		s.pushFront(&r, s.popFront(q))
	}
	r.most = q.most
	*q = r
}
