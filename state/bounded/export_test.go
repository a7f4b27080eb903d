package bounded

// Kept counts the slots of a queue that hold something.
func Kept[T any](q *Queue[T], something func(T) bool) (n int) {
	for _, v := range q.ring.slots {
		if something(v) {
			n++
		}
	}
	return n
}
