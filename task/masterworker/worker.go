package masterworker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
	"github.com/trivet-go/trivet/internal/spawn"
)

// Worker are the settings of a worker; zero is good.
type Worker struct {
	// Name is how the master knows the worker, and must be its own: of two
	// workers of the same name the older one loses its jobs. A process that is
	// started again under its name gives what it had to others at once, and not
	// after the lease. "" is a name drawn at random.
	Name string

	// Slots is how many jobs it works on at the same time; 0 means 1.
	Slots int

	// Until, if not nil, ends the worker gently when it is done: it takes no
	// more jobs, comes to the end of those that it has, and returns nil.
	Until context.Context

	// Grace is how long to wait for a step that was cancelled and does not
	// return; 0 means 10 seconds.
	Grace time.Duration
}

// Work works on the jobs of a master until that is drained, and returns nil
// then. The step gets a context that ends when its try has lost its lease. Its
// error, panic or Goexit is the failure of a try, and the worker goes on. It must
// not change its input: the next try gets the same.
//
// While the master cannot be reached, steps go on as long as their leases last,
// and the worker tries again. When ctx is done the steps are cancelled and waited
// for, what they have not finished is given back, and Work returns the cause. It
// returns [ErrClosed] if the master was closed in the same process.
func Work[In, Out any](ctx context.Context, to Link[In, Out], step trivet.Step[In, Out], worker Worker) error {
	if worker.Slots < 0 || worker.Grace < 0 {
		return fmt.Errorf("masterworker: worker %q with %d slots and Grace %v: none is negative", worker.Name, worker.Slots, worker.Grace)
	}
	if worker.Name == "" {
		worker.Name = "worker-" + rand.Text()[:8]
	}
	c := &crew[In, Out]{
		Worker: worker, link: to, step: step, hooks: trivet.HooksFrom(ctx),
		life: newNumber(), tries: map[Token]*try[In, Out]{},
	}
	c.group = spawn.New(ctx, spawn.Rules{Name: worker.Name, Grace: worker.Grace})
	c.group.Go(c.run)
	err := c.group.Wait()
	c.sayGoodbye(ctx)
	var stuck *trivet.StuckError
	if errors.Is(err, errOver) && !errors.As(err, &stuck) {
		return nil
	}
	return err
}

// errOver is the cause of the context of a crew that has nothing left to do.
var errOver = errors.New("masterworker: the worker is over")

// A crew is a worker at work: a goroutine for the heartbeat and one for each
// slot.
type crew[In, Out any] struct {
	Worker
	link    Link[In, Out]
	step    trivet.Step[In, Out]
	hooks   *trivet.Hooks
	group   *spawn.Group
	life    uint64
	welcome Welcome

	pulling context.Context // of those who wait for a job

	mu      sync.Mutex // held for a few instructions
	tries   map[Token]*try[In, Out]
	slots   int // those whose tries are not lost
	surplus int // of them may end
}

// run registers and begins.
func (c *crew[In, Out]) run(ctx context.Context) (err error) {
	c.pulling = ctx
	if c.Until != nil {
		pulling, cancel := context.WithCancelCause(ctx)
		defer cancel(errOver)
		defer context.AfterFunc(c.Until, func() { cancel(errOver) })()
		c.pulling = pulling
	}
	err = c.persist(c.pulling, func() error {
		c.welcome, err = c.link.Register(c.pulling, Hello{Worker: c.Name, Life: c.life})
		return err
	})
	if err != nil {
		return c.endOf(ctx, err)
	}
	for range max(1, c.Slots) {
		c.hire()
	}
	return c.beat(ctx)
}

// sayGoodbye lets the master know that an answer which is still on its way finds
// nobody.
func (c *crew[In, Out]) sayGoodbye(ctx context.Context) {
	if c.welcome.Lease == 0 { // it has never begun
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	_, _ = c.link.Register(last, Hello{Worker: c.Name, Life: c.life, Leaves: true})
}

// lastWord is how long a worker that has to stop waits for the master to take
// note of what it says.
const lastWord = 3 * time.Second

// endOf is how the worker ends after an error of the link.
func (c *crew[In, Out]) endOf(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrDrained), errors.Is(err, errOver):
		return nil
	}
	return err
}

