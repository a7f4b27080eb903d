package masterworker

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Transport carries a request to the master's [Master.Answer], wherever that is,
// and the reply back. Requests may take as long as ctx lasts, since workers wait
// by them. A request that may have arrived, though the reply did not come, is an
// error like any other: the worker repeats it in a way that does no harm. A
// transport should not deliver a request twice by itself: a pull that arrives
// twice leases a job to nobody, until the lease ends.
//
// Between processes, that is all there is to implement.
type Transport func(ctx context.Context, request []byte) (reply []byte, err error)

// Dial returns the master at the other end of a transport, for [Work]. The codecs
// are those of the master.
func Dial[In, Out any](t Transport, codecs Codecs[In, Out]) Link[In, Out] {
	codecs.fill()
	return &remote[In, Out]{call: t, codecs: codecs}
}

const (
	poll     = 10 * time.Second // how long a remote worker waits for a job by one request
	patience = 5 * time.Second  // how much longer than it may take a reply is waited for
)

var errNoReply = errors.New("masterworker: no reply from the master in time")

// The first byte of a request says what it is, that of a reply how it went.
const (
	askHello  = 'h'
	askPull   = 'p'
	askBeat   = 'b'
	askReport = 'r'

	replyGood    = 'g'
	replyDrained = 'd'
	replyLate    = 'l'
	replyError   = 'e' // with its text: the worker tries again
)

// remote is the worker's end of a transport.
type remote[In, Out any] struct {
	call   Transport
	codecs Codecs[In, Out]
}

// ask sends a request, which takes a certain time at most, and returns what a
// good reply has.
func (r *remote[In, Out]) ask(ctx context.Context, p packer, takes time.Duration) (*unpacker, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, takes+patience, errNoReply)
	defer cancel()
	reply, err := r.call(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(reply) == 0 {
		return nil, errCut
	}
	u := &unpacker{b: reply[1:]}
	switch reply[0] {
	case replyGood:
		return u, nil
	case replyDrained:
		return nil, ErrDrained
	case replyLate:
		return nil, ErrLate
	case replyError:
		return nil, fmt.Errorf("masterworker: the master answers: %s", u.text())
	}
	return nil, errCut
}

func (r *remote[In, Out]) Register(ctx context.Context, hello Hello) (w Welcome, err error) {
	p := packer{askHello}
	p.text(hello.Worker)
	p.number(hello.Life)
	p.tokens(hello.Holds)
	p.truth(hello.Leaves)
	u, err := r.ask(ctx, p, 0)
	if err != nil {
		return w, err
	}
	w.Lease, w.Timeout = time.Duration(u.signed()), time.Duration(u.signed())
	return w, u.end()
}

func (r *remote[In, Out]) Pull(ctx context.Context, pull Pull, buf []Assignment[In]) (n int, err error) {
	if pull.Wait == 0 {
		pull.Wait = poll
	}
	p := packer{askPull}
	p.text(pull.Worker)
	p.number(pull.Ask)
	p.truth(pull.Again)
	p.signed(int64(pull.Wait))
	p.number(uint64(len(buf)))
	u, err := r.ask(ctx, p, pull.Wait)
	if err != nil {
		return 0, err
	}
	for n = 0; u.err == nil && n < len(buf) && len(u.b) > 0; n++ {
		buf[n] = r.assignment(u)
	}
	return n, u.end()
}

func (r *remote[In, Out]) assignment(u *unpacker) (a Assignment[In]) {
	a.Token = Token(u.number())
	a.Terms = Terms{Key: u.text(), Priority: int(u.signed())}
	a.Try = int(u.number())
	in := u.bytes()
	if u.err != nil {
		return a
	}
	if a.In, a.Bad = r.codecs.In.Decode(in); a.Bad != nil {
		a.Bad = fmt.Errorf("masterworker: input: %w", a.Bad)
	}
	return a
}

func (r *remote[In, Out]) Beat(ctx context.Context, beat Beat) ([]Token, error) {
	p := packer{askBeat}
	p.text(beat.Worker)
	p.signed(int64(beat.Wait))
	p.number(uint64(len(beat.Holds)))
	for _, h := range beat.Holds {
		p.number(uint64(h.Token))
		p.signed(h.Done)
		p.signed(h.Total)
	}
	u, err := r.ask(ctx, p, beat.Wait)
	if err != nil {
		return nil, err
	}
	lost := u.tokens()
	return lost, u.end()
}

