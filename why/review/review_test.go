package review_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/review"
)

// What does a review say of some packages?
func ExampleSettings_Packages() {
	settings := review.Settings{
		Dir:   filepath.Join("testdata", "labelled"),
		Env:   append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off"),
		Rules: []string{"wait-before-drain"},
	}
	result, err := settings.Packages(context.Background(), "./layers")
	if err != nil {
		fmt.Println(err)
		return
	}
	first := result.Findings()[0]
	fmt.Println(first.Rule, "at", first.Where)
	fmt.Println(first.Title)
	fmt.Println("try:", first.Try)
	// Output:
	// wait-before-drain at layers/drain.go:25
	// this waits for goroutines that wait for a receiver of found
	// try: wait in a goroutine of its own, which then closes the channel, and receive until it is closed
}

// flawed are findings in examples that are there to show them.
var flawed = map[string]string{"lock-around-work": "examples/thumbs/main.go:"}

// TestOwnPackages: what is right in this module is not reported, and what is
// wrong by intent is.
func TestOwnPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the whole module")
	}
	result, err := review.Settings{Dir: filepath.Join("..", "..")}.Packages(t.Context(), "./...")
	if err != nil {
		t.Fatal(err)
	}
	missed := maps.Clone(flawed)
	for _, f := range result.Findings() {
		if file, ok := flawed[f.Rule]; ok && strings.HasPrefix(f.Where, file) {
			delete(missed, f.Rule)
			continue
		}
		t.Errorf("%s: %s: %s %q", f.Where, f.Rule, f.Title, f.Evidence)
	}
	if len(missed) > 0 {
		t.Errorf("not found: %v", missed)
	}
	for _, f := range result.Failed {
		t.Errorf("%s: %q", f.Package, f.Errors)
	}
	if result.Packages < 40 {
		t.Errorf("only %d packages were read", result.Packages)
	}
}

func TestRulesAreWhole(t *testing.T) {
	for _, r := range review.Rules() {
		if r.Name == "" || r.Title == "" || r.Why == "" || r.Try == "" || r.Sure == "" || r.Analyzer == nil {
			t.Errorf("%+v", r)
		}
		if r.Question < review.Selection || r.Question > review.Limits {
			t.Errorf("%s: question %d", r.Name, r.Question)
		}
		if _, ok := why.RuleNamed(r.Name); !ok {
			t.Errorf("%s has no text", r.Name)
		}
		if want := strings.ReplaceAll(r.Name, "-", ""); r.Analyzer.Name != want {
			t.Errorf("%s: analyzer %s", r.Name, r.Analyzer.Name)
		}
	}
}

func TestEachQuestionHasTwoRules(t *testing.T) {
	count := map[review.Question]int{}
	for _, r := range review.Rules() {
		count[r.Question]++
	}
	for _, q := range []review.Question{review.Selection, review.Layers, review.Limits} {
		if count[q] < 2 {
			t.Errorf("question %d has %d rules", q, count[q])
		}
	}
}

func TestCauseOfCancelIsKept(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := review.Packages(ctx, "."); !errors.Is(err, why) {
		t.Errorf("%v, want %v", err, why)
	}
}

func TestUnknownRuleIsRefused(t *testing.T) {
	_, err := review.Settings{Rules: []string{"lock-around"}}.Packages(t.Context(), ".")
	var unknown *review.UnknownRule
	if !errors.As(err, &unknown) || unknown.Name != "lock-around" || !strings.Contains(unknown.Hint(), "lock-around-send") {
		t.Errorf("%v", err)
	}
}
