package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/examples/bank/ledger"
)

var seeds = flag.Int("seeds", 80, "how many simulations the tests try")

// usual is what the flags say if none is given.
var usual = scenario{accounts: 4, clients: 3, transfers: 4}

func TestMoneyIsConserved(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 20)
	}
	var all outcome
	for seed := range n {
		o, err := simulate(t.Context(), uint64(seed), usual, nil)
		if err != nil {
			t.Fatal(err)
		}
		all.add(o)
	}
	t.Logf("%d seeds: %+v", n, all)
	if all.Done+all.Refused != n*usual.clients*usual.transfers {
		t.Errorf("%d transfers are over", all.Done+all.Refused)
	}
	if all.Done == 0 || all.Refused == 0 || all.Fenced == 0 || all.Crashes == 0 || all.Tries == all.Done+all.Refused {
		t.Errorf("too peaceful: %+v", all)
	}
}

// Banks of other sizes, one account that pays itself among them.
func TestSizes(t *testing.T) {
	for _, sc := range []scenario{
		{accounts: 1, clients: 1, transfers: 1},
		{accounts: 1, clients: 5, transfers: 3},
		{accounts: 100, clients: 20, transfers: 2},
	} {
		for seed := range uint64(3) {
			if _, err := simulate(t.Context(), seed, sc, nil); err != nil {
				t.Errorf("%+v: %v", sc, err)
			}
		}
	}
}

// The same seed is the same run, to the last step, and whether or not it is told.
func TestReplay(t *testing.T) {
	traces := map[uint64]bool{}
	for seed := range uint64(10) {
		var told, again story
		silent, _ := simulate(t.Context(), seed, usual, nil)
		first, _ := simulate(t.Context(), seed, usual, &told)
		second, _ := simulate(t.Context(), seed, usual, &again)
		if first != silent || first != second || !reflect.DeepEqual(told.events, again.events) {
			t.Errorf("seed %d: %+v, and then %+v, and then %+v", seed, silent, first, second)
		}
		traces[first.trace] = true
	}
	if len(traces) != 10 {
		t.Errorf("%d different runs of 10 seeds", len(traces))
	}
}

// start runs the program.
func start(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Cleanup(func() { ledger.Flaw = "" })
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func startJSON(t *testing.T, args ...string) (status int, r report) {
	t.Helper()
	status, stdout, stderr := start(t, append(args, "-json")...)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || stderr != "" {
		t.Fatalf("%v: %q, %q", err, stdout, stderr)
	}
	return status, r
}

// Each flaw is found, and the command that the program names shows it again.
func TestFlawsAreFound(t *testing.T) {
	for _, flaw := range flaws {
		status, found := startJSON(t, "-flaw", flaw, "-seeds=5000")
		if status != statusLost || found.Failure == nil {
			t.Errorf("%s: nobody saw it: %+v", flaw, found)
			continue
		}
		replay, ok := strings.CutPrefix(found.Failure.Replay, "go run ./examples/bank ")
		status, again := startJSON(t, strings.Fields(replay)...)
		if !ok || status != statusLost || again.Seeds != 1 || len(again.Story) == 0 || *again.Failure != *found.Failure {
			t.Errorf("%s: %+v, and in %q: %+v", flaw, found.Failure, replay, again)
		}
		t.Logf("%s: seed %d: %s", flaw, found.Failure.Seed, found.Failure.What)
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		wants  []string // on standard output if the status is 0 or 1
	}{
		{"-seeds 3", 0, []string{"3 simulations in ", "money was conserved\n"}},
		{"-seed 3", 0, []string{"simulation 3 in ", "crashes, and starts again", "auditor", "money was conserved\n"}},
		{"-flaw forgetful", 1, []string{"WRONG with seed ", "go run ./examples/bank -flaw forgetful -seed "}},
		{"-flaw wavering -seeds 1", 0, []string{"the flaw has not shown itself"}},
		{"-h", 0, nil},
		{"-seeds 0", 2, []string{"would show nothing"}},
		{"-seeds -1", 2, []string{`invalid value "-1"`}},
		{"-seed x", 2, []string{`invalid value "x"`}},
		{"-seed 1 -seeds 2", 2, []string{"take one of the two"}},
		{"-accounts 0", 2, []string{"must be 1 or more"}},
		{"-flaw slow", 2, []string{"there are forgetful, wavering, unfenced"}},
		{"-what", 2, []string{"not defined: -what"}},
		{"all", 2, []string{`what is "all"?`}},
	} {
		status, stdout, stderr := start(t, strings.Fields(c.args)...)
		text := stdout
		if status == statusUsage {
			text = stderr
			if strings.Count(stderr, "\n") != 2 {
				t.Errorf("%s: %q", c.args, stderr)
			}
		}
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %q", c.args, want, text)
			}
		}
		if status != c.status || status != statusUsage && stderr != "" {
			t.Errorf("%s: status %d, %q", c.args, status, stderr)
		}
	}
	if _, help, _ := start(t, "-h"); !strings.Contains(help, "-flaw unfenced ") || !strings.Contains(help, "-transfers many") {
		t.Error(help)
	}
}

// What cannot be written is not taken for done.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	for _, args := range [][]string{{"-seed=1"}, {"-seed=1", "-json"}} {
		var stderr bytes.Buffer
		if status := run(t.Context(), args, full, &stderr); status != 1 || !strings.HasPrefix(stderr.String(), "bank: write /dev/full: ") {
			t.Error(status, &stderr)
		}
	}
}

// Who interrupts it gets what is there, and a simulation does not keep him waiting.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := settings{scenario: usual, seeds: 1 << 40}
	r := s.simulate(ctx, nil, func(r report, _ uint64) {
		if r.Seeds == 5 {
			cancel()
		}
	})
	if !r.Interrupted || r.Seeds < 5 || r.Seeds > 1e6 || r.Done == 0 || r.Failure != nil || r.status() != statusInterrupted {
		t.Errorf("%+v", r)
	}
	var text bytes.Buffer
	if s.summarize(&text, r); !strings.Contains(text.String(), "interrupted, of 1099511627776; money was conserved so far") {
		t.Error(&text)
	}
	if o, err := simulate(ctx, 1, scenario{1000, 1000, 1000, false}, nil); !errors.Is(err, errInterrupted) || o.Tries != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if status := run(ctx, []string{"-seeds=3"}, &text, &text); status != statusInterrupted {
		t.Error(status, &text)
	}
}
