package choose

import (
	"cmp"
	"fmt"
	"slices"
)

// Details are questions about what is shared. They need no answer: then the
// default holds, and decides nothing.
func Details() []Question { return slices.Clone(details) }

var details = []Question{
	{"size", "How much does one change carry?", []Choice{
		{"word", "a number (8 B)"},
		{"line", "a few fields (64 B)"},
		{"record", "a record (1 KiB)"},
		{"page", "a page (16 KiB)"},
		{"blob", "a document, an image (64 KiB and more)"},
	}},
	{"tasks", "How many goroutines use it at the same time?", []Choice{
		{"some", "some (8)"},
		{"one", "one"},
		{"two", "two"},
		{"many", "many (64)"},
	}},
	{"reads", "How many of the uses only read?", []Choice{
		{"none", "less than most: nearly all change it"},
		{"most", "most: nine of ten"},
		{"nearly", "nearly all: 99 of 100"},
		{"all", "all, for seconds at a time"},
	}},
	{"work", "How long does one change take, once it has the state?", []Choice{
		{"moment", "it sets or adds to some fields"},
		{"short", "it computes some microseconds (10 µs)"},
		{"long", "it computes longer (100 µs)"},
		{"waits", "it waits for disk, network or others (1 ms)"},
	}},
	{"together", "Must one step change several of them?", []Choice{
		{"one", "no, one at a time"},
		{"several", "yes, and nobody may see one without the other"},
	}},
}

// asked are the details that matter, by the state.
var asked = map[string][]string{
	"read":  {"size"},
	"write": {"size", "tasks", "reads", "work", "together"},
	"key":   {"size", "tasks", "work", "together"},
}

// Details are the questions about what is shared that matter with these answers,
// in their order.
func (a Answers) Details() []Question {
	if a["objective"] == "calculation" && a["state"] == "key" {
		return nil // each part has a table of its own
	}
	return slices.DeleteFunc(Details(), func(q Question) bool { return !slices.Contains(asked[a["state"]], q.Name) })
}

// checkDetails refuses answers that would say nothing.
func (a Answers) checkDetails() error {
	matter := a.Details()
	for _, q := range details {
		if a[q.Name] != "" && !slices.ContainsFunc(matter, func(m Question) bool { return m.Name == q.Name }) {
			return fmt.Errorf("choose: %s says nothing about a %s with state %s", q.Name, a["objective"], a["state"])
		}
	}
	return nil
}

// detail is an answer, or its default.
func (a Answers) detail(name string) string {
	i := slices.IndexFunc(details, func(q Question) bool { return q.Name == name })
	return cmp.Or(a[name], details[i].Choices[0].Name)
}
