package actors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/trivet-go/trivet"
)

// An Op is a method of a kind as a message: it takes a Q and answers with an R.
// Made by [Method] and [Action], once, as a package variable.
type Op[S, Q, R any] struct {
	opInfo
	f       func(S, *Context, Q) (R, error)
	in, out layout
	wire    struct{ in, out *codec }
	wireErr error // why it cannot be sent to another node
}

// None is the answer of a method that has none.
type None struct{}

// opcode is an Op whose types do not matter.
type opcode interface {
	about() *opInfo
	exec(*turn, *message) // calls the method, and answers
	encode(*encoder, *message)
	decode(*decoder, *message)
	encodeAnswer(*encoder, *call)
	decodeAnswer(*decoder, *call)
	question(m *message) any // the Q of m
}

type opInfo struct {
	kind  *kind
	name  string
	index int // in the kind
	entry uintptr

	declared [4]uintptr // callers of newOp: the one outside of this package made it
}

func (i *opInfo) about() *opInfo { return i }

// Method makes a method of the protocol of k a message. f is a method
// expression, Account.Deposit; name is what it is called on the wire and in
// reports, so it stays when the method is renamed.
//
//	var Deposit = actors.Method(Accounts, "deposit", Account.Deposit)
//
// It panics if the kind has that name already, or there is no function.
func Method[S, Q, R any](k *Kind[S], name string, f func(S, *Context, Q) (R, error)) *Op[S, Q, R] {
	op := newOp(k, name, f)
	k.declare(op)
	return op
}

func newOp[S, Q, R any](k *Kind[S], name string, f func(S, *Context, Q) (R, error)) *Op[S, Q, R] {
	if f == nil {
		panic(fmt.Sprintf("actors: method %q of kind %q without a function", name, k.name))
	}
	op := &Op[S, Q, R]{
		opInfo: opInfo{kind: &k.kind, name: name, entry: reflect.ValueOf(f).Pointer()},
		f:      f,
		in:     layoutOf[Q](),
		out:    layoutOf[R](),
	}
	runtime.Callers(2, op.declared[:])
	var inErr, outErr error
	op.wire.in, inErr = codecFor(reflect.TypeFor[Q]())
	op.wire.out, outErr = codecFor(reflect.TypeFor[R]())
	op.wireErr = cmp.Or(inErr, outErr)
	return op
}

// An Act is an Op whose answer is an error and nothing else.
type Act[S, Q any] struct{ Op[S, Q, None] }

// Action is [Method] for a method that answers with an error only.
func Action[S, Q any](k *Kind[S], name string, f func(S, *Context, Q) error) *Act[S, Q] {
	if f == nil {
		panic(fmt.Sprintf("actors: method %q of kind %q without a function", name, k.name))
	}
	act := &Act[S, Q]{*newOp(k, name, func(s S, c *Context, q Q) (None, error) { return None{}, f(s, c, q) })}
	act.entry = reflect.ValueOf(f).Pointer()
	k.declare(&act.Op)
	return act
}

// Call is that of [Op], without the answer that there is none of.
func (a *Act[S, Q]) Call(ctx context.Context, to Ref[S], q Q) error {
	_, err := a.Op.Call(ctx, to, q)
	return err
}

// Name is the name of the method.
func (op *Op[S, Q, R]) Name() string { return op.name }

// Tell sends a message and does not wait for it to be handled. An error means
// that it was not sent: an [*Error], of the cause of ctx if that is done. What the
// method returns goes nowhere; its error is told to Hooks.ItemError.
//
// If the mailbox is full its kind decides, see [Traits.Overflow]. The deadline
// of ctx goes with the message: if its turn comes later it is dropped, and is a
// dead letter. The receiver owns what q points to.
func (op *Op[S, Q, R]) Tell(ctx context.Context, to Ref[S], q Q) error {
	c := to.cell
	if c != nil && c.home.sys.node.Network != nil {
		c = c.seenBy(contextOf(ctx))
	}
	return op.send(ctx, c, q, nil)
}

// Call sends a message and waits for the answer: what the method returned, or
// an [*Error]. When ctx is done that is one of its cause, and the answer goes
// nowhere; the method may run nevertheless, with a context whose deadline is
// that of ctx. It is an [ErrUnreachable] too if the actor is on another node, and
// that was asked whether it is there, and said nothing. Without a deadline another
// node has 30 seconds; an actor of this one has as long as it takes.
//
// An actor that calls handles no other message until the answer is there, and no
// goroutine but its own waits with it. If that could never be, because the
// receiver waits for the actor, in one step or several, the error is [ErrCycle],
// and the message is not handled. A method that asks several actors at once is
// taken to need all the answers.
func (op *Op[S, Q, R]) Call(ctx context.Context, to Ref[S], q Q) (r R, err error) {
	c := to.cell
	if op == nil || c == nil || ctx.Err() != nil {
		return r, op.unsent(ctx, c)
	}
	me := contextOf(ctx)
	c = c.seenBy(me)
	s := c.home.sys
	k := s.newCall(c)
	me.contest(k)
	if err = me.waitFor(k); err != nil {
		err = failed(c, op, err)
	} else if err = op.send(ctx, c, q, k); err == nil {
		if err = s.await(ctx, k, me); err != nil {
			return r, failed(c, op, err)
		}
		if circle := k.refusal(); circle != nil {
			err = failed(c, op, circle)
		} else {
			r, err = unpack[R](op.out, &k.payload), k.err
		}
	}
	me.waitsNoMore(k)
	s.freeCall(k)
	return r, err
}

