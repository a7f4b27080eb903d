package forkjoin

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Filter returns the items that keep says yes to, in their order. The result
// has room for all of them; slices.Clip gives back what is too much.
func Filter[T any](ctx context.Context, items []T, keep func(T) bool) ([]T, error) {
	var (
		kept   = make([]T, len(items))
		mu     sync.Mutex // guards pieces, for one append at a time
		pieces []span     // of kept: from the beginning of each range as many as were kept
	)
	err := For(ctx, len(items), func(lo, hi int) {
		end := lo
		for _, item := range items[lo:hi] {
			if keep(item) {
				kept[end] = item
				end++
			}
		}
		mu.Lock()
		defer mu.Unlock()
		pieces = append(pieces, span{lo, end})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pieces, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	n := 0
	for _, p := range pieces {
		n += copy(kept[n:], kept[p.lo:p.hi])
	}
	clear(kept[n:])
	return kept[:n], nil
}
