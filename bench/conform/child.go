package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// childVar tells a process of this program which pair it is to run.
const childVar = "TRIVET_CONFORM"

// timeLimit is how long a child may take.
const timeLimit = 4 * time.Second

// mark is in front of what a child answers.
const mark = "conform: "

// ask runs each pair in a process of its own, two at a time.
func ask(ctx context.Context, pairs []pair) ([]Answer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(pairs))
	slots := make(chan bool, max(2, runtime.NumCPU()))
	var wg sync.WaitGroup
	for i, p := range pairs {
		slots <- true
		wg.Go(func() {
			defer func() { <-slots }()
			answers[i] = askOne(ctx, self, p)
		})
	}
	wg.Wait()
	return answers, ctx.Err()
}

func askOne(ctx context.Context, self string, p pair) Answer {
	a := Answer{Probe: p.probe.id, Subject: p.subject.name, Ours: p.subject.ours, Known: p.probe.controls[p.subject.name]}
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), childVar+"="+p.probe.id+"/"+p.subject.name)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	a.Outcome, a.Detail = classify(p.probe, out.String(), ctx.Err() != nil, err)
	return a
}

// classify says what the end of a child means.
func classify(p *probe, out string, timedOut bool, err error) (outcome, detail string) {
	answer := ""
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			answer = strings.TrimSpace(rest)
		}
	}
	var exit *exec.ExitError
	crashed := errors.As(err, &exit) && exit.ExitCode() == 2
	switch {
	case timedOut:
		return "hang", ""
	case strings.Contains(out, "deadlock: all goroutines in bubble are blocked"):
		return "hang", ""
	case strings.Contains(out, "deadlock: main bubble goroutine has exited but blocked goroutines remain"):
		return "leak", ""
	case crashed && strings.Contains(out, "outside bubble"):
		return "unclean", firstLine(out)
	case crashed && p.mustCrash:
		if strings.Contains(out, "conformTask") {
			return "ok", ""
		}
		return "no stack", firstLine(out)
	case crashed:
		return "crash", firstLine(out)
	case err != nil:
		return "broken", err.Error() + " " + firstLine(out)
	case answer == "":
		return "broken", "no answer"
	}
	outcome, detail, _ = strings.Cut(answer, ": ")
	return outcome, detail
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return first
}

// child runs one pair and prints the answer.
func child(run string) {
	id, name, _ := strings.Cut(run, "/")
	for i := range probes {
		for _, s := range subjects() {
			if p := &probes[i]; p.id == id && s.name == name {
				answer(p, &s)
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "no pair", run)
	os.Exit(3)
}

func answer(p *probe, s *subject) {
	run := func(t *testing.T) {
		test = t
		said := ""
		if p.bubble {
			inBubble(func() { said = p.run(s) })
		} else {
			said = p.run(s)
		}
		fmt.Println(mark + said)
	}
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "conform", F: run}}, nil, nil) // does not return
}

// test is the test that a child is: testing/synctest works in tests only.
var test *testing.T

// inBubble runs f in a testing/synctest bubble: there a deadlock is found at
// once, and time passes only when nothing else can happen.
func inBubble(f func()) {
	synctest.Test(test, func(*testing.T) { f() })
}
