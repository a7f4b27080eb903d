package choose

import "slices"

// Questions are all questions, in the order in which to ask them.
func Questions() []Question { return slices.Clone(questions) }

var questions = []Question{
	{"objective", "What is to be done?", []Choice{
		{"calculation", "compute one result: the job is over when it is there"},
		{"flow", "move items: requests, messages, lines keep coming"},
	}},
	{"io", "How much of the time of an item goes by waiting for disk, network or others?", []Choice{
		{"little", "hardly any: cores are the limit"},
		{"half", "some: reading and computing take about as long"},
		{"most", "nearly all: the others are the limit"},
	}},
	{"state", "What do the pieces of work share?", []Choice{
		{"none", "nothing: each has all that it needs"},
		{"read", "something that all read and that seldom changes"},
		{"write", "something that all change"},
		{"key", "each key (word, user, session) has a state of its own"},
	}},
	{"order", "Which order must the results have?", []Choice{
		{"none", "any"},
		{"input", "that of the input"},
		{"key", "that of the input for each key"},
	}},
	{"failure", "What is to happen when one piece fails?", []Choice{
		{"stop", "all stops: the rest would be worth nothing"},
		{"retry", "it is tried again, and put aside if that does not help"},
		{"partial", "the rest goes on, and what is missing is said"},
	}},
	{"machines", "How many machines?", []Choice{
		{"one", "one, with all its cores"},
		{"many", "more than one, and one may fail"},
	}},
	{"aim", "What counts more?", []Choice{
		{"throughput", "how much is done in an hour"},
		{"latency", "how long one item or answer takes"},
	}},
}

// branch leads to a leaf when all of its answers are given.
type branch struct {
	when Answers
	leaf string
}

// branches are tried from the top.
var branches = []branch{
	// Route A: scatter-gather, then fork-join or a relative of it, then shared memory.
	{Answers{"objective": "calculation", "failure": "partial"}, "gather"},
	{Answers{"objective": "calculation", "state": "key"}, "mapreduce"},
	{Answers{"objective": "calculation", "failure": "retry"}, "masterworker"},
	{Answers{"objective": "calculation", "machines": "many"}, "masterworker"},
	{Answers{"objective": "calculation"}, "forkjoin"},

	// Route B: pipeline, actor or reactor, then producer-consumer, then messages.
	// A lock is enough for a change of a moment, and needed for two at once: then
	// the rest decides as if there were no keys.
	{Answers{"objective": "flow", "state": "key", "machines": "one", "work": "moment", "failure": "retry"}, "consumer"},
	{Answers{"objective": "flow", "state": "key", "machines": "one", "work": "moment", "io": "most", "aim": "latency"}, "reactor"},
	{Answers{"objective": "flow", "state": "key", "machines": "one", "work": "moment"}, "pipeline"},
	{Answers{"objective": "flow", "state": "key", "machines": "one", "together": "several", "failure": "retry"}, "consumer"},
	{Answers{"objective": "flow", "state": "key", "machines": "one", "together": "several", "io": "most", "aim": "latency"}, "reactor"},
	{Answers{"objective": "flow", "state": "key", "machines": "one", "together": "several"}, "pipeline"},
	{Answers{"objective": "flow", "state": "key"}, "actors"},
	{Answers{"objective": "flow", "failure": "retry"}, "consumer"},
	{Answers{"objective": "flow", "io": "most", "aim": "latency"}, "reactor"},
	{Answers{"objective": "flow"}, "pipeline"},
}
