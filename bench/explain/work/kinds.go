package main

// A kind is one workload.
type kind struct {
	Name string `json:"name"`
	What string `json:"what"`
	// Hooked: every constraint is an operation that the recording holds, and
	// items last 50 µs or more. Such a kind must be predicted; any other must be
	// predicted or flagged.
	Hooked bool `json:"hooked"`
	// Emulated: the kind can run on emulated cores. False where the cost lies in
	// hardware, in the collector or in microseconds of scheduling.
	Emulated bool `json:"emulated"`

	run func(m *machine, size float64)
}

// kinds in the order in which they are reported.
var kinds = []kind{
	{"independent", "128 tasks, a goroutine each", true, true, independent},
	{"serial10", "a tenth of the work is serial", true, true, serialPart(0.10)},
	{"serial30", "three tenths are serial", true, true, serialPart(0.30)},
	{"serial50", "half is serial", true, true, serialPart(0.50)},
	{"mutex", "a fifth of each item under one lock", true, true, coarseMutex},
	{"rwmutex", "seven reads a write under one RWMutex", true, true, readersWriters},
	{"pipeline", "four stages, unbuffered", true, true, pipelineUnbuffered},
	{"slowstage", "four stages, buffers of 16, one slow and uneven", true, true, pipelineSlowStage},
	{"forkjoin", "recursive halves, merged on the way up", true, true, forkJoin},
	{"straggler", "64 tasks, one of them as long as 17", true, true, straggler},
	{"queue", "one producer, 16 consumers, a queue of 16", true, true, workQueue},
	{"semaphore", "three quarters of each item under a semaphore of 3", true, true, semaphore},
	{"fanout", "256 goroutines, at most 8 at a time", true, true, boundedFanOut},
	{"cond", "a queue made of a mutex and two condition variables", true, true, condQueue},
	{"select", "8 producers on two channels, one collector selects", true, true, selectMerge},
	{"atomic", "16 workers share items by an atomic index", false, true, atomicIndex},
	{"timers", "8 goroutines that sleep and compute in turn", false, false, timers},
	{"gc", "16 goroutines that allocate trees", false, false, gcHeavy},
	{"falsesharing", "8 counters side by side in one cache line", false, false, falseSharing},
	{"padded", "the same counters, 128 bytes apart", false, false, paddedCounters},
	{"memory", "8 goroutines that stream through memory", false, false, memoryBandwidth},
	{"finemutex", "1 µs of every 4 under one lock", false, false, fineMutex},
	{"finechan", "items of 3 µs through an unbuffered channel", false, false, fineChannels},
	{"pingpong", "two goroutines hand a token to and fro", false, false, pingPong},
}

// times scales a count of items by the size, at least 1.
func times(n int, size float64) int { return max(1, int(float64(n)*size)) }
