package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Every subject of every contest runs and does what it should, which they check
// themselves, and the rows keep the rules that readers of the JSON rely on.
func TestContests(t *testing.T) {
	chosen, err := choose("")
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var out bytes.Buffer
	o := board.Options{JSON: true, Rounds: 1, Sample: 1, Idle: 1, Out: &out, Rows: new(board.Rows), Progress: board.NewProgress(null)}
	if err := makeAll(t.Context(), chosen, o); err != nil {
		t.Fatal(err)
	}
	var rows []contest.Row
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatalf("not one array of rows: %v", err)
	}
	seen := map[[3]string]bool{}
	for _, r := range rows {
		if key := [3]string{r.Pattern, r.Case, r.Who}; seen[key] {
			t.Errorf("two rows are %v", key)
		} else {
			seen[key] = true
		}
		switch ours := strings.HasPrefix(r.Who, "trivet"); {
		case ours && (r.Role != contest.Ours || r.Ratio == nil):
			t.Errorf("%+v: ours has no ratio", r)
		case !ours && r.Role == contest.Ours:
			t.Errorf("%+v: the name of ours begins with trivet", r)
		case r.Role == contest.Reference && r.Ratio != nil:
			t.Errorf("%+v: a reference is compared", r)
		}
		standard := strings.Contains(r.Case, "1P1C") || strings.Contains(r.Case, "4P4C")
		if standard && (r.Pattern != "queue" || !strings.Contains(r.Case, "capacity 1024")) {
			t.Errorf("%s: 1P1C and 4P4C are words for queues of capacity 1024", r.Case)
		}
	}
}

func TestChoose(t *testing.T) {
	for only, want := range map[string]string{
		"queue":          "queue floors",
		"floors,queue":   "queue floors",
		"floors":         "floors",
		"explain":        "explain",
		"examples,queue": "examples queue floors",
	} {
		chosen, err := choose(only)
		var names []string
		for _, b := range chosen {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("-only %s chooses %s, err %v; want %s", only, got, err, want)
		}
	}
	if _, err := choose("que"); err == nil || !strings.Contains(err.Error(), `"que"`) {
		t.Errorf("err %v does not name the board that does not exist", err)
	}
	if all, _ := choose("all"); len(all) != len(boards) {
		t.Errorf("-only all chooses %d of %d boards", len(all), len(boards))
	}
	if quick, _ := choose(""); len(quick) == 0 || len(quick) >= len(boards) {
		t.Errorf("without -only, %d of %d boards run; want the contests alone", len(quick), len(boards))
	}
}

func TestFlagsThatDoNotMix(t *testing.T) {
	mixed, err := choose("queue,explain")
	if err != nil {
		t.Fatal(err)
	}
	if err := makeAll(t.Context(), mixed, board.Options{JSON: true}); err == nil || !strings.Contains(err.Error(), "-json") {
		t.Errorf("rows of two shapes in one array: err %v", err)
	}
	if err := makeAll(t.Context(), mixed[:1], board.Options{Kinds: []string{"mutex"}}); err == nil || !strings.Contains(err.Error(), "-kinds") {
		t.Errorf("a wish that nobody reads: err %v", err)
	}
}
