package async_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/trivet-go/trivet/state/async"
)

// What goroutines do with a promise and its future.
type promiseCall struct {
	resolve int // the value, or 0 for a look
}

type promiseAnswer struct {
	won   bool // of a resolve
	value int  // of a look; 0 if the result was not there
}

// A promise is a variable that is written once: 0 until then. A resolve that is
// refused was behind the one that was not.
var promiseModel = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		value, call, answer := state.(int), input.(promiseCall), output.(promiseAnswer)
		switch {
		case call.resolve == 0:
			return answer.value == value, value
		case value == 0:
			return answer.won, call.resolve
		}
		return !answer.won, value
	},
}

func TestPromiseIsLinearizable(t *testing.T) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	begin := time.Now()
	for round := range 300 {
		p, f := async.New[int]()
		var mu sync.Mutex
		var history []porcupine.Operation
		var wg sync.WaitGroup
		start := make(chan struct{})
		for client := range 4 {
			random := rand.New(rand.NewPCG(uint64(round), uint64(client)))
			wg.Go(func() {
				<-start
				for i := range 4 {
					var call promiseCall
					var answer promiseAnswer
					if random.IntN(3) == 0 {
						call.resolve = 10*client + i + 1
					}
					called := time.Since(begin)
					switch {
					case call.resolve != 0:
						answer.won = p.Resolve(call.resolve)
					case random.IntN(2) == 0:
						answer.value, _ = f.Await(done) // a look: done is done
					default:
						select {
						case <-f.Done():
							answer.value, _ = f.Await(ctx)
						default:
						}
					}
					returned := time.Since(begin)
					mu.Lock()
					history = append(history, porcupine.Operation{
						ClientId: client, Input: call, Call: int64(called), Output: answer, Return: int64(returned),
					})
					mu.Unlock()
				}
			})
		}
		close(start)
		wg.Wait()
		if !porcupine.CheckOperations(promiseModel, history) {
			t.Fatalf("round %d: no order explains %+v", round, history)
		}
	}
}
