package forkjoin_test

import (
	"cmp"
	"context"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/task/forkjoin"
)

// The programs of these benchmarks, each beside its serial twin; -cpu 1 shows
// what forking costs, -cpu 2 what it brings.

// Fibonacci numbers: forks, and nothing else.

func fibSerial(n int) int {
	if n < 2 {
		return n
	}
	return fibSerial(n-1) + fibSerial(n-2)
}

func fib(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	f := c.Fork(n - 1)
	y := fib(c, n-2)
	if c.TakeBack(f) {
		return y + fib(c, n-1)
	}
	return y + c.Join(f)
}

func fibBoth(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	x, y := c.Both(n-1, n-2)
	return x + y
}

func fibRoom(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	if !c.Room() {
		return fibAlone(c, n)
	}
	x, y := c.Both(n-1, n-2)
	return x + y
}

// fibAlone is the serial program, and goes back when somebody asks for work.
func fibAlone(c *forkjoin.Branch[int, int], n int) int {
	if n < 2 {
		return n
	}
	if c.Wanted() {
		return fibRoom(c, n)
	}
	return fibAlone(c, n-1) + fibAlone(c, n-2)
}

func fibDo(c *forkjoin.Ctx, n int) int {
	if n < 2 {
		return n
	}
	x, y := forkjoin.Do(c,
		func(c *forkjoin.Ctx) int { return fibDo(c, n-1) },
		func(c *forkjoin.Ctx) int { return fibDo(c, n-2) })
	return x + y
}

func benchRecursion[A, R any](b *testing.B, name string, body func(*forkjoin.Branch[A, R], A) R, arg A) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := forkjoin.Recurse(context.Background(), body, arg); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchSerial[R any](b *testing.B, f func() R) {
	b.Run("serial", func(b *testing.B) {
		for b.Loop() {
			f()
		}
	})
}

func BenchmarkFib(b *testing.B) {
	const n = 32 // 3.5 million forks
	benchSerial(b, func() int { return fibSerial(n) })
	benchRecursion(b, "recorded", fib, n)
	benchRecursion(b, "Both", fibBoth, n)
	benchRecursion(b, "Room", fibRoom, n)
	b.Run("Do", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := forkjoin.Run(context.Background(), func(c *forkjoin.Ctx) int { return fibDo(c, n) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// N queens: small nodes, uneven.

type board struct{ all, columns, left, right uint32 }

func (b board) free() uint32 { return b.all &^ (b.columns | b.left | b.right) }

func (b board) put(bit uint32) board {
	return board{b.all, b.columns | bit, (b.left | bit) << 1, (b.right | bit) >> 1}
}

func queensSerial(b board) int {
	if b.columns == b.all {
		return 1
	}
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		n += queensSerial(b.put(free & -free))
	}
	return n
}

func queens(c *forkjoin.Branch[board, int], b board) int {
	if b.columns == b.all {
		return 1
	}
	var last forkjoin.Forked
	sum, forks, free := 0, 0, b.free()
	for ; bits.OnesCount32(free) > 1; free &= free - 1 {
		last = c.Fork(b.put(free & -free))
		forks++
	}
	if free != 0 {
		sum = queens(c, b.put(free))
	}
	for ; forks > 0; forks-- {
		sum += c.Join(last)
		last--
	}
	return sum
}

// queensRoom forks as long as somebody may come for it.
func queensRoom(c *forkjoin.Branch[board, int], b board) int {
	if !c.Room() {
		return queensAlone(c, b)
	}
	return queens(c, b)
}

// queensAlone is the serial program, and goes back when somebody asks for work.
func queensAlone(c *forkjoin.Branch[board, int], b board) int {
	if c.Wanted() {
		return queensRoom(c, b)
	}
	if b.columns == b.all {
		return 1
	}
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		n += queensAlone(c, b.put(free&-free))
	}
	return n
}

// queensGo starts a goroutine for each of the boards with depth queens.
func queensGo(b board, depth int) int {
	if depth == 0 || b.columns == b.all {
		return queensSerial(b)
	}
	var wg sync.WaitGroup
	var sums [32]int
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		child, sum := b.put(free&-free), &sums[n]
		wg.Go(func() { *sum = queensGo(child, depth-1) })
		n++
	}
	wg.Wait()
	total := 0
	for _, s := range sums[:n] {
		total += s
	}
	return total
}

func BenchmarkQueens(b *testing.B) {
	start := board{all: 1<<13 - 1}
	benchSerial(b, func() int { return queensSerial(start) })
	benchRecursion(b, "recorded", queens, start)
	benchRecursion(b, "Room", queensRoom, start)
	b.Run("goroutines", func(b *testing.B) {
		for b.Loop() {
			queensGo(start, 3)
		}
	})
}

// An uneven tree: a node has eight children or none, and the hash of its path
// decides (Olivier and others: UTS, An Unbalanced Tree Search Benchmark).

type node struct{ hash, depth uint64 }

const (
	rootChildren = 2000
	children     = 8
	fertile      = 1<<64 - 1 - (1<<64-1)/children*7 - (1<<64-1)/8000 // a little less than one in eight
)

func (n node) child(i int) node {
	x := n.hash + uint64(i+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return node{x ^ x>>31, n.depth + 1}
}

func (n node) children() int {
	switch {
	case n.depth == 0:
		return rootChildren
	case n.hash < fertile:
		return children
	}
	return 0
}

func treeSerial(n node) int {
	sum := 1
	for i := range n.children() {
		sum += treeSerial(n.child(i))
	}
	return sum
}

func tree(c *forkjoin.Branch[node, int], n node) int {
	sum, k := 1, n.children()
	if k == 0 {
		return 1
	}
	forks := make([]forkjoin.Forked, 0, children)
	for i := range k {
		forks = append(forks, c.Fork(n.child(i)))
	}
	for _, f := range slices.Backward(forks) {
		sum += c.Join(f)
	}
	return sum
}

func treeRoom(c *forkjoin.Branch[node, int], n node) int {
	sum, k := 1, n.children()
	if k == 0 {
		return 1
	}
	if !c.Room() {
		for i := range k {
			sum += treeRoom(c, n.child(i))
		}
		return sum
	}
	forks := make([]forkjoin.Forked, 0, children)
	for i := range k {
		forks = append(forks, c.Fork(n.child(i)))
	}
	for _, f := range slices.Backward(forks) {
		sum += c.Join(f)
	}
	return sum
}

func BenchmarkTree(b *testing.B) {
	root := node{hash: 42}
	b.Logf("%d nodes", treeSerial(root))
	benchSerial(b, func() int { return treeSerial(root) })
	benchRecursion(b, "recorded", tree, root)
	benchRecursion(b, "Room", treeRoom, root)
}

// Merge sort down to 32 items.

type sorting struct{ a, tmp []int32 }

func (s sorting) halves() (x, y sorting) {
	mid := len(s.a) / 2
	return sorting{s.a[:mid], s.tmp[:mid]}, sorting{s.a[mid:], s.tmp[mid:]}
}

func (s sorting) leaf() bool {
	if len(s.a) > 32 {
		return false
	}
	for i := 1; i < len(s.a); i++ {
		x, j := s.a[i], i
		for j > 0 && x < s.a[j-1] {
			s.a[j] = s.a[j-1]
			j--
		}
		s.a[j] = x
	}
	return true
}

// merge merges the halves of a, of which the lower has mid items.
func (s sorting) merge(mid int) {
	copy(s.tmp, s.a)
	x, y := s.tmp[:mid], s.tmp[mid:len(s.a)]
	to := s.a
	for len(x) > 0 && len(y) > 0 {
		if y[0] < x[0] {
			to[0], y = y[0], y[1:]
		} else {
			to[0], x = x[0], x[1:]
		}
		to = to[1:]
	}
	copy(to[copy(to, x):], y)
}

func mergeSerial(s sorting) {
	if s.leaf() {
		return
	}
	x, y := s.halves()
	mergeSerial(x)
	mergeSerial(y)
	s.merge(len(x.a))
}

func mergeSort(c *forkjoin.Branch[sorting, struct{}], s sorting) (_ struct{}) {
	if s.leaf() {
		return
	}
	x, y := s.halves()
	c.Both(x, y)
	s.merge(len(x.a))
	return
}

func BenchmarkMergesort(b *testing.B) {
	const n = 2_000_000
	random := make([]int32, n)
	for i := range random {
		random[i] = rand.Int32()
	}
	a, tmp := make([]int32, n), make([]int32, n)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				copy(a, random)
				f()
			}
			if !slices.IsSorted(a) {
				b.Fatal("not sorted")
			}
		})
	}
	run("serial", func() { mergeSerial(sorting{a, tmp}) })
	run("recorded", func() { forkjoin.Recurse(context.Background(), mergeSort, sorting{a, tmp}) })
	run("slices.SortFunc", func() { slices.SortFunc(a, cmp.Compare) })
	run("slices.SortStableFunc", func() { slices.SortStableFunc(a, cmp.Compare) })
	run("Sort", func() { forkjoin.Sort(context.Background(), a, cmp.Compare[int32]) })
}

