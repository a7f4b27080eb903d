package forkjoin

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// small is of inputs whose results are known.
var small = sizes{fib: []int{12}, cutoff: 23, sort: 10_000, queens: 8, roots: 60, seed: 9, reduce: 10_000}

// All subjects have the result of the serial program, or they panic.
func TestSubjects(t *testing.T) {
	for _, c := range cases(small) {
		for _, s := range c.Subjects {
			t.Run(c.Name+"/"+s.Who, func(t *testing.T) { s.Run(2 * c.Unit) })
		}
	}
}

// The serial programs have the results that are known from elsewhere.
func TestSerial(t *testing.T) {
	if got := fibSerial(20); got != 6765 {
		t.Errorf("fib(20) is %d", got)
	}
	for n, want := range map[int]int{4: 2, 6: 4, 8: 92, 10: 724} {
		if got := queensSerial(chess{all: 1<<n - 1}); got != want {
			t.Errorf("%d queens can be placed in %d ways, want %d", n, got, want)
		}
	}
	s := newSorter(5000)
	s.serial(part{0, 5000, 0})
	if want := slices.Sorted(slices.Values(s.input)); !slices.Equal(s.sides[0], want) {
		t.Error("the serial merge sort does not sort")
	}
	if got := treeSerial(node{children: 3}); got < 4 {
		t.Errorf("a tree with three children has %d nodes", got)
	}
}

// A result that is wrong does not pass.
func TestWrongResult(t *testing.T) {
	panics := func(f func()) (did bool) {
		defer func() { did = recover() != nil }()
		f()
		return false
	}
	liar := subject("liar", contest.Rival, 1, 7, func() int { return 8 })
	if !panics(func() { liar.Run(1) }) {
		t.Error("8 passed for 7")
	}
	s := newSorter(1000)
	s.serial(part{0, 1000, 0})
	want := s.fingerprint()
	if s.fingerprint() == want {
		t.Error("who does not sort the next time passes")
	}
	s.serial(part{0, 1000, 0})
	s.sides[0][500]++
	if s.fingerprint() == want {
		t.Error("an item that is not in the input passes")
	}
}

// Rows on one core stand under a pattern of their own, with the same subjects.
func TestPatterns(t *testing.T) {
	all := cases(small)
	half := len(all) / 2
	for i, two := range all[:half] {
		one := all[half+i]
		if two.Procs != 2 || two.Pattern != "" || one.Procs != 1 || one.Pattern != "forkjoin1" || len(one.Subjects) != len(two.Subjects) {
			t.Errorf("%s on %d cores, %s on %d", two.Name, two.Procs, one.Name, one.Procs)
		}
	}
}

// The lines for the table of all languages name each case and each of ours once.
func TestOnce(t *testing.T) {
	var b bytes.Buffer
	Once(&b, false, 2)
	seen := map[string]bool{}
	for line := range strings.Lines(b.String()) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 5 || fields[2] != "2" {
			t.Fatalf("line %q", line)
		}
		seen[fields[1]] = true
	}
	if want := len(cases(usual)) / 2; len(seen) != want {
		t.Errorf("programs are %v, want %d", seen, want)
	}
}

// BenchmarkCases runs each case alone, for a profile.
func BenchmarkCases(b *testing.B) {
	for _, c := range cases(usual) {
		if c.Procs != 2 {
			continue // the same again: -cpu 1
		}
		b.Run(c.Name, func(b *testing.B) {
			for _, s := range c.Subjects {
				b.Run(s.Who, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						s.Run(c.Unit)
					}
				})
			}
		})
	}
}
