package actors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/actors"
)

// Till is a protocol of which everything can be sent to another node.
type Till interface {
	Wait(*actors.Context, int) error
	Add(*actors.Context, int) (int, error)
}

type till struct {
	release chan struct{}
	sum     int
}

func (t *till) Wait(*actors.Context, int) error { <-t.release; return nil }

func (t *till) Add(_ *actors.Context, n int) (int, error) { t.sum += n; return t.sum, nil }

// What happens to messages from another node that are too many, too late, or that
// cannot be read. The actor is busy, three messages wait.
func TestTooMuchFromAnotherNode(t *testing.T) {
	full := actors.ErrFull.Error()
	for policy, want := range map[trivet.Overflow]struct {
		told    []string // dead letters of two Tells
		call    error    // of a Call
		sum     int
		dropped int64
	}{
		trivet.Block:      {[]string{"add 8: actors: add to till:1@b: " + full, "add 16: actors: add to till:1@b: " + full}, actors.ErrFull, 7, 3}, // nobody can wait
		trivet.Refuse:     {[]string{"add 8: actors: add to till:1@b: " + full, "add 16: actors: add to till:1@b: " + full}, actors.ErrFull, 7, 3},
		trivet.DropNewest: {nil, actors.ErrFull, 7, 3},
		trivet.DropOldest: {nil, nil, 8 + 16 + 32, 3},
		trivet.Divert:     {[]string{"add 8: " + full, "add 16: " + full, "add 32: " + full}, actors.ErrFull, 7, 3},
	} {
		t.Run(policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				kind := actors.NewKind("till", func() Till { return &till{release: release} }, actors.Traits{Mailbox: 3, Overflow: policy})
				wait, add := actors.Action(kind, "wait", Till.Wait), actors.Method(kind, "add", Till.Add)
				var dead letters
				var network actors.Loopback
				join := func(name string, rules actors.Rules) *actors.System {
					sys := actors.New(background, rules)
					if err := sys.Join(actors.Node{Name: name, Network: &network, Kinds: []actors.AnyKind{kind}}); err != nil {
						t.Fatal(err)
					}
					return sys
				}
				here, there := join("a", actors.Rules{}), join("b", actors.Rules{DeadLetters: dead.add})
				defer here.Close()
				defer there.Close()
				ref, err := kind.Spawn(there, "1")
				if err != nil {
					t.Fatal(err)
				}
				far := ref.In(here)
				wait.Tell(background, far, 0)
				synctest.Wait()
				for n := 1; n <= 16; n *= 2 {
					if err := add.Tell(background, far, n); err != nil {
						t.Error(err)
					}
				}
				called := make(chan error, 1)
				go func() { _, err := add.Call(background, far, 32); called <- err }()
				synctest.Wait()
				close(release)
				if err := <-called; !errors.Is(err, want.call) {
					t.Errorf("the Call: %v", err)
				}
				synctest.Wait()
				if sum, err := add.Call(background, far, 0); sum != want.sum || err != nil {
					t.Error(sum, err)
				}
				if got := dead.texts(); !slices.Equal(got, want.told) {
					t.Errorf("dead letters\ngot  %q\nwant %q", got, want.told)
				}
				if s := there.Stats(); s.Dropped != want.dropped {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestTooLateFromAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		kind := actors.NewKind("till", func() Till { return &till{release: release} }, actors.Traits{})
		wait, add := actors.Action(kind, "wait", Till.Wait), actors.Method(kind, "add", Till.Add)
		var dead letters
		var network actors.Loopback
		here, there := actors.New(background, actors.Rules{}), actors.New(background, actors.Rules{DeadLetters: dead.add})
		here.Join(actors.Node{Name: "a", Network: &network, Kinds: []actors.AnyKind{kind}})
		there.Join(actors.Node{Name: "b", Network: &network, Kinds: []actors.AnyKind{kind}})
		defer here.Close()
		defer there.Close()
		ref, _ := kind.Spawn(there, "1")
		far := ref.In(here)
		wait.Tell(background, far, 0)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		add.Tell(ctx, far, 1)
		if _, err := add.Call(ctx, far, 2); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, actors.ErrUnreachable) {
			t.Error(err)
		}
		time.Sleep(ms)
		close(release)
		if sum, err := add.Call(background, far, 4); sum != 4 || err != nil {
			t.Error(sum, err)
		}
		if got := dead.texts(); !slices.Equal(got, []string{"add 1: " + actors.ErrExpired.Error()}) {
			t.Errorf("%q", got)
		}
		if s := there.Stats(); s.Expired != 2 {
			t.Errorf("%+v", s)
		}
	})
}

// A Tell that nobody can read, or that is for nobody, is a dead letter where it comes to.
func TestTellInVainFromAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newKind := func() *actors.Kind[Till] {
			return actors.NewKind("till", func() Till { return new(till) }, actors.Traits{})
		}
		newer, older := newKind(), newKind()
		add, subtract := actors.Method(newer, "add", Till.Add), actors.Method(newer, "subtract", Till.Add)
		actors.Method(older, "add", Till.Add)
		var dead letters
		var hooked []string
		ctx := trivet.WithHooks(background, &trivet.Hooks{DeadLetter: func(i trivet.DeadLetterInfo) { hooked = append(hooked, i.Name) }})
		var network actors.Loopback
		here, there := actors.New(background, actors.Rules{}), actors.New(ctx, actors.Rules{DeadLetters: dead.add})
		strange := actors.NewKind("strange", func() Till { return new(till) }, actors.Traits{})
		here.Join(actors.Node{Name: "a", Network: &network, Placement: byHash{"b"}, Kinds: []actors.AnyKind{newer, strange}})
		there.Join(actors.Node{Name: "b", Network: &network, Kinds: []actors.AnyKind{older}})
		defer here.Close()
		defer there.Close()
		far := newer.Ref(here, "1")
		for _, err := range []error{
			subtract.Tell(background, far, 1),
			actors.Method(strange, "add", Till.Add).Tell(background, strange.Ref(here, "1"), 1),
			add.Tell(background, far, 1),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		var called *actors.RemoteError
		if _, err := subtract.Call(background, far, 1); !errors.As(err, &called) || called.Error() != `actors: subtract to till/1: kind "till" has no method "subtract" on node "b"` {
			t.Error(err)
		}
		want := []string{
			`subtract <nil>: kind "till" has no method "subtract" on node "b"`,
			`add <nil>: kind "strange" is unknown to node "b": it is not in its Node.Kinds`,
		}
		if got := dead.texts(); !slices.Equal(got, want) || fmt.Sprint(hooked) != "[till/1 ]" {
			t.Errorf("got  %q %q\nwant %q", got, hooked, want)
		}
		if s := there.Stats(); s.DeadLetters != 1 || s.Handled != 1 {
			t.Errorf("%+v", s)
		}
	})
}
