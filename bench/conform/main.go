// Command conform asks our packages and their rivals what they do when things
// go wrong: when a task panics, a context ends, a group waits for itself. Each
// answer is found in a process of its own, within a time limit.
//
//	go -C bench run ./conform                     a table
//	go -C bench run ./conform -only N1,P1         some of the probes
//	go -C bench run ./conform -subjects trivet    some of the subjects
//	go -C bench run ./conform -json               one array, and nothing else on standard output
//	go -C bench run ./conform -markdown           the text of docs/conformance.md
//
// Rivals that are known to fail a probe are its controls: a probe that passes on
// one of them is broken. It exits 0 when ours pass every probe and every control
// fails as it is known to, 1 when not, and 2 when it could not be run.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// An Answer is what one subject does in one probe.
type Answer struct {
	Probe   string `json:"probe"`
	Subject string `json:"subject"`
	Ours    bool   `json:"ours"`
	Outcome string `json:"outcome"` // "ok", or what went wrong
	Detail  string `json:"detail,omitempty"`
	Known   string `json:"known,omitempty"` // how this control must fail
}

func main() {
	if run := os.Getenv(childVar); run != "" {
		child(run)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	only := flag.String("only", "", "probes to run, separated by commas; all if empty")
	wanted := flag.String("subjects", "", "subjects whose names contain one of these words, separated by commas; all if empty")
	asJSON := flag.Bool("json", false, "print JSON on standard output and nothing else there")
	markdown := flag.Bool("markdown", false, "print the text of docs/conformance.md")
	flag.Parse()
	pairs, err := choose(words(*only), words(*wanted))
	if err != nil || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "conform:", err, flag.Args())
		os.Exit(2)
	}
	answers, err := ask(ctx, pairs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conform:", err)
		os.Exit(2)
	}
	switch {
	case *asJSON:
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		e.Encode(answers)
	case *markdown:
		writeMarkdown(os.Stdout, answers)
	default:
		writeText(os.Stdout, answers)
	}
	if complaints := judge(answers); len(complaints) > 0 {
		fmt.Fprintln(os.Stderr, strings.Join(complaints, "\n"))
		os.Exit(1)
	}
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// A pair is one probe with one subject.
type pair struct {
	probe   *probe
	subject *subject
}

// choose returns the pairs that make sense and are wanted.
func choose(probeNames, subjectWords []string) (pairs []pair, err error) {
	for _, name := range probeNames {
		if !slices.ContainsFunc(probes, func(p probe) bool { return p.id == name }) {
			return nil, fmt.Errorf("no probe %q", name)
		}
	}
	for i := range probes {
		p := &probes[i]
		if len(probeNames) > 0 && !slices.Contains(probeNames, p.id) {
			continue
		}
		for _, s := range subjects() {
			wanted := len(subjectWords) == 0 || slices.ContainsFunc(subjectWords, func(w string) bool { return strings.Contains(s.name, w) })
			if wanted && p.applies(&s) {
				pairs = append(pairs, pair{p, &s})
			}
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("nothing to ask: no subject is called like %v", subjectWords)
	}
	return pairs, nil
}

// judge tells where ours fail and where controls do not.
func judge(answers []Answer) (complaints []string) {
	for _, a := range answers {
		switch {
		case a.Ours && a.Outcome != "ok":
			complaints = append(complaints, fmt.Sprintf("%s fails %s: %s %s", a.Subject, a.Probe, a.Outcome, a.Detail))
		case a.Known != "" && a.Outcome != a.Known:
			complaints = append(complaints, fmt.Sprintf("probe %s is broken: its control %s answers %s, and is known for %s", a.Probe, a.Subject, a.Outcome, a.Known))
		}
	}
	return complaints
}

func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
