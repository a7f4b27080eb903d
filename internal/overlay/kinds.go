package overlay

// The kinds of event that a patched program logs. Each event is a user log of
// the execution trace: its category is the kind, its message is [Message], and
// its task is a word with the address of the object in the low 48 bits and an
// argument in the high 16 ([Split]). The task number names no real task.
//
// "After" and "before" below tell on which side of the operation the event is
// stamped. For one mutex the intervals from Lock to Unlock never overlap, and
// the WaitGroupAdd of a Done stands before the WaitGroupWait that it releases.
// Send and Recv are both stamped after, so on two cores a Recv may precede its
// Send. Program order within a goroutine always holds.
const (
	// MakeChan: a channel was created, after; argument capacity. It is the
	// first event of a channel's life: it is logged before the creator can hand
	// the channel to anybody. So a MakeChan of an address that is known already
	// means that the old channel was collected and a new one, with its own
	// identity, begins here; and an address without MakeChan belongs to a
	// channel that is older than the recording, or was made where the runtime
	// logs nothing (on the system stack).
	MakeChan = "M"

	// Channel operations, after they took place; argument capacity (65535:
	// that or more; 0 also for a nil channel, whose address is 0). A select
	// logs the operation of the case that it chose, and nothing for default.
	Send       = "S"
	Recv       = "R"  // a value came
	RecvClosed = "RC" // the zero value of a closed channel
	CloseChan  = "C"  // before, also when it then panics

	// Mutex and RWMutex; argument 1 when taken by TryLock or TryRLock.
	Lock          = "L"  // Mutex.Lock, after
	Unlock        = "U"  // before
	RLock         = "RL" // RWMutex.RLock, after
	RUnlock       = "RU" // before
	WLock         = "WL" // RWMutex.Lock, after; its inner Mutex logs nothing
	WUnlock       = "WU" // before
	TryFailed     = "TF" // a TryLock or TryRLock that did not get the lock, after; ignore the argument
	CondWait      = "CW" // Cond.Wait begins; the unlock and lock of Cond.L follow as events of their own
	CondWoken     = "CE" // Cond.Wait ends, Cond.L is locked again
	CondOne       = "CS" // Cond.Signal, before
	CondAll       = "CB" // Cond.Broadcast, before
	OnceEnd       = "OE" // the slow path of Once.Do ends: f ran here, or the caller waited for it
	OnceBegin     = "OB" // the slow path of Once.Do begins; with Recording.Before only
	GoEnd         = "GE" // the goroutine ends; address 0
	WaitGroupAdd  = "WA" // Add, Done and Go, before; argument delta + 32768 (65535: unknown large)
	WaitGroupWait = "WW" // Wait, after

	// Sleep: time.Sleep of a positive duration, before it sleeps, but not in a
	// synctest bubble, whose clock is not the real one. The low 48 bits are the
	// nanoseconds asked for, no address.
	Sleep = "SL"

	// Query: the program asked for, or set, the number of cores by
	// runtime.GOMAXPROCS or runtime.NumCPU; argument what it was told. The low
	// 48 bits are the n that it asked GOMAXPROCS to set, 0 for a mere question.
	// Package testing asks too: tell callers apart by the stack.
	Query = "Q"

	// The timer of a benchmark; address of the *testing.B. What is measured
	// lies between BenchStart and BenchStop; a BenchReset in between begins
	// anew. Start and Reset are stamped at the end of the call, Stop at its
	// beginning, so testing's own bookkeeping lies outside. b.Loop passes
	// through Reset at its first and Stop at its last iteration.
	BenchStart = "BS"
	BenchStop  = "BE"
	BenchReset = "BR"

	// What is about to be tried, before it is, by an operation that can block;
	// with [Recording].Before only. An attempt without its result is a goroutine
	// that stayed blocked, or panicked.
	LockBegin   = "LB"
	RLockBegin  = "RLB"
	WLockBegin  = "WLB"
	SendBegin   = "SB"
	RecvBegin   = "RB"
	SelectBegin = "X" // address 0, argument number of cases
	WaitBegin   = "WWB"
)

// Events that only the search for demons keeps, see [Haunting].
const (
	Spawn      = "G"  // a goroutine was made, by the one that logs; the word is its number
	SpawnedAt  = "GA" // the same, a little later, where its stack is known
	SelectSend = "XS" // a case of the select that begins; argument 0
	SelectRecv = "XR"
	SendFailed = "SF" // a send that would have to wait, in a select with default; after
	Rounds     = "LR" // rounds of a loop that is marked in the source, see [RoundsOf]
	TestBegin  = "TB" // a test or subtest begins; the stack's place holds its name
	Progress   = "PR" // package why/demon was told something: argument what, the low 48 bits how much; the stack's place holds the name
)

// Message is the message of every event that the overlay logs. A user log with
// another message is the program's own.
const Message = "tv"

// kinds in the order of their numbers in the generated code, with the names
// that they have there behind "trivet". Number 0 is the message.
var kinds = []struct{ name, text string }{
	{"Message", Message},
	{"MakeChan", MakeChan}, {"Send", Send}, {"Recv", Recv}, {"RecvClosed", RecvClosed}, {"CloseChan", CloseChan},
	{"Lock", Lock}, {"Unlock", Unlock}, {"RLock", RLock}, {"RUnlock", RUnlock}, {"WLock", WLock}, {"WUnlock", WUnlock},
	{"TryFailed", TryFailed}, {"CondWait", CondWait}, {"CondWoken", CondWoken}, {"CondOne", CondOne}, {"CondAll", CondAll},
	{"OnceBegin", OnceBegin}, {"OnceEnd", OnceEnd}, {"GoEnd", GoEnd},
	{"WaitGroupAdd", WaitGroupAdd}, {"WaitGroupWait", WaitGroupWait},
	{"Sleep", Sleep}, {"Query", Query},
	{"BenchStart", BenchStart}, {"BenchStop", BenchStop}, {"BenchReset", BenchReset},
	{"LockBegin", LockBegin}, {"RLockBegin", RLockBegin}, {"WLockBegin", WLockBegin},
	{"SendBegin", SendBegin}, {"RecvBegin", RecvBegin}, {"SelectBegin", SelectBegin}, {"WaitBegin", WaitBegin},
	{"Spawn", Spawn}, {"SpawnedAt", SpawnedAt}, {"SelectSend", SelectSend}, {"SelectRecv", SelectRecv}, {"TestBegin", TestBegin}, {"Progress", Progress}, {"SendFailed", SendFailed}, {"Rounds", Rounds},
}

const addressBits = 48

// Split takes the word of an event apart. The first result is the object's
// address, or what the kind puts in its place.
func Split(word uint64) (address uint64, argument uint16) {
	return word & (1<<addressBits - 1), uint16(word >> addressBits)
}

// RoundsOf takes the event [Rounds] apart, whose argument is the number of the
// loop: how often it was entered, went round, reached a goal, and how often its
// goroutine changed something that others can see.
func RoundsOf(address uint64) (entered, rounds, goals, writes int) {
	return int(address >> 40), int(address & (1<<16 - 1)), int(address >> 28 & (1<<12 - 1)), int(address >> 16 & (1<<12 - 1))
}
