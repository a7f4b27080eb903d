package spawn

// A queue holds records of tasks. A task that ends only marks its record,
// without a lock; who starts the next task finds it. So ending costs no
// contention, and starting allocates nothing in the long run.
type queue struct{ head, tail *task }

func (q *queue) push(t *task) {
	t.next = nil
	if q.head == nil {
		q.head = t
	} else {
		q.tail.next = t
	}
	q.tail = t
}

func (q *queue) shift() *task {
	t := q.head
	q.head = t.next
	return t
}

// pop returns a record whose task has ended, or nil. It looks at two records,
// moves those in use to the back, and lets one go when both have ended: so a
// long-lived task hides nothing, and a burst is forgotten by and by.
func (q *queue) pop() (free *task) {
	for range 2 {
		if q.head == nil {
			break
		}
		if t := q.shift(); t.over.Load() {
			free = t
		} else {
			q.push(t)
		}
	}
	if free != nil {
		free.over.Store(false)
	}
	return free
}
