package actors

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// A Ref is the address of an actor. It is data: comparable, to be stored and
// sent. It stays good when the actor begins anew, or moves. One that was made at
// another node means the same actor for an actor of this one, however it came here.
// The zero Ref is the address of nobody.
type Ref[S any] struct {
	_    [0]*S // or a Ref could be converted to one of another protocol
	cell *cell
}

// Name names the actor: "account:alice", or "worker#17" if it has no name, and
// "account:alice@b" on a node b; a grain "account/alice".
func (r Ref[S]) Name() string {
	if r.cell == nil {
		return "nobody"
	}
	return r.cell.name()
}

// String is Name.
func (r Ref[S]) String() string { return r.Name() }

// Stop stops the actor: it handles the messages that wait, refuses later ones,
// and has ended when Stop returns nil. It returns the cause of ctx if that is
// done first; the actor goes on ending. An actor that has been stopped already
// is no error; to stop itself it uses [Context.Stop].
func (r Ref[S]) Stop(ctx context.Context) error {
	if r.cell == nil {
		return errNoRef
	}
	me := contextOf(ctx)
	c := r.cell.seenBy(me)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case c.virtual:
		return errGrain
	case c.isAway():
		return fmt.Errorf("actors: %s is on another node: send it a message that stops it", c.name())
	}
	if me != nil && me.cell == c {
		return errors.New("actors: an actor cannot wait for its own end: use Context.Stop")
	}
	c.stop()
	if me != nil {
		return me.waitForEnd(ctx, c)
	}
	return c.waitOver(ctx, c.isDead)
}

// waitForEnd lets the actor of m wait until c has ended, unless c would never, because
// it waits for that actor.
func (m *Context) waitForEnd(ctx context.Context, c *cell) error {
	s := c.home.sys
	k := s.newCall(c)
	k.contested = true
	defer func() {
		m.waitsNoMore(k)
		s.freeCall(k)
	}()
	if err := m.waitFor(k); err != nil {
		return fmt.Errorf("actors: %s is told to stop, and cannot be waited for: %w", c.name(), err)
	}
	m.flush()
	circle := (*CycleError)(nil)
	err := c.waitOver(ctx, func() bool {
		circle = k.refusal()
		return circle != nil || c.isDead()
	})
	if circle != nil {
		return fmt.Errorf("actors: %s is told to stop, and cannot be waited for: %w", c.name(), circle)
	}
	return err
}

// waitOver waits until over says so; it is asked again when c has ended.
func (c *cell) waitOver(ctx context.Context, isOver func() bool) error {
	c.mu.Lock()
	if c.life == dead {
		c.mu.Unlock()
		return nil
	}
	over := &c.extras().over
	c.mu.Unlock()
	return c.home.sys.world.wait(ctx, over, isOver)
}

func (c *cell) isDead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.life == dead
}

// addressed is what every *Ref is, whatever its protocol.
type addressed interface {
	encodeTo(*encoder)
	decodeFrom(*decoder)
}

func (r *Ref[S]) encodeTo(e *encoder) { e.address(r.cell) }

func (r *Ref[S]) decodeFrom(d *decoder) {
	c := d.address()
	if d.check(c == nil || c.home.kind.protocol == reflect.TypeFor[S]()); d.err == nil {
		r.cell = c
	}
}

var refCodec = codec{
	func(e *encoder, v reflect.Value) { pointerTo(v).(addressed).encodeTo(e) },
	func(d *decoder, v reflect.Value) { v.Addr().Interface().(addressed).decodeFrom(d) },
}

// Self is the address of the actor of c. It panics if that has another protocol.
func Self[S any](c *Context) Ref[S] {
	me := c.mine()
	if _, ok := me.state.(*held[S]); !ok {
		panic("actors: Self with a protocol that is not that of " + me.name())
	}
	return Ref[S]{cell: me}
}
