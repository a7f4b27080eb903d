package replay

import (
	"testing"

	"pgregory.net/rapid"
)

// A folded tree of chains must tell of each head what the unfolded one tells.
func TestFoldKeepsTheSums(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var folded, whole chains
		folded.makeChains(0)
		whole.makeChains(0)
		a := make([]gor, 5)
		b := make([]gor, 5)
		for range rapid.IntRange(0, 200).Draw(rt, "steps") {
			i := rapid.IntRange(0, 4).Draw(rt, "goroutine")
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0:
				j := rapid.IntRange(0, 4).Draw(rt, "waker")
				inherit(&a[i], &a[j])
				inherit(&b[i], &b[j])
			case 1:
				folded.fold(a)
			case 2:
				a[i].head, b[i].head = 0, 0 // blocked, or over
				a[i].own, b[i].own = false, false
			default:
				kind := Kind(rapid.IntRange(0, 1).Draw(rt, "kind"))
				stack := rapid.Uint32Range(0, 2).Draw(rt, "stack")
				folded.extend(&a[i], kind, stack, 0, 1)
				whole.extend(&b[i], kind, stack, 0, 1)
			}
		}
		before := len(folded.links)
		folded.fold(a)
		if len(folded.links) > before {
			rt.Errorf("%d links folded to %d", before, len(folded.links))
		}
		for i := range a {
			x, y := folded.sums(a[i].head), whole.sums(b[i].head)
			if len(x) != len(y) {
				rt.Fatalf("%v, want %v", x, y)
			}
			for k := range y {
				if x[k] != y[k] {
					rt.Fatalf("%v, want %v", x, y)
				}
			}
		}
	})
}

func (c *chains) sums(head int32) map[link][2]int64 {
	sums := map[link][2]int64{}
	for ; head > 0; head = c.links[head].prev {
		l := c.links[head]
		k := link{stack: l.stack, lock: l.lock, kind: l.kind}
		sums[k] = [2]int64{sums[k][0] + l.time, sums[k][1] + l.count}
	}
	return sums
}

// The memory of a long replay is bounded by what lives, not by its length.
func TestChainsStaySmall(t *testing.T) {
	p := lockProgram(400_000)
	s := newSim(p, Options{Cores: 4})
	s.begin()
	for most := 0; !s.ended; {
		if len(s.links) > s.foldAt {
			s.fold(s.gs)
			most = max(most, len(s.links))
			if most > 200 {
				t.Fatalf("%d links are left of %d operations by 17 goroutines", most, s.ops)
			}
		}
		s.event()
	}
}
