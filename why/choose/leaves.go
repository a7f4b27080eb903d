package choose

// leaf is one stack.
type leaf struct {
	title    string
	route    string
	layers   [3]Layer
	why      string
	rulesOut []Reason
	laws     []string
	packages []string
	standard []Reason
}

const (
	routeA = "A: calculation"
	routeB = "B: flow"
)

var leaves = map[string]leaf{
	"forkjoin": {
		title: "one calculation, split until the parts are small",
		route: routeA,
		layers: [3]Layer{
			{"Lv3", "scatter-gather", "the input is cut up, all cores work, one result is gathered"},
			{"Lv2", "fork-join, work stealing", "a part is split again while it is large; who is idle takes what another has not begun, so unequal parts do no harm"},
			{"Lv1", "shared memory", "all parts read the same input and write to places of their own: nothing is copied, nothing locked"},
		},
		why: "The work is known in advance, and cores are what it needs. Splitting in halves keeps the longest chain short, and a half that nobody takes costs no more than a call.",
		rulesOut: []Reason{
			{"actors", "a mailbox costs more than it protects when nothing is shared, and one actor is one core"},
			{"pipeline", "stages are few and unequal: the slowest sets the pace, whatever the number of cores"},
			{"a goroutine an item", "below some microseconds an item costs less than its goroutine; give each 10 to 100 µs of work (trivet why tiny-tasks)"},
		},
		laws:     []string{"amdahl"},
		packages: []string{"task/forkjoin", "task/scoped"},
		standard: []Reason{
			{"slices, sort", "the serial work on a part that is split no more"},
			{"sync/atomic", "one number that all parts add to, seldom"},
		},
	},
	"mapreduce": {
		title: "one calculation whose results come together by key",
		route: routeA,
		layers: [3]Layer{
			{"Lv3", "scatter-gather", "files or ranges are dealt out, tables are gathered"},
			{"Lv2", "MapReduce", "map makes keys and values side by side; the same key always goes to the same place; each place reduces its keys alone"},
			{"Lv1", "shared memory", "each mapper and each reducer has a table of its own, and hands it over when it is done"},
		},
		why: "No map needs another one, and no two reducers share a key: there is no lock to wait for, however many keys there are.",
		rulesOut: []Reason{
			{"one map behind a lock", "every word would wait for it (trivet why lock-around-work)"},
			{"fork-join with one table", "joining two large tables is serial work, and the last join is the largest"},
			{"actors", "a message an item costs more than adding to a table does"},
		},
		laws:     []string{"amdahl"},
		packages: []string{"task/mapreduce", "task/scoped"},
		standard: []Reason{
			{"hash/maphash", "which reducer has a key"},
			{"maps, slices", "tables, and their order at the end"},
		},
	},
	"gather": {
		title: "one question to all shards, one answer from those that reply",
		route: routeA,
		layers: [3]Layer{
			{"Lv3", "scatter-gather", "a coordinator asks every shard; each gives its own best, the coordinator merges them"},
			{"Lv2", "fork-join", "a shard that has cores to itself splits its part further"},
			{"Lv1", "shared memory", "a shard alone has its data; only short lists travel"},
		},
		why: "An answer without one shard is worth something, so nobody waits for the slowest: a deadline and a quorum bound the tail.",
		rulesOut: []Reason{
			{"a group with one fate", "its first error throws away the answers of all others"},
			{"pipeline", "it has no way to go on without an answer"},
			{"sending all to the coordinator", "its merge would be the serial part; the best ten of each shard are enough for the best ten of all"},
		},
		laws:     []string{"amdahl"},
		packages: []string{"flow/scatter", "task/scoped"},
		standard: []Reason{
			{"context", "the deadline of the whole question"},
			{"net/http", "a shard on another machine"},
		},
	},
	"masterworker": {
		title: "one calculation in jobs that may fail and are done again",
		route: routeA,
		layers: [3]Layer{
			{"Lv3", "scatter-gather", "jobs go out, results come back, and the list of those still missing is kept in one place"},
			{"Lv2", "master-worker", "a worker gets a job for a time; without a report by then another one gets it"},
			{"Lv1", "shared memory", "a result is put into the place of its job, once, by the worker that finished it"},
		},
		why: "A part of the work can fail alone, so somebody must know which parts are done: a dead worker then costs one job and not the calculation.",
		rulesOut: []Reason{
			{"fork-join", "a failed half fails the whole, and nobody else can take it over"},
			{"static shares", "a share is lost with its worker, and the largest one sets the end (trivet why straggler)"},
		},
		laws:     []string{"amdahl", "little"},
		packages: []string{"task/masterworker", "flow/consume", "state/bounded"},
		standard: []Reason{
			{"context", "the time that a job has"},
		},
	},
	"pipeline": {
		title: "items that pass through stages",
		route: routeB,
		layers: [3]Layer{
			{"Lv3", "pipeline", "stages joined by bounded buffers, each at its own speed"},
			{"Lv2", "producer-consumer", "each stage has workers that take from the buffer before it and put into the next; a full one holds up whoever fills it"},
			{"Lv1", "message passing", "an item belongs to one stage at a time: handing it on is all the synchronisation there is"},
		},
		why: "Reading, parsing and writing overlap, each stage gets the workers that it needs, and what comes too fast waits at the source instead of filling memory.",
		rulesOut: []Reason{
			{"one stage for each small function", "a hand-over costs more than a short function: put it into its neighbour"},
			{"actors", "no item comes back to a state that takes more than a moment to change, so there is nothing for an actor to keep"},
			{"an unbounded queue", "it hides a slow stage until memory is gone"},
		},
		laws:     []string{"slowest", "little"},
		packages: []string{"flow/pipeline", "state/bounded", "state/csp"},
		standard: []Reason{
			{"iter", "sources are sequences"},
			{"bufio", "lines of files and standard input"},
		},
	},
	"consumer": {
		title: "jobs from a queue, each with a fate of its own",
		route: routeB,
		layers: [3]Layer{
			{"Lv3", "pipeline", "intake, a queue that absorbs bursts, work, and a side exit for what cannot be done"},
			{"Lv2", "producer-consumer", "a worker has an item for a time; a failure is tried again after a pause, and in the end put aside"},
			{"Lv1", "message passing", "a bounded queue: an item has one owner, and what happens when it is full is decided beforehand"},
		},
		why: "One bad item must not stop the others, and none may get lost: at any time each is finished, put aside, or inside.",
		rulesOut: []Reason{
			{"a pipeline of plain stages", "its first error ends the run"},
			{"a retry loop inside of a worker", "it holds the worker while it pauses, and a poisoned item holds it for ever"},
			{"scatter-gather", "nobody waits for an answer here"},
		},
		laws:     []string{"little"},
		packages: []string{"flow/consume", "state/bounded"},
		standard: []Reason{
			{"context", "one attempt's time"},
			{"errors", "what is worth a second try and what is not"},
		},
	},
	"actors": {
		title: "many small states, each changed by its own messages",
		route: routeB,
		layers: [3]Layer{
			{"Lv3", "actor", "each key has an owner with a mailbox and a private state; senders know the key and not the place"},
			{"Lv2", "producer-consumer", "a mailbox is a bounded queue with one consumer, which takes one message at a time"},
			{"Lv1", "message passing", "state is never shared: a message carries copies, or gives away what it carries"},
		},
		why: "What belongs to one key happens in one place, one message after the other: there is nothing to lock, and keys do not wait for each other.",
		rulesOut: []Reason{
			{"a map of structs behind a lock", "all keys wait for one lock, and long work under it stops everyone"},
			{"a lock for each key", "who takes two of them in two orders deadlocks, and nothing bounds those who wait"},
			{"heavy calculation in a mailbox loop", "the messages behind it wait: give it to a fork-join and send the result back"},
		},
		laws:     []string{"little", "slowest"},
		packages: []string{"flow/actors", "state/bounded", "task/scoped"},
		standard: []Reason{
			{"hash/maphash", "which loop owns a key"},
		},
	},
	"reactor": {
		title: "very many connections that mostly wait, answered quickly",
		route: routeB,
		layers: [3]Layer{
			{"Lv3", "reactor", "the operating system says which connections are ready; only those cost anything"},
			{"Lv2", "producer-consumer", "requests that are ready go to a limited number of handlers; the rest waits or is refused"},
			{"Lv1", "message passing", "a connection belongs to one handler at a time"},
		},
		why: "Connections wait and do not work, so their number must not cost threads; what bounds latency is how many requests are worked on at once.",
		rulesOut: []Reason{
			{"a thread for each connection", "memory and switches grow with connections that do nothing"},
			{"an unbounded number of handlers", "under overload all get slower together; a limit keeps those inside quick"},
			{"calculation in the loop", "every other connection waits for it"},
		},
		laws:     []string{"little"},
		packages: []string{"flow/reactor", "task/limit", "task/scoped", "state/lockfree"},
		standard: []Reason{
			{"net, net/http", "a goroutine a connection upon the runtime's own reactor: right up to some ten thousand connections"},
		},
	},
}

// Leaves are the names of all stacks, in the order of the branches.
func Leaves() (names []string) {
	for _, b := range branches {
		names = union(names, []string{b.leaf})
	}
	return names
}
