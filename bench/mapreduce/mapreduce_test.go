package mapreduce

import (
	"testing"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

// All subjects give the same answer, or they panic.
func TestSubjects(t *testing.T) {
	in, err := makeInputs(t.TempDir(), sizes{rows: 20_000, text: 100_000, keys: 5000, bound: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases(in, findTools(t.TempDir())) {
		if c.Subjects[0].Role != contest.Ours {
			t.Errorf("%s: %s is not ours", c.Name, c.Subjects[0].Who)
		}
		for _, s := range c.Subjects {
			t.Run(c.Name+"/"+s.Who, func(t *testing.T) { s.Run(2 * c.Unit) })
		}
	}
}

// An answer tells whether anything is missing or different, and not the order.
func TestAnswer(t *testing.T) {
	var a, b, c, d answer
	a.add("x", 1)
	a.add("y", 2)
	b.add("y", 2)
	b.add("x", 1)
	c.add("x", 2)
	c.add("y", 1)
	d.add("x", 1)
	if a != b || a == c || a == d {
		t.Errorf("%x %x %x %x", a, b, c, d)
	}
}
