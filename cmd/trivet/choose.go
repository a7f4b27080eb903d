package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/choose"
)

var chooseCommand = command{
	name:  "choose",
	short: "which patterns to build a program from, and a small one to begin with",
	usage: "trivet choose [flags]",
	long:  chooseLong(),
	run:   runChoose,
}

func chooseLong() string {
	asked := func(questions []choose.Question) string {
		var all strings.Builder
		for _, q := range questions {
			fmt.Fprintf(&all, "\n  -%s: %s\n", q.Name, q.Ask)
			for _, c := range q.Choices {
				fmt.Fprintf(&all, "      %-12s %s\n", c.Name, c.Text)
			}
		}
		return all.String()
	}
	return `
Choose asks seven questions about a program that is to be written, and answers
with one pattern for each layer: why these, what they rule out, which law limits
them, and which packages have them. Questions that a flag answers are not asked;
with all seven flags none is. Where nobody can be asked, all must be given.

Where something is shared it tells how to hold that, what this costs and what else
would cost, as measured under the load that is most like yours. The details say what
your load is; they need no answer. With -models it prints all that was measured.

With -new it also writes a small program of that kind, with tests, as a module of
its own. DIR must not exist, or be empty. A trivet that was built from a checkout
makes the module use that checkout; -trivet names another one.

examples:
  trivet choose                    ask
  trivet choose -objective flow    ask the other six
  trivet choose -new ./ingest      ask, and write a program to begin with
  trivet choose -json -objective calculation -io little -state key -order none \
    -failure stop -machines one -aim throughput
  trivet choose -models            what the ways to hold shared state cost

questions:` + asked(choose.Questions()) + `
details of what is shared, with the default first:` + asked(choose.Details()) + `
JSON: leaf, title, route, answers, decided, layers:[{level, pattern, why}], why,
notes:[{question, answer, use, why}], model?:{take, why, load, says, costs:[{who,
ns, times, hand?, bare?, spread?}], facts:[{about, says}], machine, date, again},
rules_out:[{what, why}], laws:[{name, says, try?}],
packages:[{path, what, here, meanwhile?}], standard:[{what, why}],
otherwise:[{question, answer, leaf}], new?:{dir, module, trivet}.`
}

type chooseFlags struct {
	answers map[string]*string // by question
	json    bool
	models  bool
	newDir  string
	trivet  string
}

func runChoose(ctx context.Context, e *env, args []string) int {
	f := chooseFlags{answers: map[string]*string{}}
	set := e.flags()
	for _, q := range allQuestions() {
		f.answers[q.Name] = set.String(q.Name, "", "the `answer` to: "+q.Ask)
	}
	set.BoolVar(&f.json, "json", false, "print one JSON object")
	set.BoolVar(&f.models, "models", false, "print what the ways to hold shared state cost, and ask nothing")
	set.StringVar(&f.newDir, "new", "", "write a small program of this kind to a new `DIR`")
	set.StringVar(&f.trivet, "trivet", "", "with -new: the checkout of Trivet that the program uses, a `DIR`")
	own, rest, status, done := e.parse(set, args)
	if done {
		return status
	}
	if err := e.noArguments(append(own, rest...)); err != nil {
		return e.fail(err)
	}
	if f.models {
		err := f.onlyModels()
		if err == nil {
			err = printModels(e, f.json)
		}
		if err != nil {
			return e.fail(err)
		}
		return exitFine
	}
	answer, created, err := f.choose(ctx, e)
	if err != nil {
		return e.fail(err)
	}
	if err := f.print(e, answer, created); err != nil {
		return e.fail(err)
	}
	return exitFine
}

// choose finds the answer, and writes the program if there is to be one. What
// can be refused is refused before anybody is asked.
func (f *chooseFlags) choose(ctx context.Context, e *env) (*choose.Answer, *newModule, error) {
	given, err := f.given()
	if err != nil {
		return nil, nil, err
	}
	var m *newModule
	if f.newDir != "" {
		if m, err = planModule(f.newDir, f.trivet); err != nil {
			return nil, nil, err
		}
	} else if f.trivet != "" {
		return nil, nil, withHint(errors.New("-trivet without -new"), "it names the checkout that a new program uses")
	}
	if err := ask(ctx, e, given); err != nil {
		return nil, nil, err
	}
	if err := refuseVain(given); err != nil {
		return nil, nil, err
	}
	answer, err := choose.Decide(given)
	if err != nil {
		return nil, nil, err
	}
	if m != nil {
		err = m.write(answer)
	}
	return answer, m, err
}

// refuseVain refuses details that would say nothing, and tells which ones would.
func refuseVain(given choose.Answers) error {
	matter := given.Details()
	for _, q := range choose.Details() {
		if given[q.Name] == "" || slices.ContainsFunc(matter, func(m choose.Question) bool { return m.Name == q.Name }) {
			continue
		}
		hint := "leave it out: no detail does"
		if len(matter) > 0 {
			hint = "these do:"
			for _, m := range matter {
				hint += " -" + m.Name
			}
		}
		return withHint(fmt.Errorf("-%s says nothing about a %s with -state %s", q.Name, given["objective"], given["state"]), hint)
	}
	return nil
}

// allQuestions are those of the tree, and the details.
func allQuestions() []choose.Question { return slices.Concat(choose.Questions(), choose.Details()) }

// onlyModels refuses what -models would not heed.
func (f *chooseFlags) onlyModels() error {
	for _, q := range allQuestions() {
		if *f.answers[q.Name] != "" {
			return fmt.Errorf("-models asks nothing, and -%s is an answer", q.Name)
		}
	}
	if f.newDir != "" || f.trivet != "" {
		return errors.New("-models writes no program, and -new and -trivet are about one")
	}
	return nil
}

// given are the answers that flags have given.
func (f *chooseFlags) given() (choose.Answers, error) {
	given := choose.Answers{}
	for _, q := range allQuestions() {
		text := *f.answers[q.Name]
		if text == "" {
			continue
		}
		name, err := pick(q, text)
		if err != nil {
			return nil, withHint(fmt.Errorf("-%s %s is %w", q.Name, text, err), "trivet choose -h tells what they mean")
		}
		given[q.Name] = name
	}
	return given, nil
}

func (f *chooseFlags) print(e *env, a *choose.Answer, created *newModule) error {
	if f.json {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			*choose.Answer
			New *newModule `json:"new,omitempty"`
		}{a, created})
	}
	_, err := io.WriteString(e.stdout, choosePage(e.terminal(), a, created != nil)+f.next(e.terminal(), a, created))
	return err
}

// next tells the commands that come after this one, which are not wrapped: they
// are to be copied.
func (f *chooseFlags) next(terminal show.Terminal, a *choose.Answer, created *newModule) string {
	if created == nil {
		return terminal.Bold("NEXT    ") + "write a small program of this kind, with tests, to DIR:\n" +
			"        trivet choose" + a.Answers.Flags() + " -new DIR\n"
	}
	text := terminal.Bold("NEXT    ") + f.newDir + " uses Trivet of " + created.Trivet + "\n" +
		"        cd " + f.newDir + "\n" +
		"        go test ./...\n" +
		"        go run .            on files of the Go installation; or name yours\n"
	if _, err := exec.LookPath("trivet"); err != nil && filepath.IsAbs(created.Trivet) {
		text += "        go -C " + created.Trivet + " install ./cmd/trivet\n"
	}
	return text + "        trivet explain .    why it is or is not fast, and what more cores would bring\n"
}
