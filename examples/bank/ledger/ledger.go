// Package ledger is a bank as grains: accounts, and transfers between them. It does
// not know where it runs: examples/bank runs it in simulations in which nodes crash,
// and engine/bolt/examples/bank in a process that is killed, with its data in a file.
//
// # Why no money is lost, and none made
//
// A transfer is a grain of its own, and takes two steps: it takes the money from one
// account, and gives it to the other. There is no transaction over both; a node may
// crash between the two, and before and after every message and every write. It is
// safe all the same, for five reasons, of which none can be spared:
//
//  1. An entry in an account has an id that is made of the name of the transfer, so it
//     is the same in every try.
//  2. An account writes the id of an entry in its journal, and the new balance, as one
//     record, before it answers. What is in the journal is not booked again: once asked
//     or ten times, by this node or that one, it comes to the same.
//  3. That it refuses an entry is in the journal too. Otherwise a message that was
//     under way for long could still take the money for a transfer which has long ended
//     as refused, and nobody would ever give it to anybody.
//  4. A transfer that has not come to its end is asked for again, by whoever wants it.
//     It then repeats both steps: those that were done answer from the journal. So money
//     can be on its way for some time, but not for ever.
//  5. Of two nodes that both believe an account theirs one at most can write: the store
//     refuses what does not follow the last revision, and the answer of a method goes out
//     after its write.
//
// [Flaw] takes one of them away, so that one sees it found.
//
// The price is a journal that only grows. A bank that lives for years would close it
// once a day: end all transfers, wait until no message of them can be under way, and
// begin a new journal with the balance.
package ledger

import (
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/trivet-go/trivet/flow/actors"
)

// Account is the protocol of an account.
type Account interface {
	// Book books an entry, if the balance allows it, and tells whether it did. For an
	// entry that came before it tells what it told then.
	Book(*actors.Context, Entry) (booked bool, err error)

	Read(*actors.Context, actors.None) (Statement, error)
}

// An Entry changes the balance of an account, by less than nothing too, but not by 0.
type Entry struct {
	ID string
	N  int
}

// A Statement is all that there is to an account.
type Statement struct {
	Balance int            `json:"balance"`
	Journal map[string]int `json:"journal"` // by what each entry has changed the balance; 0: it was refused
}

// Transfer is the protocol of a transfer.
type Transfer interface {
	// Run carries out an order, and tells whether there was enough money. After an error
	// it is not known how far it came: run it again. A transfer has one order for ever.
	Run(*actors.Context, Order) (done bool, err error)
}

// An Order says what to transfer.
type Order struct {
	From string `json:"from"` // the key of an account
	To   string `json:"to"`
	N    int    `json:"n"` // more than 0
}

// Grains are passivated soon, so that simulations and tests see it happen often.
var (
	Accounts = actors.NewKind("account", func() Account { return new(account) }, actors.Traits{Idle: 200 * time.Millisecond})
	Book     = actors.Method(Accounts, "book", Account.Book)
	Read     = actors.Method(Accounts, "read", Account.Read)

	Transfers = actors.NewKind("transfer", func() Transfer { return new(transfer) }, actors.Traits{Idle: 100 * time.Millisecond})
	Run       = actors.Method(Transfers, "run", Transfer.Run)
)

// Kinds are those of the bank, for a node that has it.
var Kinds = []actors.AnyKind{Accounts, Transfers}

type account struct{ Statement }

func (a *account) Snapshot() ([]byte, error) { return json.Marshal(a.Statement) }
func (a *account) Restore(data []byte) error { return json.Unmarshal(data, &a.Statement) }

func (a *account) Book(_ *actors.Context, e Entry) (bool, error) {
	if n, known := a.Journal[e.ID]; known && Flaw != Forgetful {
		return n != 0, nil
	}
	if a.Journal == nil {
		a.Journal = map[string]int{}
	}
	if a.Balance+e.N < 0 {
		if Flaw != Wavering {
			a.Journal[e.ID] = 0
		}
		return false, nil
	}
	a.Journal[e.ID] = e.N
	a.Balance += e.N
	return true, nil
}

func (a *account) Read(*actors.Context, actors.None) (Statement, error) {
	return Statement{a.Balance, maps.Clone(a.Journal)}, nil // the journal stays here: what is sent is the receiver's
}

// transfer is the state of one: it has something to remember when it is over.
type transfer struct {
	Over bool `json:"over"`
	Done bool `json:"done"`
}

func (t *transfer) Snapshot() ([]byte, error) { return json.Marshal(t) }
func (t *transfer) Restore(data []byte) error { return json.Unmarshal(data, t) }

var errAmount = errors.New("ledger: a transfer of less than 1")

func (t *transfer) Run(c *actors.Context, o Order) (bool, error) {
	switch {
	case t.Over:
		return t.Done, nil
	case o.N < 1:
		return false, errAmount
	}
	taken, err := Book.Call(c, Accounts.Ref(c, o.From), takes(c.Name(), o))
	if err != nil {
		return false, err
	}
	if taken {
		if _, err := Book.Call(c, Accounts.Ref(c, o.To), gives(c.Name(), o)); err != nil {
			return false, err
		}
	}
	t.Over, t.Done = true, taken
	return taken, nil
}

// takes and gives are the entries of a transfer: the same in every try.
func takes(transfer string, o Order) Entry { return Entry{transfer + " takes", -o.N} }
func gives(transfer string, o Order) Entry { return Entry{transfer + " gives", o.N} }

// Flaw is what is wrong with accounts: nothing, unless one wants to see it found. It is
// set before the first message.
var Flaw string

// The flaws.
const (
	Forgetful = "forgetful" // an account books what it has booked before
	Wavering  = "wavering"  // an account does not remember what it has refused
)
