package scatter

import "container/heap"

// TopK makes a merge for [Gather] out of lists that are sorted already, the
// best first: it returns the k best of all. Equal values come in the order of
// the shards. compare is negative if a is better than b.
//
// It looks at k values and one of each shard, however long the lists are.
func TopK[T any](k int, compare func(a, b T) int) func(Replies[[]T]) ([]T, error) {
	return func(replies Replies[[]T]) ([]T, error) {
		lists := make([][]T, 0, len(replies))
		for _, l := range replies.Good() {
			lists = append(lists, l)
		}
		return Top(k, compare, lists...), nil
	}
}

// Top returns the k best of lists that are sorted already, the best first. It is
// what TopK does, for a merge that has more to do, or a k that each question
// brings.
func Top[T any](k int, compare func(a, b T) int, lists ...[]T) []T {
	h := &heads[T]{compare: compare}
	room := 0
	for i, l := range lists {
		if len(l) > 0 {
			h.lists = append(h.lists, list[T]{l, i})
			room += len(l)
		}
	}
	heap.Init(h)
	best := make([]T, 0, max(0, min(k, room)))
	for len(best) < k && len(h.lists) > 0 {
		first := &h.lists[0]
		best = append(best, first.rest[0])
		if first.rest = first.rest[1:]; len(first.rest) == 0 {
			heap.Pop(h)
		} else {
			heap.Fix(h, 0)
		}
	}
	return best
}

// list is what is left of the reply of one shard.
type list[T any] struct {
	rest  []T
	shard int
}

// heads is a heap of lists by their first values.
type heads[T any] struct {
	lists   []list[T]
	compare func(a, b T) int
}

func (h *heads[T]) Len() int      { return len(h.lists) }
func (h *heads[T]) Swap(i, j int) { h.lists[i], h.lists[j] = h.lists[j], h.lists[i] }
func (h *heads[T]) Push(any)      {} // lists only get shorter

func (h *heads[T]) Less(i, j int) bool {
	a, b := h.lists[i], h.lists[j]
	if c := h.compare(a.rest[0], b.rest[0]); c != 0 {
		return c < 0
	}
	return a.shard < b.shard
}

func (h *heads[T]) Pop() any {
	h.lists = h.lists[:len(h.lists)-1]
	return nil
}
