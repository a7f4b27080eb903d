package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/examples/bank/ledger"
	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/task/scoped"
)

// atOnceAtMost is how many requests the bank works on at the same time.
const atOnceAtMost = 64

// opening is what each account has in the beginning.
const opening = 100

// A request is what the bank is asked for, one of the three. Requests and answers go
// through pipes, as JSON; who gets no answer asks again.
type request struct {
	Open     string        `json:"open,omitempty"` // an account
	Read     string        `json:"read,omitempty"` // an account
	Transfer string        `json:"transfer,omitempty"`
	Order    *ledger.Order `json:"order,omitempty"` // of the transfer
}

func (r request) String() string {
	switch {
	case r.Open != "":
		return "open account " + r.Open
	case r.Read != "":
		return "read account " + r.Read
	}
	return "make transfer " + r.Transfer
}

type answer struct {
	request
	Done  bool             `json:"done"` // the transfer, or opening
	State ledger.Statement `json:"state,omitzero"`
	Err   string           `json:"err,omitempty"`
}

// serve is the bank: a process that does what it is asked for until there are no more
// requests, or it is killed. It knows nothing of what was before; the file does.
func serve(ctx context.Context, path, bank string, rules bolt.Rules, in io.Reader, out io.Writer) (err error) {
	file, err := bolt.Open(path, rules)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	store, err := file.Grains(bank)
	if err != nil {
		return err
	}
	sys := actors.New(ctx, actors.Rules{Store: store})
	defer func() { err = errors.Join(err, sys.Close()) }()
	answers := guarded.Of(json.NewEncoder(out))
	var unread error
	err = scoped.Each(ctx, requests(in, &unread), atOnceAtMost, func(ctx context.Context, r request) (err error) {
		a := r.answer(ctx, sys)
		answers.Do(func(e **json.Encoder) { err = (*e).Encode(a) })
		return err
	})
	return errors.Join(err, unread)
}

// requests reads them until there are no more, or one cannot be read.
func requests(in io.Reader, unread *error) iter.Seq[request] {
	return func(yield func(request) bool) {
		d := json.NewDecoder(in)
		for {
			var r request
			if err := d.Decode(&r); err != nil {
				if err != io.EOF {
					*unread = fmt.Errorf("request: %w", err)
				}
				return
			}
			if !yield(r) {
				return
			}
		}
	}
}

// answer does what is asked for.
func (r request) answer(ctx context.Context, sys *actors.System) answer {
	a := answer{request: r}
	var err error
	switch {
	case r.Open != "":
		a.Done, err = ledger.Book.Call(ctx, ledger.Accounts.Ref(sys, r.Open), ledger.Opening(opening))
	case r.Read != "":
		a.State, err = ledger.Read.Call(ctx, ledger.Accounts.Ref(sys, r.Read), actors.None{})
	case r.Transfer != "" && r.Order != nil:
		a.Done, err = ledger.Run.Call(ctx, ledger.Transfers.Ref(sys, r.Transfer), *r.Order)
	default:
		err = errors.New("neither open, nor read, nor transfer with an order")
	}
	if err != nil {
		a.Err = err.Error()
	}
	return a
}