// persist calls the master until there is an answer, or none is to be expected:
// ctx is done, or the master is closed.
func (c *crew[In, Out]) persist(ctx context.Context, call func() error) error {
	for tries := 1; ; tries++ {
		err := call()
		switch {
		case err == nil, errors.Is(err, ErrLate), errors.Is(err, ErrDrained), errors.Is(err, ErrClosed):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		pause := mathrand.N(time.Duration(reconnect.most(tries)) + 1)
		if c.hooks.Retry != nil {
			c.hooks.Retry(trivet.RetryInfo{Name: c.Name, Tries: tries, Delay: pause, Err: err})
		}
		if err := park.NewSpot().ParkFor(ctx, pause); err != park.ErrLate {
			return err
		}
	}
}

// reconnect is how long to wait before the master is called again.
var reconnect = Backoff{First: 50 * time.Millisecond, Most: 2 * time.Second}

// hire starts one more slot.
func (c *crew[In, Out]) hire() {
	c.mu.Lock()
	c.slots++
	c.mu.Unlock()
	c.begin()
}

// begin starts a slot that is counted already.
func (c *crew[In, Out]) begin() {
	s := &slot[In, Out]{crew: c}
	if !c.group.Start(spawn.Task{Func: c.step, Run: s.run, End: s.end}) {
		c.leave()
	}
}

// leave takes a slot out. Behind the last one there is nothing left but steps
// that do not care that they have lost their tries.
func (c *crew[In, Out]) leave() {
	c.mu.Lock()
	c.slots--
	last := c.slots == 0
	c.mu.Unlock()
	if last {
		c.group.Cancel(errOver)
	}
}

// retire reports whether a slot has to end, since there is another one in its
// place.
func (c *crew[In, Out]) retire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.surplus == 0 {
		return false
	}
	c.surplus--
	return true
}

// beat tells the master again and again which leases are worked on, and the
// tries which are lost.
func (c *crew[In, Out]) beat(ctx context.Context) error {
	every := c.welcome.Lease / 3
	for {
		sent := time.Now()
		holds := c.holds()
		lost, err := c.beatOnce(ctx, Beat{Worker: c.Name, Holds: holds, Wait: every}, every)
		switch {
		case ctx.Err() != nil: // the slots say why
			return nil
		case errors.Is(err, ErrDrained):
			c.loseAll(err)
			return nil
		case errors.Is(err, ErrClosed):
			c.loseAll(err)
			return err
		case err == nil:
			c.renew(holds, sent)
		}
		for _, t := range lost {
			c.lose(t, ErrLost)
		}
		c.loseSilent()
		if err != nil && park.NewSpot().ParkFor(ctx, every/4) != park.ErrLate {
			return nil
		}
	}
}

// beatOnce waits for an answer as long as it may come, and a third of that more.
func (c *crew[In, Out]) beatOnce(ctx context.Context, b Beat, every time.Duration) ([]Token, error) {
	ctx, cancel := context.WithTimeout(ctx, every+every/3)
	defer cancel()
	return c.link.Beat(ctx, b)
}

func (c *crew[In, Out]) holds() (holds []Held) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, t := range c.tries {
		holds = append(holds, Held{Token: token, Done: t.done.Load(), Total: t.total.Load()})
	}
	return holds
}

// renew notes until when leases last, that were named to the master.
func (c *crew[In, Out]) renew(holds []Held, sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range holds {
		if t := c.tries[h.Token]; t != nil {
			t.until = sent.Add(c.welcome.Lease)
		}
	}
}

// lose ends a try: the master has given its job up, or to somebody else, or has
// its report already. Another slot takes the place, in case the step does not
// care.
func (c *crew[In, Out]) lose(token Token, cause error) {
	c.mu.Lock()
	t := c.tries[token]
	if t != nil {
		t.lost = true
		delete(c.tries, token)
	}
	c.mu.Unlock()
	if t != nil {
		c.begin() // first: somebody counts for the slot of the try, which may end at once
		t.cancel(cause)
	}
}

// loseSilent ends the tries whose leases are over by our own clock.
func (c *crew[In, Out]) loseSilent() {
	now := time.Now()
	for _, token := range c.which(func(t *try[In, Out]) bool { return now.After(t.until) }) {
		c.lose(token, ErrLost)
	}
}

// loseAll ends all tries: there is no master any more.
func (c *crew[In, Out]) loseAll(cause error) {
	for _, token := range c.which(func(*try[In, Out]) bool { return true }) {
		c.lose(token, cause)
	}
}

func (c *crew[In, Out]) which(is func(*try[In, Out]) bool) (tokens []Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, t := range c.tries {
		if is(t) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// newNumber returns a number that no worker has used before.
func newNumber() uint64 { return 1 + mathrand.N(uint64(math.MaxUint64-1)) }
