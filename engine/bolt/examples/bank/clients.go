package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/trivet-go/trivet/examples/bank/ledger"
)

// clients want transfers, and ask for each until they are told what became of it. They
// outlive the bank.
type clients struct {
	settings
	start    func(context.Context) (*process, error)
	progress func(c *clients)

	told     map[string]bool // of each transfer, whether it was done
	accounts map[string]ledger.Statement
	killed   int // times
}

// run has all transfers made by a bank that is killed so many times, asks for them once
// more, and audits the bank.
func (c *clients) run(ctx context.Context) error {
	var open, read []request
	for i := range c.accountCount {
		name := strconv.Itoa(i)
		open = append(open, request{Open: name})
		read = append(read, request{Read: name})
	}
	if err := c.live(ctx, open, never); err != nil {
		return err
	}
	for ; c.killed < c.kills; c.killed++ {
		wanted := c.wanted()
		share := len(wanted) / (1 + c.kills - c.killed) // so that some are left for the last one
		if err := c.live(ctx, wanted, rand.N(1+2*share)); err != nil {
			return err
		}
	}
	if err := c.live(ctx, c.wanted(), never); err != nil {
		return err
	}
	if err := c.live(ctx, c.all(), never); err != nil { // hear refuses other answers than before
		return err
	}
	if err := c.live(ctx, read, never); err != nil {
		return err
	}
	return ledger.Audit(c.accounts, opening, c.done())
}

// order is what a transfer is: the same in every run with the same seed.
func (c *clients) order(transfer int) *ledger.Order {
	r := rand.New(rand.NewPCG(c.seed, uint64(transfer)))
	account := func() string { return strconv.Itoa(r.IntN(c.accountCount)) }
	return &ledger.Order{From: account(), To: account(), N: 1 + r.IntN(opening)}
}

// all are the transfers.
func (c *clients) all() (asks []request) {
	for i := range c.transfers {
		asks = append(asks, request{Transfer: strconv.Itoa(i), Order: c.order(i)})
	}
	return asks
}

// wanted are those of which nobody was told what became of them.
func (c *clients) wanted() (asks []request) {
	for _, r := range c.all() {
		if _, told := c.told[r.Transfer]; !told {
			asks = append(asks, r)
		}
	}
	return asks
}

// done are those of which somebody was told that they are done.
func (c *clients) done() map[string]ledger.Order {
	done := map[string]ledger.Order{}
	for _, r := range c.all() {
		if c.told[r.Transfer] {
			done[r.Transfer] = *r.Order
		}
	}
	return done
}

const never = -1

// live starts a bank and asks it, some at a time. Soon after it has given so many answers
// it is killed; if that is never, it is let go when it has given all.
func (c *clients) live(ctx context.Context, asks []request, kill int) error {
	p, err := c.start(ctx)
	if err != nil {
		return err
	}
	asked, heard := 0, 0
	for ; heard < len(asks) || kill != never; heard++ {
		for ; asked < len(asks) && asked-heard < c.atOnce; asked++ {
			p.ask(asks[asked])
		}
		if heard == kill {
			p.killIn(rand.N(time.Microsecond << rand.N(15))) // the bank is busy meanwhile, and dies in the middle of anything
		}
		a, ok := p.hear()
		if !ok {
			break // it is dead
		}
		if err := c.hear(a); err != nil {
			p.killIn(0)
			return errors.Join(err, p.end())
		}
		c.progress(c)
	}
	err = p.end()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil && kill == never && heard < len(asks):
		return fmt.Errorf("the bank has ended with %d of %d answers given", heard, len(asks))
	}
	return err
}

// hear notes an answer.
func (c *clients) hear(a answer) error {
	before, told := c.told[a.Transfer]
	switch {
	case a.Err != "":
		return fmt.Errorf("the bank cannot %v: %s", a.request, a.Err)
	case a.Read != "":
		c.accounts[a.Read] = a.State
	case a.Open != "" && !a.Done:
		return fmt.Errorf("the bank does not %v", a.request)
	case a.Transfer != "" && told && before != a.Done:
		return fmt.Errorf("of transfer %s it was told that done is %t, and is %t now", a.Transfer, before, a.Done)
	case a.Transfer != "":
		c.told[a.Transfer] = a.Done
	}
	return nil
}
