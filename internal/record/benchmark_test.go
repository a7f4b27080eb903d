package record

import "testing"

func TestBenchmarkLines(t *testing.T) {
	found := parseBenchmarks(`goos: linux
BenchmarkSort/size=1000         	    9092	     24983 ns/op	 120 B/op
BenchmarkSort/size=1e5          	     100	   3498300.5 ns/op
PASS
`)
	if len(found) != 2 {
		t.Fatalf("found %+v, want two", found)
	}
	if b := found[1]; b.name != "BenchmarkSort/size=1e5" || b.size != 1e5 || b.ns != 3498300.5 {
		t.Errorf("got %+v", b)
	}
	if p := found[1].pattern(); p != "^BenchmarkSort$/^size=1e5$" {
		t.Errorf("pattern %s", p)
	}
	if n := found[1].iterations(); n != 85 {
		t.Errorf("%d iterations, want 85: about 300 ms", n)
	}
	if !sizesOfOne(found) {
		t.Error("two sizes of one benchmark were taken for two")
	}
	if n := (benchmark{ns: 0.3}).iterations(); n != maxIterations {
		t.Errorf("%d iterations of nothing", n)
	}
	other := append(found, benchmark{name: "BenchmarkFind/size=10", size: 10})
	if sizesOfOne(other) {
		t.Error("two benchmarks were taken for sizes of one")
	}
}
