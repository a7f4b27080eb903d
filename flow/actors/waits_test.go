package actors_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// A method that asks several actors at once waits for all of them.
func TestCircleThroughOneOfSeveral(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		a, left, right := spawn(t, sys, "a"), spawn(t, sys, "left"), spawn(t, sys, "right")
		var errs [2]error
		back := func(pause time.Duration) func(*actors.Context, *account) error {
			return func(c *actors.Context, _ *account) error {
				time.Sleep(pause)
				_, err := Deposit.Call(c, a, 1)
				return err
			}
		}
		waits := make(chan string, 1)
		err := Do.Call(background, a, func(c *actors.Context, _ *account) error {
			var wg sync.WaitGroup
			wg.Go(func() { errs[0] = Do.Call(c, left, back(time.Second)) })
			wg.Go(func() { errs[1] = Do.Call(c, right, back(2*time.Second)) })
			synctest.Wait()
			waits <- fmt.Sprint(len(sys.Waits()))
			wg.Wait()
			return nil
		})
		for i, name := range []string{"left", "right"} {
			want := fmt.Sprintf("actors: deposit to account:a: account:%s → account:a → account:%[1]s: %v", name, actors.ErrCycle)
			if fmt.Sprint(errs[i]) != want {
				t.Errorf("got  %v\nwant %s", errs[i], want)
			}
		}
		if n := <-waits; err != nil || n != "2" || len(sys.Waits()) != 0 {
			t.Error(err, n, sys.Waits())
		}
	})
}
