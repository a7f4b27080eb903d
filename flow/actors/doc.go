// Package actors gives state an address: an actor has a mailbox, handles one
// message at a time, and nobody else can reach what it holds. A message is an
// ordinary Go method.
//
//	type Account interface { // the protocol: what others may send
//		Deposit(*actors.Context, int) (int, error)
//	}
//
//	type account struct{ balance int } // the state: private
//
//	func (a *account) Deposit(_ *actors.Context, n int) (int, error) {
//		a.balance += n
//		return a.balance, nil
//	}
//
//	var (
//		Accounts = actors.NewKind("account", func() Account { return new(account) }, actors.Traits{})
//		Deposit  = actors.Method(Accounts, "deposit", Account.Deposit)
//	)
//
//	sys := actors.New(ctx, actors.Rules{Name: "bank"})
//	defer sys.Close()
//	alice, err := Accounts.Spawn(sys, "alice")
//	balance, err := Deposit.Call(ctx, alice, 5) // with "5" it does not compile
//
// Use it for many independent things that live long and act on their own:
// sessions, devices, players, orders. For one value that several goroutines
// change use state/guarded: a lock is ten times cheaper than a message and an
// answer. For items that pass through steps use flow/pipeline, for jobs
// flow/consume, for heavy calculation task/forkjoin.
//
// # Words
//
// A kind is a sort of actors: a protocol, an interface, and how to make a state.
// An op is a method of the protocol as a message. A ref is the address of an
// actor; it is data, and stays good when the actor begins anew. [Op.Tell] sends
// and goes on; [Op.Call] waits for the answer; [Op.Go] lets the answer come as a
// later message. A dead letter is a message that was not handled and of which no
// sender knows.
//
// An op is made from a method expression of the protocol, never of the state:
// only so may methods use the ops of their own kind. For the same reason the
// function that makes a state must not name ops or methods that do; work belongs
// into a Start method, see [Starter].
//
// An actor that was made with the Context of another one is its child: it is
// looked after by that one's [Supervision], and ends with it. [Watch] tells anybody
// of the end of an actor; [Op.After] is a message to oneself, later.
//
// A grain is an actor that is always there: [Kind.Ref] gives its address, the
// first message makes it, and when it has been idle it is passivated. If its
// state is a [Keeper] and the system has a [Store], it goes on where it was.
//
// A system can be a node among others, see [System.Join]: messages then go to
// where their actor is, encoded, and behave as they do here; but they can get
// lost. [Simulate] runs systems in a world in which a seed decides who goes on,
// what gets lost, and when a node crashes; examples/bank is a program that lives in
// thousands of them.
//
// # What it costs
//
// An idle actor costs some 200 bytes and no goroutine: one is started for the first
// message, and goes when none is left. So a method may block as it likes, and keeps
// nobody but those who wait for its actor. What a method wakes with its last message
// may go on with its goroutine, when it has returned; if the method blocks instead,
// the other actor begins within a few milliseconds all the same. Tell of a value of
// 16 bytes, a pointer, a string or a slice allocates nothing, nor does Call.
//
// # When it is too much
//
// Every mailbox has a bound. What a full one does is the kind's
// [Traits.Overflow]: the sender waits, is refused, or a message is dropped and
// counted. An actor that waits keeps its own goroutine and nobody else's. A
// message whose deadline has passed is not handled any more. [System.Stats] says
// where the time goes; [System.Longest] and [System.Waits], who keeps others waiting
// now.
//
// # When something goes wrong
//
// An error of a method goes to who called, and otherwise to Hooks.ItemError. A
// panic, or runtime.Goexit, costs the actor its state, since nobody knows what it
// is like; the mailbox is kept, the message is a dead letter, its caller gets
// [ErrPanicked], and the actor begins anew, see [Supervision]. That does not help
// against a panic in a goroutine that a method has started by a go statement, nor
// against concurrent map writes: those end the process. When the context of the
// system is done so are those of all methods, and messages that wait are refused.
//
// # Demons
//
// Race: a state is reached by messages only. What a message points to belongs to
// the receiver once it is sent. Deadlock: one of the actors that would wait for
// each other in a circle gets [ErrCycle] at once, with the names, and its message
// is not handled; also if they are on several nodes. Starvation: a turn that
// goes on for 256 messages lets others go first. Livelock: pauses before a new
// beginning grow, are drawn at random, and their number is bounded.
package actors
