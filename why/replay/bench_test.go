package replay

import (
	"context"
	"fmt"
	"testing"

	"github.com/trivet-go/trivet/internal/program"
)

// lockProgram has n operations: workers that take turns at a mutex.
func lockProgram(n int) *program.Program {
	b := program.Build()
	mu := b.Mutex("mu")
	return forkOn(b, 16, func(g *program.G, i int) {
		for range n / 32 {
			g.Run(3 * us).At("f.go:1").Lock(mu).Run(us / 2).At("f.go:2").Unlock(mu)
		}
	})
}

// channelProgram has n operations: a source and four stages behind channels.
func channelProgram(n int) *program.Program {
	const stages = 4
	b := program.Build()
	main := b.Main()
	done := b.Event("done")
	in := b.Chan("in", 16)
	first := in
	for stage := range stages {
		g := main.Go("stage")
		out := b.Chan("out", 16)
		for range n / (2 * stages) {
			g.Run(us / 10).At("f.go:2").Recv(in).Run(us).At("f.go:3")
			if stage < stages-1 {
				g.Send(out)
			}
		}
		in = out
		if stage == stages-1 {
			g.Signal(done)
		}
	}
	for range n / (2 * stages) {
		main.Run(us).At("f.go:1").Send(first)
	}
	main.Wait(done)
	return b.Program()
}

func BenchmarkReplay(b *testing.B) {
	const n = 200_000
	for _, prog := range []struct {
		name string
		p    *program.Program
	}{{"locks", lockProgram(n)}, {"channels", channelProgram(n)}} {
		for _, cores := range []int{1, 2, 8, 64, Unlimited} {
			b.Run(fmt.Sprintf("%s/cores=%d", prog.name, cores), func(b *testing.B) {
				ops := int64(0)
				b.ReportAllocs()
				for b.Loop() {
					r, err := Run(context.Background(), prog.p, Options{Cores: cores})
					if err != nil {
						b.Fatal(err)
					}
					ops += r.Ops
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(ops), "ns/op-replayed")
			})
		}
	}
}