func sum4(x []float64) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, v := range x {
		a += v
	}
	return a + b + c + d
}

func BenchmarkReduce(b *testing.B) {
	x := make([]float64, 20_000_000)
	for i := range x {
		x[i] = float64(i)
	}
	benchSerial(b, func() float64 { return sum4(x) })
	b.Run("halves", func(b *testing.B) {
		for b.Loop() {
			var upper float64
			var wg sync.WaitGroup
			wg.Go(func() { upper = sum4(x[len(x)/2:]) })
			sum4(x[:len(x)/2])
			wg.Wait()
			_ = upper
		}
	})
	b.Run("Reduce", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			forkjoin.Reduce(context.Background(), len(x),
				func(lo, hi int) float64 { return sum4(x[lo:hi]) },
				func(a, b float64) float64 { return a + b })
		}
	})
}

func BenchmarkMap(b *testing.B) {
	items := make([]int, 1_000_000)
	work := func(n int) func(int) int {
		return func(x int) int {
			for range n {
				x = x*1664525 + 1013904223
			}
			return x
		}
	}
	for _, body := range []struct {
		name string
		f    func(int) int
	}{{"empty", work(0)}, {"75ns", work(75)}} {
		b.Run(body.name, func(b *testing.B) {
			benchSerial(b, func() []int {
				out := make([]int, len(items))
				for i, v := range items {
					out[i] = body.f(v)
				}
				return out
			})
			b.Run("chunks", func(b *testing.B) {
				for b.Loop() {
					out := make([]int, len(items))
					var wg sync.WaitGroup
					for part := range 2 {
						lo, hi := part*len(items)/2, (part+1)*len(items)/2
						wg.Go(func() {
							for i, v := range items[lo:hi] {
								out[lo+i] = body.f(v)
							}
						})
					}
					wg.Wait()
				}
			})
			b.Run("Map", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					forkjoin.Map(context.Background(), items, body.f)
				}
			})
		})
	}
}

// What does the smallest run cost?
func BenchmarkSmall(b *testing.B) {
	b.Run("no fork", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			forkjoin.Recurse(context.Background(), fib, 1)
		}
	})
	b.Run("one fork", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			forkjoin.Recurse(context.Background(), fib, 2)
		}
	})
}
