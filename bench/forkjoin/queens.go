package forkjoin

import (
	"fmt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/task/forkjoin"
)

// queensCutoff is from which row on a goroutine goes on alone.
const queensCutoff = 3

// maxQueens is the most that one row offers.
const maxQueens = 16

// queensCase counts the ways to place queens: small parts, uneven.
func queensCase(n int) contest.Case {
	start := chess{all: 1<<n - 1}
	want := queensSerial(start)
	unit := boards(start)
	c := contest.Case{
		Name: fmt.Sprintf("queens %d", n),
		Op:   "a queen placed",
		Unit: unit,
		Subjects: []contest.Subject{
			subject(serial, contest.Reference, unit, want, func() int { return queensSerial(start) }),
			subject(recurse, contest.Ours, unit, want, recursive(queens, start)),
			subject(room, contest.Ours, unit, want, recursive(queensRoom, start)),
			subject("goroutines, while few run", contest.Rival, unit, want, func() int {
				return queensEach(make(few, 2).each, start, queensCutoff+2)
			}),
		},
		Targets: []contest.Target{faster(recurse, 1.6), faster(room, 1.6), noSlower(room, tuned, 1)},
	}
	c.Subjects = append(c.Subjects, rivals(", cut-off", unit, want, func(all each) int {
		return queensEach(all, start, queensCutoff)
	})...)
	return c
}

// A chess is a board with queens on its first rows: which columns of the next row
// they attack, and how.
type chess struct{ all, columns, left, right uint32 }

func (b chess) free() uint32 { return b.all &^ (b.columns | b.left | b.right) }

func (b chess) put(bit uint32) chess {
	return chess{b.all, b.columns | bit, (b.left | bit) << 1, (b.right | bit) >> 1}
}

// boards is how many queens are placed in the course of it.
func boards(b chess) int {
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		n += 1 + boards(b.put(free&-free))
	}
	return n
}

func queensSerial(b chess) int {
	if b.columns == b.all {
		return 1
	}
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		n += queensSerial(b.put(free & -free))
	}
	return n
}

// queens forks for all ways to go on but the last one, which it goes itself, and
// those that end at once.
func queens(c *forkjoin.Branch[chess, int], b chess) int {
	sum, forks := 0, 0
	var last forkjoin.Forked
	var own chess // to go on with; none yet if empty
	for free := b.free(); free != 0; free &= free - 1 {
		next := b.put(free & -free)
		if next.free() == 0 {
			if next.columns == next.all {
				sum++
			}
			continue
		}
		if own.all != 0 {
			last = c.Fork(own)
			forks++
		}
		own = next
	}
	if own.all == 0 {
		return sum
	}
	sum += c.Call(own)
	for ; forks > 0; forks-- {
		sum += c.Join(last)
		last--
	}
	return sum
}

// queensRoom forks as long as somebody may come for it.
func queensRoom(c *forkjoin.Branch[chess, int], b chess) int {
	if !c.Room() {
		return queensAlone(c, b)
	}
	return queens(c, b)
}

// queensAlone is the serial program, and goes back when somebody asks for work.
func queensAlone(c *forkjoin.Branch[chess, int], b chess) int {
	if b.columns == b.all {
		return 1
	}
	if c.Wanted() {
		return queensRoom(c, b)
	}
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		n += queensAlone(c, b.put(free&-free))
	}
	return n
}

func queensEach(all each, b chess, rows int) int {
	if rows == 0 || b.columns == b.all {
		return queensSerial(b)
	}
	var next [maxQueens]chess
	n := 0
	for free := b.free(); free != 0; free &= free - 1 {
		next[n] = b.put(free & -free)
		n++
	}
	if n == 0 {
		return 0
	}
	var sums [maxQueens]int
	all(n, func(i int) { sums[i] = queensEach(all, next[i], rows-1) })
	total := 0
	for _, s := range sums[:n] {
		total += s
	}
	return total
}
