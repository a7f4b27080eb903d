package consume

import "container/heap"

// A ready holds the jobs that a worker may take: in the order in which they
// came, or by rank.
type ready[T any] struct {
	byRank bool
	queue  fifo[T]
	ranked ranked[T]
}

func (r *ready[T]) len() int { return r.queue.len() + len(r.ranked) }

func (r *ready[T]) push(j *job[T]) {
	if r.byRank {
		heap.Push(&r.ranked, j)
	} else {
		r.queue.push(j)
	}
}

func (r *ready[T]) pop() *job[T] {
	if r.byRank {
		return heap.Pop(&r.ranked).(*job[T])
	}
	return r.queue.pop()
}

// fifo is a ring that grows.
type fifo[T any] struct {
	jobs       []*job[T] // a power of two
	head, tail int
}

func (q *fifo[T]) len() int { return q.tail - q.head }

func (q *fifo[T]) push(j *job[T]) {
	if q.len() == len(q.jobs) {
		q.grow()
	}
	q.jobs[q.tail&(len(q.jobs)-1)] = j
	q.tail++
}

func (q *fifo[T]) pop() *job[T] {
	at := q.head & (len(q.jobs) - 1)
	j := q.jobs[at]
	q.jobs[at] = nil
	q.head++
	return j
}

func (q *fifo[T]) grow() {
	bigger := make([]*job[T], max(16, 2*len(q.jobs)))
	n := 0
	for ; q.len() > 0; n++ {
		bigger[n] = q.pop()
	}
	q.jobs, q.head, q.tail = bigger, 0, n
}

// ranked is a heap of jobs, the lowest rank first, then the oldest.
type ranked[T any] []*job[T]

func (r ranked[T]) Len() int      { return len(r) }
func (r ranked[T]) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *ranked[T]) Push(j any)   { *r = append(*r, j.(*job[T])) }

func (r ranked[T]) Less(i, j int) bool {
	if r[i].rank != r[j].rank {
		return r[i].rank < r[j].rank
	}
	return r[i].number < r[j].number
}

func (r *ranked[T]) Pop() any {
	last := len(*r) - 1
	j := (*r)[last]
	(*r)[last] = nil
	*r = (*r)[:last]
	return j
}
