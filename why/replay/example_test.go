package replay_test

import (
	"context"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/internal/program"
	"github.com/trivet-go/trivet/why/replay"
)

// eightWorkers share a mutex: each works for 3 ms, and for 1 ms under it.
func eightWorkers() (*program.Program, uint32) {
	b := program.Build()
	mu, wg := b.Mutex("mu"), b.WaitGroup("wg")
	main := b.Main().Add(wg, 8)
	for range 8 {
		main.Go("worker").
			Run(3 * time.Millisecond).At("tally.go:112").Lock(mu).
			Run(time.Millisecond).At("tally.go:115").Unlock(mu).
			Done(wg)
	}
	main.Join(wg)
	return b.Program(), uint32(mu)
}

// How fast is the program on other machines?
func ExampleRun() {
	p, _ := eightWorkers()
	for _, cores := range []int{1, 2, 4, 8, replay.Unlimited} {
		r, err := replay.Run(context.Background(), p, replay.Options{Cores: cores, Free: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%2d cores %v\n", cores, r.Wall)
	}
	// Output:
	//  1 cores 32ms
	//  2 cores 17ms
	//  4 cores 11ms
	//  8 cores 11ms
	// -1 cores 11ms
}

// What does it wait for?
func ExampleRun_path() {
	p, _ := eightWorkers()
	r, err := replay.Run(context.Background(), p, replay.Options{Cores: 8, Free: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range r.Path {
		holding := ""
		if l.Holding >= 0 {
			holding = " holding " + p.Objects[l.Holding].Name
		}
		fmt.Printf("%v %v%s at %s:%d\n", l.Time, l.Kind, holding, l.Where.File, l.Where.Line)
	}
	// Output:
	// 8ms running holding mu at tally.go:115
	// 3ms running at tally.go:112
}

// What would help?
func ExampleRun_whatIf() {
	p, mu := eightWorkers()
	for _, change := range []replay.Changes{
		{},
		{Speed: []replay.Speed{{Factor: 0.5, File: "tally.go", Line: 115}}},
		{Shard: map[uint32]int{mu: 4}},
		{Drop: []uint32{mu}},
	} {
		r, err := replay.Run(context.Background(), p, replay.Options{Cores: 8, Free: true, Changes: change})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Wall)
	}
	// Output:
	// 11ms
	// 7ms
	// 5ms
	// 4ms
}
