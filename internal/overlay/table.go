package overlay

// way is how a function is edited. All edits stay inside existing lines, so no
// line number of the standard library moves.
type way string

const (
	// wrap renames F at its declaration and generates a new F around it: a hook
	// before and after, and no lock of F held in either. The default, and the
	// only way that does not depend on F's body.
	wrap way = "wrap"
	// entry and end insert a call at the function's opening or closing brace,
	// where a wrapper would break the caller's pc or a pragma.
	entry way = "entry"
	end   way = "end"
	// inside only redirects calls in the body.
	inside way = "inside"
)

// A site is a function of the standard library that the overlay patches. It
// is found by package, receiver and name, and must have exactly this
// signature, because the statements below speak of its parameters.
//
// Statements call trivetHook(kind, object, argument) and the helpers of
// runtime.go.txt; kinds are written trivetSend for [Send]'s number, and so on.
// Everything that a site can do is one column here, so that another use of the
// same hook points (schedule perturbation) is another column.
type site struct {
	pkg, recv, name, sig string
	way                  way
	since                int // first Go 1.x that has the function; 0: all

	// For wrap. Results are r0, r1.
	instead string // when on: an expression that replaces the call
	begin   string // statement before the call, only with Recording.Before
	before  string // statement before the call
	after   string // statement after the call

	// For entry and end: the statement, guarded by "is anything on", or raw
	// text that is inserted as it stands.
	insert, raw string

	// redirect replaces the function of calls inside the body: all calls
	// printed as the key, at least one each.
	redirect map[string]string
}

// packages are those that the table patches.
var packages = []string{"runtime", "internal/sync", "sync", "testing", "runtime/trace"}

