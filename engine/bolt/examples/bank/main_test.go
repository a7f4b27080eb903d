package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/examples/bank/ledger"
)

// TestMain lets the test binary be the bank that is killed.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-serve") {
		os.Exit(realMain())
	}
	// Under the race detector each process that ends waits a second for reports.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// start runs the program.
func start(t *testing.T, args ...string) (status int, r report, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), append(args, "-json"), strings.NewReader(""), &out, &errs)
	if status != statusUsage {
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%v: %q, %q", err, &out, &errs)
		}
	}
	return status, r, errs.String()
}

// A bank that is killed again and again loses no money, makes none, and no transfer is
// lost or made twice.
func TestBankIsKilled(t *testing.T) {
	kills := 10
	if testing.Short() {
		kills = 3
	}
	for _, fast := range []bool{false, true} {
		status, r, stderr := start(t, "-transfers=200", fmt.Sprint("-kills=", kills), fmt.Sprint("-fast=", fast))
		if status != 0 || r.Done+r.Refused != 200 || r.Done == 0 || r.Kills != kills || stderr != "" {
			t.Errorf("fast %t: status %d, %+v, %s", fast, status, r, stderr)
		}
		t.Logf("fast %t: %+v", fast, r)
	}
}

// It would be seen if accounts booked again what they booked before the kill.
func TestFlawIsFound(t *testing.T) {
	status, r, stderr := start(t, "-transfers=200", "-kills=10", "-flaw="+ledger.Forgetful)
	if status != statusWrong || !strings.Contains(r.Error, "there is ") || !strings.Contains(stderr, r.Error) {
		t.Errorf("status %d, %+v, %s", status, r, stderr)
	}
}

// What is in a file stays there: a second run finds it, and goes on.
func TestGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bank.db")
	done := 0
	for _, transfers := range []int{60, 60, 100} {
		status, r, stderr := start(t, "-fast", "-kills=1", "-file", file, fmt.Sprint("-transfers=", transfers))
		if status != 0 || r.Done+r.Refused != transfers || transfers == 60 && done > 0 && r.Done != done {
			t.Errorf("%d transfers: status %d, %+v, %s; before %d were done", transfers, status, r, stderr, done)
		}
		done = r.Done
	}
	// Another bank in the same file.
	if status, r, stderr := start(t, "-fast", "-kills=1", "-file", file, "-transfers=20", "-accounts=1"); status != 0 || r.Done+r.Refused != 20 {
		t.Error(status, r, stderr)
	}
	held, err := bolt.Open(file, bolt.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if status, r, _ := start(t, "-file", file); status != statusWrong || !strings.Contains(r.Error, bolt.ErrLocked.Error()) {
		t.Error(status, r)
	}
}

func TestInterrupted(t *testing.T) {
	s, err := parse([]string{"-fast", "-kills=2", "-file", filepath.Join(t.TempDir(), "bank.db")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := s.clients(program, func(c *clients) {
		if len(c.told) == 20 {
			cancel(enough)
		}
	})
	if err := c.run(ctx); err != enough || len(c.told) < 20 || len(c.told) == 1000 {
		t.Error(err, len(c.told))
	}
	var out, errs bytes.Buffer
	status := run(ctx, []string{"-fast"}, nil, &out, &errs)
	if status != statusInterrupted || errs.String() != "bank: interrupted\n" || !strings.HasPrefix(out.String(), "0 of 1000 transfers ") {
		t.Error(status, &out, &errs)
	}
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-kills -1":        "-kills is negative",
		"-transfers 0":     "must be 1 or more",
		"-at-once 65":      "-at-once must be 1 to 64",
		"-flaw unfenced":   "-flaw unfenced is unknown: there is forgetful",
		"-serve":           "-serve needs a -file",
		"-accounts many":   `invalid value "many"`,
		"-kills 3 bank.db": `what is "bank.db"?`,
	} {
		status, _, stderr := start(t, strings.Fields(args)...)
		if status != statusUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 2 {
			t.Errorf("%s: status %d, %q", args, status, stderr)
		}
	}
	var help bytes.Buffer
	if status := run(t.Context(), []string{"-h"}, nil, &help, &help); status != 0 || !strings.Contains(help.String(), "-at-once many") {
		t.Error(status, &help)
	}
}

func TestRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bank.db")
	for _, c := range []struct{ ask, want, err string }{
		{`{"open":"a"}`, `{"open":"a","done":true}`, ""},
		{`{"read":"a"}`, `{"read":"a","done":false,"state":{"balance":100,"journal":{"opening":100}}}`, ""},
		{`{"transfer":"x"}`, `{"transfer":"x","done":false,"err":"neither open, nor read, nor transfer with an order"}`, ""},
		{`{"transfer":"x","order":{"from":"a","to":"b","n":0}}`,
			`{"transfer":"x","order":{"from":"a","to":"b","n":0},"done":false,"err":"ledger: a transfer of less than 1"}`, ""},
		{`{"transfer":"x","order":{"from":"a","to":"b","n":9}}`, `{"transfer":"x","order":{"from":"a","to":"b","n":9},"done":true}`, ""},
		{`{"read":`, "", "request: unexpected EOF"},
		{`hello`, "", "request: invalid character 'h' looking for beginning of value"},
	} {
		var out bytes.Buffer
		err := serve(t.Context(), path, "bank", bolt.Rules{Survives: bolt.ProcessCrash}, strings.NewReader(c.ask), &out)
		if got := strings.TrimSpace(out.String()); got != c.want || strings.TrimPrefix(fmt.Sprint(err), "<nil>") != c.err {
			t.Errorf("%s: %s, %v", c.ask, got, err)
		}
	}
}