func (r *remote[In, Out]) Report(ctx context.Context, o Outcome[Out]) error {
	p := packer{askReport}
	p.number(uint64(o.Token))
	var out []byte
	if o.Err == nil && !o.GaveBack {
		if out, o.Err = r.codecs.Out.Encode(o.Out); o.Err != nil {
			o.Err, o.Permanent = fmt.Errorf("masterworker: result: %w", o.Err), true
		}
	}
	p.truth(o.GaveBack)
	p.truth(o.Permanent)
	p.truth(o.Err != nil)
	if o.Err != nil {
		p.text(o.Err.Error())
	} else {
		p.bytes(out)
	}
	u, err := r.ask(ctx, p, 0)
	if err != nil {
		return err
	}
	return u.end()
}

// Answer is the master's end of a transport: it takes a request and returns the
// reply. It is a [Transport] itself, which encodes everything and goes nowhere.
// The error is that of a request that is none, or that of ctx.
func (m *Master[In, Out]) Answer(ctx context.Context, request []byte) (reply []byte, err error) {
	if len(request) == 0 {
		return nil, errCut
	}
	var good packer
	u := unpacker{b: request[1:]}
	switch request[0] {
	case askHello:
		good, err = m.answerHello(ctx, &u)
	case askPull:
		good, err = m.answerPull(ctx, &u)
	case askBeat:
		good, err = m.answerBeat(ctx, &u)
	case askReport:
		good, err = m.answerReport(ctx, &u)
	default:
		return nil, errCut
	}
	var p packer
	switch {
	case err == nil:
		return append(packer{replyGood}, good...), nil
	case u.err != nil:
		return nil, u.err
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, ErrDrained):
		return packer{replyDrained}, nil
	case errors.Is(err, ErrLate):
		return packer{replyLate}, nil
	}
	p = packer{replyError}
	p.text(err.Error())
	return p, nil
}

func (m *Master[In, Out]) answerHello(ctx context.Context, u *unpacker) (p packer, err error) {
	hello := Hello{Worker: u.text(), Life: u.number(), Holds: u.tokens(), Leaves: u.truth()}
	if err := u.end(); err != nil {
		return nil, err
	}
	w, err := m.Register(ctx, hello)
	p.signed(int64(w.Lease))
	p.signed(int64(w.Timeout))
	return p, err
}

func (m *Master[In, Out]) answerPull(ctx context.Context, u *unpacker) (p packer, err error) {
	pull := Pull{Worker: u.text(), Ask: u.number(), Again: u.truth(), Wait: time.Duration(u.signed())}
	size := u.number()
	if err := u.end(); err != nil {
		return nil, err
	}
	buf := make([]Assignment[In], min(size, maxPull))
	n, err := m.Pull(ctx, pull, buf)
	for _, a := range buf[:n] {
		in, bad := m.rules.Codecs.In.Encode(a.In)
		if bad != nil { // no worker elsewhere will ever get it
			m.reject(a.Token, bad)
			continue
		}
		p.number(uint64(a.Token))
		p.text(a.Terms.Key)
		p.signed(int64(a.Terms.Priority))
		p.number(uint64(a.Try))
		p.bytes(in)
	}
	return p, err
}

// reject puts a job aside that cannot be sent.
func (m *Master[In, Out]) reject(token Token, why error) {
	m.mu.Lock()
	m.machine.report(m.now(), token, Outcome[Out]{Err: fmt.Errorf("masterworker: input: %w", why), Permanent: true}, nil)
	m.settleDown()
}

func (m *Master[In, Out]) answerBeat(ctx context.Context, u *unpacker) (p packer, err error) {
	b := Beat{Worker: u.text(), Wait: time.Duration(u.signed())}
	for range u.size() {
		b.Holds = append(b.Holds, Held{Token: Token(u.number()), Done: u.signed(), Total: u.signed()})
	}
	if err := u.end(); err != nil {
		return nil, err
	}
	lost, err := m.Beat(ctx, b)
	p.tokens(lost)
	return p, err
}

func (m *Master[In, Out]) answerReport(ctx context.Context, u *unpacker) (p packer, err error) {
	o := Outcome[Out]{Token: Token(u.number()), GaveBack: u.truth(), Permanent: u.truth()}
	failed := u.truth()
	value := u.bytes()
	if err := u.end(); err != nil {
		return nil, err
	}
	switch {
	case failed:
		o.Err = errors.New(string(value))
	case !o.GaveBack:
		if o.Out, err = m.rules.Codecs.Out.Decode(value); err != nil {
			o.Err, o.Permanent = fmt.Errorf("masterworker: result: %w", err), true
		}
	}
	return nil, m.Report(ctx, o)
}

func (p *packer) tokens(tokens []Token) {
	p.number(uint64(len(tokens)))
	for _, t := range tokens {
		p.number(uint64(t))
	}
}

func (u *unpacker) tokens() (tokens []Token) {
	for range u.size() {
		tokens = append(tokens, Token(u.number()))
	}
	return tokens
}