// sites is the whole patch, for every supported Go release.
var sites = []site{
	// Channels. closechan keeps its frame: it reads its caller's pc.
	{pkg: "runtime", name: "makechan", sig: "(t *chantype, size int) *hchan", way: wrap,
		after: "trivetHook(trivetMakeChan, unsafe.Pointer(r0), trivetCap(r0))"},
	{pkg: "runtime", name: "chansend", sig: "(c *hchan, ep unsafe.Pointer, block bool, callerpc uintptr) bool", way: wrap,
		begin: "if block { trivetHook(trivetSendBegin, unsafe.Pointer(c), 0) } else { trivetPoint() }",
		after: "if r0 { trivetHook(trivetSend, unsafe.Pointer(c), trivetCap(c)) } else if trivetOn&trivetDemons != 0 { trivetNoRoom(c) }"},
	{pkg: "runtime", name: "chanrecv", sig: "(c *hchan, ep unsafe.Pointer, block bool) (selected, received bool)", way: wrap,
		begin: "if block { trivetHook(trivetRecvBegin, unsafe.Pointer(c), 0) } else { trivetPoint() }",
		after: "if r1 { trivetHook(trivetRecv, unsafe.Pointer(c), trivetCap(c)) } else if r0 { trivetHook(trivetRecvClosed, unsafe.Pointer(c), trivetCap(c)) }"},
	{pkg: "runtime", name: "closechan", sig: "(c *hchan)", way: entry,
		insert: "trivetHook(trivetCloseChan, unsafe.Pointer(c), trivetCap(c))"},
	{pkg: "runtime", name: "selectgo", sig: "(cas0 *scase, order0 *uint16, pc0 *uintptr, nsends, nrecvs int, block bool) (int, bool)", way: wrap,
		begin: "if block { trivetCases(cas0, nsends, nsends+nrecvs); trivetHook(trivetSelectBegin, nil, nsends+nrecvs) } else { trivetPoint() }",
		after: "trivetChosen(cas0, nsends, r0, r1)"},

	// Goroutines and time. The spawn itself is in every trace; who is whose child
	// is for the search for demons, and there the child may also run first.
	{pkg: "runtime", name: "newproc1", sig: "(fn *funcval, callergp *g, callerpc uintptr, parked bool, waitreason waitReason) *g", way: wrap,
		after: "if trivetOn&trivetDemons != 0 { trivetSpawned(callergp, r0) }"},
	{pkg: "runtime", name: "newproc", sig: "(fn *funcval)", way: end,
		insert: "trivetBegun()"},
	{pkg: "runtime", name: "goexit1", sig: "()", way: entry,
		insert: "trivetHook(trivetGoEnd, nil, 0)"},
	{pkg: "runtime", name: "gcBgMarkStartWorkers", sig: "()", way: wrap,
		before: "trivetDeaf(1)", after: "trivetDeaf(^uint32(0))"},
	{pkg: "runtime", name: "timeSleep", sig: "(ns int64)", way: wrap,
		before: "if ns > 0 { trivetSlept(ns) }"},

	// The number of cores that the program is told. sync.Pool indexes an array
	// of that many slots by the real processor, so it must know the real number.
	{pkg: "runtime", name: "GOMAXPROCS", sig: "(n int) int", way: wrap,
		instead: "trivetProcs(n)"},
	{pkg: "runtime", name: "NumCPU", sig: "() int", way: wrap,
		instead: "trivetNumCPU()"},
	{pkg: "runtime", name: "SetDefaultGOMAXPROCS", sig: "()", way: wrap, since: 25,
		instead: "trivetDefaultProcs(TrivetSetDefaultGOMAXPROCS)"},
	{pkg: "sync", recv: "*Pool", name: "pinSlow", sig: "() (*poolLocal, int)", way: inside,
		redirect: map[string]string{"runtime.GOMAXPROCS": "runtime.TrivetGOMAXPROCS"}},

	// Stacks are cut to their innermost frames. Whole ones of a recursive
	// program are nearly all different, and writing them out took ten times as
	// long as the program itself.
	{pkg: "runtime", recv: "*traceStackTable", name: "put", sig: "(pcs []uintptr) uint64", way: wrap,
		before: "pcs = pcs[:min(len(pcs), trivetDepth)]"},

	// The program's own regions and tasks are recorded too.
	{pkg: "runtime/trace", name: "IsEnabled", sig: "() bool", way: wrap,
		instead: "trivetOn&trivetTraces != 0 || TrivetIsEnabled()"},

	// Start and stop. gcenable is the last step of the runtime before the
	// package initialisers; preprintpanics runs before the world freezes.
	{pkg: "runtime", name: "gcenable", sig: "()", way: end, raw: "trivetStart()"},
	{pkg: "runtime", name: "preprintpanics", sig: "(p *_panic)", way: entry, raw: "trivetStop()"},
	{pkg: "runtime", name: "dieFromSignal", sig: "(sig uint32)", way: entry, raw: "if trivetCatch(sig) { return }"},

	// Mutexes: the one that sync.Mutex and the maps of internal/sync hold.
	{pkg: "internal/sync", recv: "*Mutex", name: "Lock", sig: "()", way: wrap,
		begin: "trivetHook(trivetLockBegin, unsafe.Pointer(m), 0)",
		after: "trivetHook(trivetLock, unsafe.Pointer(m), 0)"},
	{pkg: "internal/sync", recv: "*Mutex", name: "TryLock", sig: "() bool", way: wrap,
		after: "if r0 { trivetHook(trivetLock, unsafe.Pointer(m), 1) } else { trivetHook(trivetTryFailed, unsafe.Pointer(m), 1) }"},
	{pkg: "internal/sync", recv: "*Mutex", name: "Unlock", sig: "()", way: wrap,
		before: "trivetHook(trivetUnlock, unsafe.Pointer(m), 0)", after: "trivetPoint()"},

	// RWMutex holds a Mutex at its own address: unredirected, the inner lock
	// would log Lock and Unlock of the same object.
	{pkg: "sync", recv: "*RWMutex", name: "RLock", sig: "()", way: wrap,
		begin: "trivetHook(trivetRLockBegin, unsafe.Pointer(rw), 0)",
		after: "trivetHook(trivetRLock, unsafe.Pointer(rw), 0)"},
	{pkg: "sync", recv: "*RWMutex", name: "TryRLock", sig: "() bool", way: wrap,
		after: "if r0 { trivetHook(trivetRLock, unsafe.Pointer(rw), 1) } else { trivetHook(trivetTryFailed, unsafe.Pointer(rw), 1) }"},
	{pkg: "sync", recv: "*RWMutex", name: "RUnlock", sig: "()", way: wrap,
		before: "trivetHook(trivetRUnlock, unsafe.Pointer(rw), 0)", after: "trivetPoint()"},
	{pkg: "sync", recv: "*RWMutex", name: "Lock", sig: "()", way: wrap,
		begin:    "trivetHook(trivetWLockBegin, unsafe.Pointer(rw), 0)",
		after:    "trivetHook(trivetWLock, unsafe.Pointer(rw), 0)",
		redirect: map[string]string{"rw.w.Lock": "rw.w.mu.TrivetLock"}},
	{pkg: "sync", recv: "*RWMutex", name: "TryLock", sig: "() bool", way: wrap,
		after:    "if r0 { trivetHook(trivetWLock, unsafe.Pointer(rw), 1) } else { trivetHook(trivetTryFailed, unsafe.Pointer(rw), 1) }",
		redirect: map[string]string{"rw.w.TryLock": "rw.w.mu.TrivetTryLock", "rw.w.Unlock": "rw.w.mu.TrivetUnlock"}},
	{pkg: "sync", recv: "*RWMutex", name: "Unlock", sig: "()", way: wrap,
		before: "trivetHook(trivetWUnlock, unsafe.Pointer(rw), 0)", after: "trivetPoint()",
		redirect: map[string]string{"rw.w.Unlock": "rw.w.mu.TrivetUnlock"}},

	{pkg: "sync", recv: "*WaitGroup", name: "Add", sig: "(delta int)", way: wrap,
		before: "trivetHook(trivetWaitGroupAdd, unsafe.Pointer(wg), delta+32768)"},
	{pkg: "sync", recv: "*WaitGroup", name: "Wait", sig: "()", way: wrap,
		begin: "trivetHook(trivetWaitBegin, unsafe.Pointer(wg), 0)",
		after: "trivetHook(trivetWaitGroupWait, unsafe.Pointer(wg), 0)"},
	{pkg: "sync", recv: "*Cond", name: "Wait", sig: "()", way: wrap,
		before: "trivetHook(trivetCondWait, unsafe.Pointer(c), 0)",
		after:  "trivetHook(trivetCondWoken, unsafe.Pointer(c), 0)"},
	{pkg: "sync", recv: "*Cond", name: "Signal", sig: "()", way: wrap,
		before: "trivetHook(trivetCondOne, unsafe.Pointer(c), 0)"},
	{pkg: "sync", recv: "*Cond", name: "Broadcast", sig: "()", way: wrap,
		before: "trivetHook(trivetCondAll, unsafe.Pointer(c), 0)"},
	{pkg: "sync", recv: "*Once", name: "doSlow", sig: "(f func())", way: wrap,
		begin: "trivetHook(trivetOnceBegin, unsafe.Pointer(o), 0)",
		after: "trivetHook(trivetOnceEnd, unsafe.Pointer(o), 0)"},

	// Whose goroutine it is: the nearest ancestor that runs a test.
	{pkg: "testing", name: "tRunner", sig: "(t *T, fn func(t *T))", way: entry,
		insert: "if trivetOn&trivetDemons != 0 { trivetNamed(trivetTestBegin, t.name, 0) }"},

	// The window of a benchmark.
	{pkg: "testing", recv: "*B", name: "StartTimer", sig: "()", way: end,
		insert: "trivetHook(trivetBenchStart, unsafe.Pointer(b), 0)"},
	{pkg: "testing", recv: "*B", name: "StopTimer", sig: "()", way: entry,
		insert: "trivetHook(trivetBenchStop, unsafe.Pointer(b), 0)"},
	{pkg: "testing", recv: "*B", name: "ResetTimer", sig: "()", way: end,
		insert: "trivetHook(trivetBenchReset, unsafe.Pointer(b), 0)"},
}