// Step returns the method of one actor as a step: for a stage of a pipeline, a
// shard of a scatter, or whatever else takes one.
func (op *Op[S, Q, R]) Step(to Ref[S]) trivet.Step[Q, R] {
	return func(ctx context.Context, q Q) (R, error) { return op.Call(ctx, to, q) }
}

// send puts a message into the mailbox of c. In the ordinary case it is filled in
// in place, and nothing is called but what gives c a turn: a turn begins with a stack
// of 2 KiB, a message to an idle actor is sent from far down in it, and growing it
// costs more than all else.
func (op *Op[S, Q, R]) send(ctx context.Context, c *cell, q Q, reply *call) error {
	if op == nil || c == nil || ctx.Err() != nil {
		return op.unsent(ctx, c)
	}
	deadline := int64(0)
	if at, ok := ctx.Deadline(); ok {
		deadline = c.home.sys.clock(at)
	}
	c.mu.Lock()
	box := c.box
	if c.routed || c.life != alive || c.home.sys.refusing.Load() {
		box = nil
	} else if box == nil || box.n >= box.room {
		box = c.roomy()
	}
	if box == nil {
		c.mu.Unlock()
		return op.sendSlowly(ctx, c, q, reply, deadline)
	}
	m := box.next()
	m.op, m.reply, m.deadline = op, reply, deadline
	pack(op.in, &m.payload, q)
	if c.seq++; c.seq%sampleEvery == 1 {
		m.sent = c.home.sys.now()
	}
	start := !c.scheduled
	c.scheduled = true
	c.mu.Unlock()
	if start {
		c.home.sys.world.start(c, handedOut(ctx))
	}
	return nil
}

// unsent is why nothing can be sent.
func (op *Op[S, Q, R]) unsent(ctx context.Context, c *cell) error {
	switch {
	case op == nil:
		return errNoOp
	case c == nil:
		return errNoRef
	}
	return failed(c, op, causeOf(ctx))
}

// sendSlowly is a function of its own because its message would lie on the stack of
// send.
//
//go:noinline
func (op *Op[S, Q, R]) sendSlowly(ctx context.Context, c *cell, q Q, reply *call, deadline int64) error {
	m := message{op: op, reply: reply, deadline: deadline}
	pack(op.in, &m.payload, q)
	return c.sendSlowly(ctx, m)
}

func (op *Op[S, Q, R]) exec(t *turn, m *message) {
	q := unpack[Q](op.in, &m.payload)
	r, err := op.f(t.cell.state.(*held[S]).s, t.Context, q)
	if t.cell.g != nil {
		if kept := t.keep(); kept != nil {
			t.returned()
			t.refuse(m, kept)
			return
		}
	}
	t.returned()
	if m.reply == nil {
		if err != nil {
			t.cell.toldInVain(err)
		}
		return
	}
	pack(op.out, &m.reply.payload, r)
	m.reply.err = err
	if t.cell.routed || m.reply.toNode {
		t.sys.prepare(op, m.reply)
	}
	t.sys.answer(m.reply)
}

// prepare makes an answer one that another node can understand.
func (s *System) prepare(op opcode, k *call) {
	k.op = op
	if k.toNode || !s.rules.Encode { // to a node it is encoded when it is sent
		return
	}
	known := op.about().kind.traits.Errors
	e := &encoder{sys: s}
	e.error(k.err, known)
	op.encodeAnswer(e, k)
	d := &decoder{sys: s, buf: e.buf}
	if e.err == nil {
		k.err = d.error(known)
		op.decodeAnswer(d, k)
	}
	if err := errors.Join(e.err, d.err); err != nil {
		k.err = err
	}
}

func (op *Op[S, Q, R]) encode(e *encoder, m *message) {
	if e.err = op.wireErr; e.err == nil {
		q := unpack[Q](op.in, &m.payload)
		op.wire.in.encode(e, reflect.ValueOf(&q).Elem())
	}
}

func (op *Op[S, Q, R]) decode(d *decoder, m *message) {
	m.op = op
	var q Q
	if d.check(op.wireErr == nil); d.err == nil {
		op.wire.in.decode(d, reflect.ValueOf(&q).Elem())
	}
	m.payload = payload{}
	pack(op.in, &m.payload, q)
}

func (op *Op[S, Q, R]) encodeAnswer(e *encoder, k *call) {
	if e.err = cmp.Or(e.err, op.wireErr); e.err == nil {
		r := unpack[R](op.out, &k.payload)
		op.wire.out.encode(e, reflect.ValueOf(&r).Elem())
	}
}

func (op *Op[S, Q, R]) decodeAnswer(d *decoder, k *call) {
	var r R
	if d.check(op.wireErr == nil); d.err == nil {
		op.wire.out.decode(d, reflect.ValueOf(&r).Elem())
	}
	k.payload = payload{}
	pack(op.out, &k.payload, r)
}

// message returns a message that nobody waits for.
func (op *Op[S, Q, R]) message(q Q) message {
	m := message{op: op}
	pack(op.in, &m.payload, q)
	return m
}

func (op *Op[S, Q, R]) question(m *message) any { return unpack[Q](op.in, &m.payload) }

// method names the user's function.
func (i *opInfo) method() string {
	if f := runtime.FuncForPC(i.entry); f != nil {
		return f.Name()
	}
	return i.name
}

// mustBe panics if the actor of c is of another kind.
func (i *opInfo) mustBe(c *Context, what string) {
	if kind := c.mine().home.kind; i.kind != kind {
		panic(fmt.Sprintf("actors: %s with a method of kind %q for an actor of kind %q", what, i.kind.name, kind.name))
	}
}
