package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// columns returns the subjects and probes of the answers, in their order.
func columns(answers []Answer) (subjects, ids []string) {
	for _, a := range answers {
		if !slices.Contains(subjects, a.Subject) {
			subjects = append(subjects, a.Subject)
		}
		if !slices.Contains(ids, a.Probe) {
			ids = append(ids, a.Probe)
		}
	}
	return subjects, ids
}

func find(answers []Answer, subject, id string) string {
	for _, a := range answers {
		if a.Subject == subject && a.Probe == id {
			return a.Outcome
		}
	}
	return ""
}

func writeText(w io.Writer, answers []Answer) {
	subjects, ids := columns(answers)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\t"+strings.Join(ids, "\t"))
	for _, s := range subjects {
		fmt.Fprint(t, s)
		for _, id := range ids {
			fmt.Fprint(t, "\t", find(answers, s, id))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	fmt.Fprintln(w)
	for i := range probes {
		if slices.Contains(ids, probes[i].id) {
			fmt.Fprintf(w, "%s  %s\n", probes[i].id, probes[i].what)
		}
	}
}

const preface = `# What they do when things go wrong

Each answer was found in a process of its own, by ` + "`go -C bench run ./conform -markdown`" + ` (%s). *hang*: it never came back. *crash*: the process died where
the waiter should have been told. *swallowed*: nobody was told. *lost*: an error or a task was. *late*: it came back after the context. *started*: it began
what should not begin any more. An empty field does not apply.

Rivals that are known to fail are the controls of a probe: if one of them passes, the probe is broken, and the command says so.

`

func writeMarkdown(w io.Writer, answers []Answer) {
	fmt.Fprintf(w, preface, machine())
	for _, kind := range []func(*subject) bool{groups, queues, streams, futures} {
		var part []Answer
		for _, a := range answers {
			for _, s := range subjects() {
				if s.name == a.Subject && kind(&s) {
					part = append(part, a)
				}
			}
		}
		if len(part) > 0 {
			writeTable(w, part)
		}
	}
}

func writeTable(w io.Writer, answers []Answer) {
	names, ids := columns(answers)
	fmt.Fprintf(w, "| | | %s |\n|---|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, id := range ids {
		what := ""
		for i := range probes {
			if probes[i].id == id {
				what = probes[i].what
			}
		}
		fmt.Fprintf(w, "| %s | %s |", id, what)
		for _, s := range names {
			fmt.Fprintf(w, " %s |", find(answers, s, id))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}
