package bench

import (
	"sync"
	"testing"
)

var mu sync.Mutex

func setup() { mu.Lock(); mu.Unlock() }

func BenchmarkN(b *testing.B) {
	setup()
	b.ResetTimer()
	for range b.N {
		mu.Lock()
		mu.Unlock()
	}
}

func BenchmarkLoop(b *testing.B) {
	setup()
	for b.Loop() {
		mu.Lock()
		mu.Unlock()
	}
}

func BenchmarkStopped(b *testing.B) {
	for range b.N {
		b.StopTimer()
		setup()
		b.StartTimer()
		mu.Lock()
		mu.Unlock()
	}
}

func TestLock(t *testing.T) {
	mu.Lock()
	mu.Unlock()
}
