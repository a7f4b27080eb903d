package masterworker_test

import (
	"testing"

	mw "github.com/trivet-go/trivet/task/masterworker"
)

func BenchmarkSubmit(b *testing.B) {
	m := open(b, mw.Rules[int, int]{})
	ended := work(bg, m, double, mw.Worker{Slots: 8})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Submit(bg, 1); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := m.Drain(bg); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

func BenchmarkDo(b *testing.B) {
	m := open(b, mw.Rules[int, int]{})
	ended := work(bg, m, double, mw.Worker{Slots: 8})
	b.ReportAllocs()
	for b.Loop() {
		if out, err := m.Do(bg, 1); out != 2 || err != nil {
			b.Fatal(out, err)
		}
	}
	if _, err := m.Drain(bg); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
