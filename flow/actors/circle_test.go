package actors

import (
	"context"
	"fmt"
	"testing"
)

// A circle of which one wait has ended while the others were read is none.
func TestACircleWhoseWaitHasEnded(t *testing.T) {
	kind := NewKind("counter", func() counters { return new(counter) }, Traits{})
	sys := New(context.Background(), Rules{})
	a, _ := kind.Spawn(sys, "a")
	b, _ := kind.Spawn(sys, "b")
	there, back := sys.newCall(b.cell), sys.newCall(a.cell)
	var way []edge
	for _, k := range []*call{there, back} {
		e, ok := k.edge()
		if !ok {
			t.Fatal("a call that waits is no edge")
		}
		way = append(way, e)
	}
	if circle := a.cell.circle(way); circle == nil || fmt.Sprint(circle.Path) != "[counter:a counter:b counter:a]" {
		t.Errorf("the circle is %v", circle)
	}
	there.settle(answered)
	if circle := a.cell.circle(way); circle != nil {
		t.Errorf("the circle is %v, though a waits no more", circle)
	}
	if err := sys.Close(); err != nil {
		t.Error(err)
	}
}
