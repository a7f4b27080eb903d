// Package choose is a decision tree: seven questions about a program, and for
// every combination of answers the stack of patterns to build it from. Where the
// program shares something, it also tells how to hold that, and what the ways to do
// so have cost on a machine.
//
//	answer, err := choose.Decide(choose.Answers{"objective": "flow", "io": "most", …})
//	fmt.Println(answer.Leaf, answer.Layers)
//
// Use it before there is a program. When there is one, why/explain measures
// what its patterns cost, and that counts for more than any tree.
//
// # Words
//
// The stack is one pattern on each layer: the architecture decides how data
// flows through the whole (Lv3), the task decomposition how a large job is cut
// up (Lv2), the state how data is held and handed over (Lv1). A route is one of
// the two ways down the layers in "Concurrency Design Patterns: From Fundamental
// Theory to Architecture", which this tree follows: A for calculations, B for
// flows. Producer-consumer stands at Lv2 there. A leaf is one stack, and there
// are few of them. A note fits a leaf to an answer that did not decide: order,
// for one, makes no other program out of a pipeline, but sets a field of its
// stages. A detail is a question about what is shared; it has a default. A model
// is a way to hold it: behind a lock, or with an owner that others send to.
//
// # How it is made
//
// Questions, branches, leaves and notes are tables, in that order: tree.go,
// leaves.go, notes.go, packages.go. The first branch whose answers are all
// given is taken. Every answer either decides or has a note, so that none is
// asked for in vain; a test walks through all combinations and checks it.
//
// Models are chosen by rules, in model.go, and every figure that they cite is from
// models.json, which the scoreboard "models" has written. Nothing of it is typed.
//
// Every leaf has a small program of its kind in programs, which is compiled and
// tested with everything else here. [Answer.Program] makes a module of it.
package choose

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Question is one thing to know about a program.
type Question struct {
	Name    string   `json:"name"` // of the flag, and in Answers
	Ask     string   `json:"ask"`
	Choices []Choice `json:"choices"` // the first is the default
}

// Choice is one answer to a question.
type Choice struct {
	Name string `json:"name"`
	Text string `json:"text"` // what it means, one line
}

// Answers are choices by the names of their questions.
type Answers map[string]string

// Answer is what the tree says.
type Answer struct {
	Leaf      string    `json:"leaf"`  // name of the stack
	Title     string    `json:"title"` // what kind of program it is
	Route     string    `json:"route"` // A: calculation, B: flow
	Answers   Answers   `json:"answers"`
	Decided   Answers   `json:"decided"` // those of the answers that led to the leaf
	Layers    []Layer   `json:"layers"`  // Lv3, Lv2, Lv1
	Why       string    `json:"why"`
	Notes     []Note    `json:"notes"`
	Model     *Model    `json:"model,omitempty"` // how to hold what is shared; nil: nothing is
	RulesOut  []Reason  `json:"rules_out"`
	Laws      []Law     `json:"laws"`
	Packages  []Package `json:"packages"` // of Trivet
	Standard  []Reason  `json:"standard"` // packages of the standard library
	Otherwise []Turn    `json:"otherwise"`
}

// Layer is the pattern on one level.
type Layer struct {
	Level   string `json:"level"`
	Pattern string `json:"pattern"`
	Why     string `json:"why"`
}

// Reason is a thing and what there is to say about it.
type Reason struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Law limits what a stack can reach.
type Law struct {
	Name string `json:"name"`
	Says string `json:"says"`
	Try  string `json:"try,omitempty"` // a command that computes or measures it
}

// Package is one of Trivet's packages.
type Package struct {
	Path      string `json:"path"` // below the module
	What      string `json:"what"`
	Here      bool   `json:"here"`                // false: not built yet
	Meanwhile string `json:"meanwhile,omitempty"` // what to use until it is
}

// Note fits a leaf to one answer.
type Note struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Use      string `json:"use"`
	Why      string `json:"why"`

	leaves   []string // to which it applies; none means all
	route    string   // on which it applies; "" means both
	packages []string
	laws     []string
}

// Turn is one answer that would have led elsewhere.
type Turn struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Leaf     string `json:"leaf"`
}

// Decide finds the stack for a full set of answers.
func Decide(a Answers) (*Answer, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	b := branchFor(a)
	l := leaves[b.leaf]
	notes := notesFor(b.leaf, l, a)
	laws, paths := l.laws, l.packages
	for _, n := range notes {
		laws, paths = union(laws, n.laws), union(paths, n.packages)
	}
	return &Answer{
		Leaf: b.leaf, Title: l.title, Route: l.route, Answers: a, Decided: b.when,
		Layers: l.layers[:], Why: l.why, Notes: notes, Model: Models().model(a), RulesOut: l.rulesOut,
		Laws: lawsNamed(laws), Packages: packagesAt(paths), Standard: l.standard,
		Otherwise: otherwise(b.leaf, a),
	}, nil
}

// Missing names the questions that have no answer yet, in their order.
func (a Answers) Missing() []Question {
	return slices.DeleteFunc(Questions(), func(q Question) bool { return a[q.Name] != "" })
}

func (a Answers) check() error {
	if missing := a.Missing(); len(missing) > 0 {
		return fmt.Errorf("choose: no answer for %s", missing[0].Name)
	}
	all := slices.Concat(questions, details)
	for name, answer := range a {
		i := slices.IndexFunc(all, func(q Question) bool { return q.Name == name })
		if i < 0 {
			return fmt.Errorf("choose: there is no question %s", name)
		}
		if names := all[i].Names(); !slices.Contains(names, answer) && !(answer == "" && i >= len(questions)) {
			return fmt.Errorf("choose: %s: %q is not one of %s", name, answer, strings.Join(names, ", "))
		}
	}
	return a.checkDetails()
}

// Names are those of the choices.
func (q Question) Names() []string {
	names := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		names[i] = c.Name
	}
	return names
}

// has tells whether all answers of b are among those of a.
func (a Answers) has(b Answers) bool {
	for name, answer := range b {
		if a[name] != answer {
			return false
		}
	}
	return true
}

// branchFor takes the first branch that fits. The last ones of each route fit
// everything.
func branchFor(a Answers) branch {
	i := slices.IndexFunc(branches, func(b branch) bool { return a.has(b.when) })
	return branches[i]
}

// notesFor gives the first note that fits for each answer.
func notesFor(name string, l leaf, a Answers) []Note {
	found := []Note{} // none is a list too
	for _, q := range questions {
		i := slices.IndexFunc(notes, func(n Note) bool {
			return n.Question == q.Name && n.Answer == a[q.Name] &&
				(n.route == "" || n.route == l.route) &&
				(n.leaves == nil || slices.Contains(n.leaves, name))
		})
		if i >= 0 {
			found = append(found, notes[i])
		}
	}
	return found
}

// otherwise tries every other answer to one question.
func otherwise(leaf string, a Answers) []Turn {
	turns := []Turn{}
	for _, q := range slices.Concat(questions, a.Details()) {
		other := maps.Clone(a)
		for _, c := range q.Choices {
			other[q.Name] = c.Name
			if to := branchFor(other).leaf; to != leaf {
				turns = append(turns, Turn{q.Name, c.Name, to})
			}
		}
	}
	return turns
}

func union(a, b []string) []string {
	a = slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}
