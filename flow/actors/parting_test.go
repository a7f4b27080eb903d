package actors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

type does = func(*actors.Context, *account) error

// A family is a parent with a child, which has one too.
func family(t *testing.T, sys *actors.System) (parent, kid, grandkid actors.Ref[Account]) {
	parent = spawn(t, sys, "parent")
	Do.Call(background, parent, func(c *actors.Context, _ *account) error { kid = spawn(t, c, "kid"); return nil })
	Do.Call(background, kid, func(c *actors.Context, _ *account) error { grandkid = spawn(t, c, "grandkid"); return nil })
	return parent, kid, grandkid
}

// Whoever waits for an actor that waits for its end, or for that of its parents, is told so,
// whichever wait was first; and what it wanted is not done.
func TestWaitsForAParentThatWaitsForItsChildren(t *testing.T) {
	ends := map[string]does{
		"fails": func(*actors.Context, *account) error { panic("fails") },
		"stops": func(c *actors.Context, _ *account) error { c.Stop(); return nil },
	}
	for end, leaves := range ends {
		for _, who := range []string{"kid", "grandkid", "stranger"} {
			for _, first := range []string{"parent", "waiter"} {
				t.Run(fmt.Sprint(end, " ", who, ", first the ", first), func(t *testing.T) {
					inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
						parent, kid, grandkid := family(t, sys)
						stranger := spawn(t, sys, "stranger")
						goOn, leave := make(chan bool), make(chan bool)
						done, also := false, false
						ask := func(c *actors.Context, _ *account) error {
							<-goOn
							return Do.Call(c, parent, func(*actors.Context, *account) error { done = true; return nil })
						}
						waiter, hour := map[string]actors.Ref[Account]{"kid": kid, "grandkid": grandkid, "stranger": stranger}[who], time.Hour
						ctx, cancel := context.WithTimeout(background, hour)
						defer cancel()
						got := make(chan error, 2)
						answers := 1
						go func() { got <- Do.Call(ctx, waiter, ask) }()
						synctest.Wait()
						if who == "stranger" { // whom the child waits for
							answers++
							go func() {
								got <- Do.Call(ctx, kid, func(c *actors.Context, _ *account) error {
									return Do.Call(c, stranger, func(*actors.Context, *account) error { also = true; return nil })
								})
							}()
							synctest.Wait()
						}
						Do.Tell(background, parent, func(c *actors.Context, me *account) error { <-leave; return leaves(c, me) })
						synctest.Wait()
						order := []chan bool{leave, goOn}
						if first == "waiter" {
							slices.Reverse(order)
						}
						for _, c := range order {
							close(c)
							synctest.Wait()
						}
						circles := 0
						for range answers {
							err := <-got
							if errors.Is(err, context.DeadlineExceeded) {
								t.Error("it waited for its deadline")
							}
							if errors.Is(err, actors.ErrCycle) {
								circles++
							}
						}
						// Who stops in good order handles first what waits already.
						if handled := first == "waiter" && end == "stops"; handled != (circles == 0) || handled != done && !also {
							t.Errorf("%d were told of the circle; done: %v, %v", circles, done, also)
						}
					})
				})
			}
		}
	}
}

// An actor that waits for the end of another one, which waits for it, is told so.
func TestStopInACircle(t *testing.T) {
	inBubble(t, actors.Rules{}, func(t *testing.T, sys *actors.System) {
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		a, b := spawn(t, sys, "a"), spawn(t, sys, "b")
		var stops error
		err := Do.Call(ctx, a, func(c *actors.Context, _ *account) error {
			return Do.Call(c, b, func(c *actors.Context, _ *account) error {
				stops = a.Stop(c)
				return nil
			})
		})
		if err != nil || !errors.Is(stops, actors.ErrCycle) {
			t.Error(err, stops)
		}
		parent, kid, _ := family(t, sys)
		err = Do.Call(ctx, kid, func(c *actors.Context, _ *account) error { return parent.Stop(c) })
		if !errors.Is(err, actors.ErrCycle) {
			t.Error(err)
		}
		synctest.Wait()
		if err := parent.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}
