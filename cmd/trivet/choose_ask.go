package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/trivet-go/trivet/internal/show"
	"github.com/trivet-go/trivet/why/choose"
)

// ask asks for the answers that are missing, if there is somebody to ask, and then
// for the details that matter with these answers.
func ask(ctx context.Context, e *env, answers choose.Answers) error {
	missing := answers.Missing()
	if len(missing) == 0 {
		return nil
	}
	if f, ok := e.stdin.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nobodyToAsk(missing)
	}
	fmt.Fprintln(e.stderr, "A number or a word; Enter takes what stands in brackets.")
	lines := readLines(e.stdin)
	if err := askAll(ctx, e, lines, missing, answers); err != nil {
		return err
	}
	details := slices.DeleteFunc(answers.Details(), func(q choose.Question) bool { return answers[q.Name] != "" })
	if len(details) > 0 {
		fmt.Fprintln(e.stderr, "\nAnd about what they share:")
	}
	if err := askAll(ctx, e, lines, details, answers); err != nil {
		return err
	}
	fmt.Fprintln(e.stderr)
	return nil
}

// askAll asks some questions, and adds the answers.
func askAll(ctx context.Context, e *env, lines <-chan string, questions []choose.Question, answers choose.Answers) error {
	terminal := show.TerminalOf(e.stderr, e.getenv)
	for i, q := range questions {
		fmt.Fprintf(e.stderr, "\n%s %s\n", terminal.Bold(q.Ask), terminal.Dim(fmt.Sprintf("(%d of %d, -%s)", i+1, len(questions), q.Name)))
		table := show.Table{Indent: 2}
		for n, c := range q.Choices {
			table.Row(strconv.Itoa(n+1), c.Name, c.Text)
		}
		fmt.Fprint(e.stderr, table.Text(terminal))
		name, err := askOne(ctx, e.stderr, lines, q)
		if err != nil {
			return err
		}
		answers[q.Name] = name
	}
	return nil
}

func nobodyToAsk(missing []choose.Question) error {
	flags := make([]string, len(missing))
	for i, q := range missing {
		flags[i] = "-" + q.Name
	}
	first := missing[0]
	return withHint(fmt.Errorf("no %s, and standard input is not a terminal to ask at", strings.Join(flags, ", ")),
		fmt.Sprintf("add -%s with one of %s, or run it in a terminal", first.Name, strings.Join(first.Names(), ", ")))
}

// askOne repeats a question until there is an answer to it.
func askOne(ctx context.Context, w io.Writer, lines <-chan string, q choose.Question) (string, error) {
	for {
		fmt.Fprintf(w, "[%s] > ", q.Choices[0].Name)
		select {
		case <-ctx.Done():
			fmt.Fprintln(w)
			return "", ctx.Err()
		case line, ok := <-lines:
			if !ok {
				fmt.Fprintln(w)
				return "", withHint(fmt.Errorf("the input ended before there was an answer to %s", q.Name), "trivet choose -h lists the flags that answer")
			}
			name, err := pick(q, cmp.Or(strings.TrimSpace(line), "1"))
			if err == nil {
				return name, nil
			}
			fmt.Fprintf(w, "%q is %v\n", line, err)
		}
	}
}

// readLines reads beside the caller, so that an interrupt need not wait for a
// line. The goroutine ends with the input, or with the process.
func readLines(r io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// pick finds the choice that a text means: its name, the beginning of it, or its
// number.
func pick(q choose.Question, text string) (string, error) {
	names := q.Names()
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(names) {
		return names[n-1], nil
	}
	found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, strings.ToLower(text)) })
	if len(found) != 1 {
		return "", fmt.Errorf("not one of %s", strings.Join(names, ", "))
	}
	return found[0], nil
}
